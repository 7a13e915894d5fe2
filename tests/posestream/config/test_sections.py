from pathlib import Path

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from posestream.config import ArchiveConfig, InfluxStoreConfig, MetricsConfig, ModelConfig, ServeConfig
from posestream.config.sections import SqliteStoreConfig, StoreConfig

INFLUX = {"kind": "influxdb", "url": "http://influx:8086", "org": "site", "bucket": "poses", "token": "canary"}


def test_defaults() -> None:
    assert (ModelConfig().preset, ModelConfig().threads, ModelConfig().detector_every) == ("accurate", 0, 0)
    assert (SqliteStoreConfig().kind, SqliteStoreConfig().path) == ("sqlite", Path("posestream.db"))
    assert (ServeConfig().bind, ServeConfig().port) == ("127.0.0.1", 8080)
    assert (ArchiveConfig().path, ArchiveConfig().every, ArchiveConfig().most_frames) == (Path("archive"), 60.0, 2000)
    assert (MetricsConfig().bind, MetricsConfig().ports["ingest"]) == ("127.0.0.1", 9101)


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.168.0.2", ""])  # noqa: S104  # refused, that is the point
def test_the_page_is_for_this_machine_only(bind: str) -> None:
    with pytest.raises(ValidationError, match="Input should be"):
        ServeConfig.model_validate({"bind": bind})


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_a_store_is_a_file(path: str) -> None:
    with pytest.raises(ValidationError, match="wanted the name of a file"):
        SqliteStoreConfig(path=Path(path))


@pytest.mark.parametrize("url", ["http://influx:8086", "https://h", "http://10.0.0.1:8086/prefix", "http://[::1]:8086"])
def test_an_influxdb(url: str) -> None:
    store = TypeAdapter(StoreConfig).validate_python(INFLUX | {"url": url})
    assert isinstance(store, InfluxStoreConfig)
    assert (store.url, store.timeout) == (url, 10.0)
    assert isinstance(store.token, SecretStr)
    assert "canary" not in f"{store} {store!r} {store.model_dump_json()}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", ""),
        ("url", "influx:8086"),
        ("url", "ftp://influx"),
        ("url", "http://user:canary@influx"),
        ("url", "http://a b"),
        ("org", ""),
        ("bucket", ""),
        ("token", ""),
        ("timeout", 0.0),
        ("path", "x"),
    ],
)
def test_what_is_no_influxdb(name: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        InfluxStoreConfig.model_validate(INFLUX | {name: value})
    assert [error["loc"] for error in refused.value.errors()] == [(name,)]


@pytest.mark.parametrize("name", ["org", "bucket", "url", "token"])
def test_an_influxdb_needs_all_of_it(name: str) -> None:
    with pytest.raises(ValidationError, match="Field required"):
        InfluxStoreConfig.model_validate({key: value for key, value in INFLUX.items() if key != name})


@pytest.mark.parametrize("fields", [{"every": 0.0}, {"most_frames": 0}, {"most_frames": 100_001}])
def test_an_archive_has_bounds(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ArchiveConfig.model_validate(fields)


@pytest.mark.parametrize("ports", [{"serve": 1}, {"ingest": -1}, {"ingest": 65_536}])
def test_ports_of_services(ports: dict[str, int]) -> None:
    assert MetricsConfig.model_validate({"ports": {"infer": 0}}).ports == {"infer": 0}
    with pytest.raises(ValidationError):
        MetricsConfig.model_validate({"ports": ports})
