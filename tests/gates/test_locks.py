"""The locks: everything pinned and hashed, no host named, and all that pyproject.toml wants is in them.

base: `run` and `analyze`; services: base and what Kafka, InfluxDB and Parquet need; dev: services and the tools.
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("base", "bootstrap", "dev", "services")
BASE_EXTRAS, SERVICE_EXTRAS = ("openvino", "models", "web", "eval", "discover"), ("kafka", "influx", "archive")
OWN_CHOICE = ("gpu", "onnxruntime")
"""In no lock of the product: an engine that the user chooses, as NVIDIA or others give it."""
CLIENT = "confluent-kafka"
each_lock = pytest.mark.parametrize("name", LOCKS)


@dataclass(frozen=True)
class Pin:
    name: str
    version: str
    hashes: int


def pins_of(text: str) -> list[Pin]:
    """Read a lock; a line that is neither comment, pin nor hash fails."""
    joined = text.replace("\\\n", " ")
    pins = []
    for line in joined.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([^\s;]+)( ; [^\\]*?)?((?: +--hash=sha256:[0-9a-f]{64})*) *", line)
        assert match, f"no pin: {line[:120]}"
        pins.append(Pin(canonicalize_name(match[1]), match[2], match[4].count("--hash")))
    return pins


def unmet(requirements: list[str], pins: list[Pin]) -> list[str]:
    """Give the requirements that no pin satisfies."""
    return [
        text
        for text in requirements
        for wanted in [Requirement(text)]
        if not any(
            pin.name == canonicalize_name(wanted.name) and wanted.specifier.contains(pin.version, prereleases=True)
            for pin in pins
        )
    ]


def locked(root: Path, name: str) -> list[Pin]:
    return pins_of((root / "requirements" / f"{name}.lock").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def overrides(root: Path) -> list[str]:
    lines = (root / "requirements" / "overrides.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_gate_reads_locks() -> None:
    digest = "0" * 64
    text = (
        f"a-b==1.0 \\\n    --hash=sha256:{digest} \\\n    --hash=sha256:{digest}\n    # via c\nd==2 ; os_name == 'nt'\n"
    )
    assert pins_of("") == []
    assert pins_of(text) == [Pin("a-b", "1.0", 2), Pin("d", "2", 0)]
    assert unmet(["A_B>=1", "a-b>1", "e"], pins_of(text)) == ["a-b>1", "e"]
    for wrong in ("a>=1", "a", "a @ file:x", "-r other.lock", "--index-url x"):
        with pytest.raises(AssertionError, match=r"^no pin"):
            pins_of(wrong)


@each_lock
def test_everything_is_pinned_and_hashed(root: Path, name: str) -> None:
    pins = locked(root, name)
    assert pins
    assert [pin for pin in pins if not pin.hashes] == []


@each_lock
def test_no_host_is_named(root: Path, name: str) -> None:
    text = (root / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    assert re.findall(r"\S*(?://|--index|--find-links|--extra-index|\.org|\.com)\S*", text) == []


def test_every_extra_has_its_lock_or_is_left_to_the_user(project: dict[str, Any]) -> None:
    assert sorted(project["project"]["optional-dependencies"]) == sorted(BASE_EXTRAS + SERVICE_EXTRAS + OWN_CHOICE)


@pytest.mark.parametrize(("name", "extras"), [("base", BASE_EXTRAS), ("services", BASE_EXTRAS + SERVICE_EXTRAS)])
def test_a_lock_holds_what_its_commands_need(
    root: Path, project: dict[str, Any], name: str, extras: tuple[str, ...]
) -> None:
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    wanted += [text for extra in extras for text in project["project"]["optional-dependencies"][extra]]
    assert unmet(wanted, locked(root, name)) == []


def test_base_stays_without_the_services(root: Path) -> None:
    assert {CLIENT, "quixstreams", "pyarrow", "influxdb-client"} & {pin.name for pin in locked(root, "base")} == set()


@pytest.mark.parametrize(("smaller", "larger"), [("base", "services"), ("services", "dev")])
def test_what_is_in_both_is_the_same_version(root: Path, smaller: str, larger: str) -> None:
    first, second = ({(pin.name, pin.version) for pin in locked(root, name)} for name in (smaller, larger))
    assert sorted(first - second) == []


def test_dev_holds_the_tools(root: Path, project: dict[str, Any]) -> None:
    groups = [text for group in project["dependency-groups"].values() for text in group]
    assert unmet(groups, locked(root, "dev")) == []


@pytest.mark.parametrize("name", ["services", "dev"])
def test_the_kafka_client_is_the_overridden_one(root: Path, overrides: list[str], name: str) -> None:
    pins = locked(root, name)
    assert [Requirement(text).name for text in overrides] == [CLIENT]
    assert unmet(overrides, pins) == []
    pinned = [text for text in requires("quixstreams") or [] if Requirement(text).name == CLIENT]
    assert pinned, "Quix Streams no longer asks for a Kafka client"
    # When this fails Quix takes the client that we use: drop the override and docs/decisions/0006 with it.
    assert unmet(pinned, pins) == pinned


def test_the_wheel_takes_both_kafka_clients(project: dict[str, Any]) -> None:
    ours = [Requirement(text) for text in project["project"]["optional-dependencies"]["kafka"]]
    client = next(wanted for wanted in ours if wanted.name == CLIENT)
    assert [client.specifier.contains(version) for version in ("2.11.1", "2.12.2", "2.16.1")] == [False, True, True]


def test_locks_that_name_hosts_are_not_committed(tracked: list[str]) -> None:
    names = {"uv.lock", "package-lock.json", "poetry.lock", "Pipfile.lock", "yarn.lock"}
    assert [path for path in tracked if path.split("/")[-1] in names] == []


def test_every_lock_is_looked_at(root: Path) -> None:
    assert sorted(file.stem for file in (root / "requirements").glob("*.lock")) == sorted(LOCKS)
