"""What the gates look at: the five packages and all files of the repository."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("posestream", "ingest", "inference", "postprocess", "sinks")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def packages() -> tuple[str, ...]:
    """The import names that the distribution owns."""
    return PACKAGES


@pytest.fixture(scope="session")
def sources() -> dict[str, Path]:
    """All source files of the five packages by their path in the repository."""
    return {
        path.relative_to(ROOT).as_posix(): path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))
    }


@pytest.fixture(scope="session")
def tracked() -> list[str]:
    """Paths of all files that are committed or would be."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout: it cannot be said which files are committed")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]
