"""Fixtures that all tests may use."""

import os
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI") == "true"


def missing(what: str) -> None:
    """Skip loudly, or fail in CI where everything must be there."""
    if IN_CI:
        pytest.fail(f"{what} (CI=true: nothing may be missing)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The folder with real test media and their ground truth."""
    place = os.environ.get("POSESTREAM_TESTDATA")
    if not place or not Path(place).is_dir():
        missing("POSESTREAM_TESTDATA does not name the folder of the test data")
    return Path(str(place)).resolve()
