"""What differs between TensorRT 10 and 11, told apart by attributes; and small things that both leave to us.

TensorRT 11 knows strongly typed networks only: precision is what the graph says. Of TensorRT 10 we ask for the same.
"""

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from posestream.errors import UsageError

TensorRt = Any
"""The module: its classes are made in C++ and have no types that help."""
Report = Callable[[str, int, int], None]
"""What is told of a build: (phase, steps done, steps in all); steps done = steps in all ends the phase."""


def import_tensorrt() -> TensorRt:
    """Give the module, or say which extra brings it and where its libraries come from."""
    try:
        return import_module("tensorrt")
    except (ImportError, OSError) as exc:
        raise UsageError(
            "TensorRT is not installed: pip install 'posestream[gpu]'; its libraries come from NVIDIA's own package "
            "index (docs/gpu.md)"
        ) from exc


def strongly_typed_network(trt: TensorRt, builder: Any) -> Any:  # noqa: ANN401  # untyped library
    """Give an empty network whose precision is the graph's own."""
    flags = trt.NetworkDefinitionCreationFlag
    if hasattr(flags, "EXPLICIT_BATCH"):  # TensorRT 10, where networks are weakly typed unless asked otherwise
        return builder.create_network(1 << int(flags.STRONGLY_TYPED))
    return builder.create_network(0)


def keeping_logger(trt: TensorRt) -> Any:  # noqa: ANN401  # a class of the library's
    """Give a logger that keeps the last error as ``last`` and is silent otherwise."""
    bad = (trt.ILogger.INTERNAL_ERROR, trt.ILogger.ERROR)

    class KeepingLogger(trt.ILogger):  # type: ignore[misc]  # untyped library
        """Called from TensorRT's own threads."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.last = ""

        def log(self, severity: Any, message: str) -> None:  # noqa: ANN401  # untyped library
            """Keep the first line of an error."""
            if severity in bad:
                self.last = one_line(message)

    return KeepingLogger()


def progress_monitor(trt: TensorRt, report: Report, stop: threading.Event) -> Any:  # noqa: ANN401  # as above
    """Give a monitor that reports each phase, and ends the build once ``stop`` is set.

    It is called from TensorRT's own threads and never raises: an exception would have to cross C++.
    """

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]  # untyped library
        """Phases are nested; each has its own number of steps."""

        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self._steps: dict[str, int] = {}

        def phase_start(self, phase_name: str, parent_phase: str, num_steps: int) -> None:  # noqa: ARG002  # its face
            self._steps[phase_name] = num_steps
            report(phase_name, 0, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            report(phase_name, min(step + 1, self._steps.get(phase_name, 0)), self._steps.get(phase_name, 0))
            return not stop.is_set()

        def phase_finish(self, phase_name: str) -> None:
            steps = self._steps.pop(phase_name, 0)
            report(phase_name, steps, steps)

    return Monitor()


def one_line(text: str) -> str:
    """Give the first line that says something, without what cannot be printed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(char if char.isprintable() else "?" for char in lines[0])[:300] if lines else "it does not say why"
