"""What the wheel holds: five packages, all that they read at run time, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names in a freshly built wheel."""
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    built = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (file,) = place.glob("*.whl")
    return frozenset(zipfile.ZipFile(file).namelist())


def test_five_packages_and_nothing_else(wheel: frozenset[str], packages: tuple[str, ...]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(packages)


def test_each_package_is_typed(wheel: frozenset[str], packages: tuple[str, ...]) -> None:
    assert {f"{name}/py.typed" for name in packages} <= wheel
    assert {f"{name}/__init__.py" for name in packages} <= wheel


def test_every_committed_file_of_the_packages_is_in_it(
    wheel: frozenset[str], packages: tuple[str, ...], tracked: list[str]
) -> None:
    assert sorted(name for name in tracked if name.split("/")[0] in packages and name not in wheel) == []


def test_what_is_read_at_run_time_is_in_it(wheel: frozenset[str]) -> None:
    assert "posestream/config/example.yaml" in wheel
    assert "sinks/serve/static/index.html" in wheel
    assert [name for name in wheel if name.startswith("inference/models/cards/") and name.endswith(".yaml")]
    assert [name for name in wheel if name.endswith(".dist-info/entry_points.txt")]
    assert [name for name in wheel if name.endswith("licenses/LICENSE")]


def test_no_cache_and_no_test_is_in_it(wheel: frozenset[str]) -> None:
    assert [name for name in wheel if "__pycache__" in name or "test" in name.split("/")[-1].split("_")] == []
