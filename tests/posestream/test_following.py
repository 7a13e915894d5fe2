import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from posestream.config import Config, load_config
from posestream.following import following
from posestream.telemetry.metrics import Metrics

FILE = "cameras: [{id: a, url: 'rtsp://h/x', fps: %s}]"


def wait_for_text(metrics: Metrics, line: str) -> None:
    ends_at = time.monotonic() + 30
    while line not in metrics.text().decode():
        assert time.monotonic() < ends_at, metrics.text().decode()
        time.sleep(0.01)


def test_a_service_follows_its_file_and_says_by_a_metric_whether_it_runs(tmp_path: Path) -> None:
    path, metrics, used = tmp_path / "site.yaml", Metrics("ingest", "ingest/w"), list[float]()
    path.write_text(FILE % 5)
    service: Any = SimpleNamespace(metrics=metrics, config=load_config(path))
    with following(service, path, lambda config, _: used.append(config.cameras[0].fps)) as running:
        assert "posestream_config_valid 1.0" in metrics.text().decode()
        path.write_text(FILE % -5)
        wait_for_text(metrics, "posestream_config_valid 0.0")
        assert running.problem.startswith(f"{path}: cameras[0].fps: ")
        path.write_text(FILE % 6)
        wait_for_text(metrics, "posestream_config_valid 1.0")
    assert used == [6.0]
    assert "posestream_config_refused_total 1.0" in metrics.text().decode()


def test_without_a_file_nothing_changes() -> None:
    service: Any = SimpleNamespace(metrics=Metrics("ingest", "ingest/w"), config=Config(site="x"))
    with following(service, None, lambda *_: None) as running:
        assert running.config.site == "x"
