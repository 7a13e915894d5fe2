"""The parts that TensorRT calls back hold against its real base classes, and what differs is told by attributes."""

import threading
from typing import Any

import pytest
from fake_tensorrt import fake_tensorrt

from inference.runners.tensorrt_api import keeping_logger, one_line, progress_monitor, strongly_typed_network

Trt = Any  # a module


def modules() -> list[Trt]:
    try:
        import tensorrt_lean  # noqa: PLC0415  # the real base classes; without the wheel the fakes do
    except ImportError:
        return [fake_tensorrt(10), fake_tensorrt(11)]
    return [fake_tensorrt(10), fake_tensorrt(11), tensorrt_lean]


@pytest.mark.parametrize("trt", modules(), ids=lambda trt: f"{trt.__version__}")
def test_the_logger_keeps_the_first_line_of_the_last_error(trt: Trt) -> None:
    logger = keeping_logger(trt)
    assert logger.last == ""
    logger.log(trt.ILogger.WARNING, "careful")
    assert logger.last == ""
    logger.log(trt.ILogger.ERROR, "\n  wrong \nmore")
    assert logger.last == "wrong"
    logger.log(trt.ILogger.INTERNAL_ERROR, "very wrong")
    logger.log(trt.ILogger.WARNING, "careful")
    assert logger.last == "very wrong"


@pytest.mark.parametrize("trt", modules(), ids=lambda trt: f"{trt.__version__}")
def test_the_monitor_reports_and_stops(trt: Trt) -> None:
    steps: list[tuple[str, int, int]] = []
    stop = threading.Event()
    monitor = progress_monitor(trt, lambda *step: steps.append(step), stop)
    monitor.phase_start("a", None, 2)
    assert monitor.step_complete("a", 0)
    stop.set()
    assert not monitor.step_complete("a", 1)
    monitor.phase_finish("a")
    monitor.phase_finish("never begun")
    assert not monitor.step_complete("never begun", 5)
    assert steps == [("a", 0, 2), ("a", 1, 2), ("a", 2, 2), ("a", 2, 2), ("never begun", 0, 0), ("never begun", 0, 0)]


@pytest.mark.parametrize(("version", "flags"), [(10, 0b10), (11, 0)])
def test_a_network_is_strongly_typed_in_both(version: int, flags: int) -> None:
    trt = fake_tensorrt(version)
    assert strongly_typed_network(trt, trt.Builder(keeping_logger(trt))).flags == flags


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "it does not say why"),
        ("\n \n", "it does not say why"),
        ("a\nb", "a"),
        ("\x00a", "?a"),
        ("x" * 999, "x" * 300),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line
