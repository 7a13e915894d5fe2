"""The table of all systems: what each decoder makes of tensors that were encoded from a known truth."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

HERE = Path(__file__).parent
SYSTEMS = (
    "AlphaPose",
    "BlazePose detector",
    "BlazePose landmark",
    "CenterNet boxes",
    "HRNet DARK",
    "HRNet UDP / ViTPose",
    "HRNet quarter offset",
    "Keypoint R-CNN",
    "MoveNet MultiPose",
    "MoveNet SinglePose",
    "NanoDet",
    "OpenPifPaf",
    "OpenPose BODY_25",
    "OpenPose COCO-18",
    "PoseNet multi",
    "PoseNet single",
    "RTMDet boxes",
    "RTMO",
    "RTMPose SimCC",
    "RTMPose SimCC DARK",
    "YOLO boxes",
    "YOLO-pose 26",
    "YOLO-pose v8/11",
)
"""Each must have a row: a system that nobody tests is not there."""


class Row(NamedTuple):
    """One system: the shapes of its tensors, the largest error and what is allowed, both in ``unit``."""

    system: str
    tensors: str
    error: float
    tolerance: float
    unit: str


ROWS = pytest.StashKey[dict[str, Row]]()
Reproduces = Callable[..., None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = {}


@pytest.fixture
def reproduces(request: pytest.FixtureRequest) -> Reproduces:
    """Give ``reproduces(system, tensors, error, tolerance, unit="px")``: checks it, and puts it into the table."""
    rows = request.config.stash[ROWS]

    def check(
        system: str, tensors: Sequence[NDArray[np.generic]], error: float, tolerance: float, unit: str = "px"
    ) -> None:
        shapes = " ".join(str(list(tensor.shape)) for tensor in tensors)
        worst = max(rows[system].error, error) if system in rows else error
        rows[system] = Row(system, shapes, worst, tolerance, unit)
        assert error <= tolerance, f"{system}: {error:.4g} {unit} is more than {tolerance:g}"

    return check


def _missing(session: pytest.Session) -> list[str]:
    """Give the systems without a row, if all test files of this folder were run whole."""
    chosen = session.config.option
    ran = {item.path for item in session.items}
    if chosen.keyword or chosen.collectonly or not ran.issuperset(HERE.glob("test_*.py")):
        return []
    if any("::" in str(argument) for argument in session.config.args):
        return []
    return [system for system in SYSTEMS if system not in session.config.stash[ROWS]]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _missing(session) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash[ROWS]
    if not rows:
        return
    terminalreporter.section("decoders against what was encoded")
    width = max(len(system) for system in rows)
    for row in sorted(rows.values()):
        verdict = "ok" if row.error <= row.tolerance else "TOO MUCH"
        numbers = f"{row.error:9.2e} of {row.tolerance:g} {row.unit}"
        terminalreporter.write_line(f"{row.system:{width}}  {numbers:24} {verdict:9} {row.tensors}")
    session = terminalreporter._session
    for system in _missing(session) if session else []:
        terminalreporter.write_line(f"{system}: no test has shown it")
