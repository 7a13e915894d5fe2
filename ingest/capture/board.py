"""The board of one reader: counters, signs of life and figures, written by it and read by who watches it.

Every field is one aligned machine word, so that it is never seen half written; fields are not read together at one
moment, though. ``rest_until`` (monotonic: until then it may rest) and ``wanted`` alone are written by the watcher.
"""

import math
from dataclasses import astuple, fields
from enum import IntEnum
from typing import Any

import numpy as np

from ingest.capture.fates import PASS_REASONS, PassReason
from ingest.health.picture_meter import PictureFigures

_FIGURES = len(fields(PictureFigures))
_FIELDS: list[Any] = [
    ("wanted", "i8"),
    ("rest_until", "f8"),
    ("phase", "i8"),
    ("beat", "f8"),
    ("flowing_since", "f8"),
    ("last_frame_at", "f8"),
    ("source_fps", "f8"),
    ("packets", "i8"),
    ("corrupt", "i8"),
    ("decoded", "i8"),
    ("sampled", "i8"),
    ("idle", "i8"),
    ("start_realtime_us", "i8"),
    ("looked", "i8"),
    ("passed", "i8", (len(PASS_REASONS),)),
    ("figures", "f8", (_FIGURES,)),
]
_LAYOUT = np.dtype(_FIELDS)
BOARD_BYTES = 4096


class Phase(IntEnum):
    """What a reader waits for."""

    OPENING = 0
    FIRST_FRAME = 1
    FLOWING = 2


class Board:
    """Named words over ``BOARD_BYTES`` of memory that were zero at first."""

    def __init__(self, memory: memoryview) -> None:
        self._row: Any = np.frombuffer(memory, _LAYOUT, count=1)[0]

    def __getitem__(self, name: str) -> float:
        """Give a field's value."""
        return self._row[name].item()  # type: ignore[no-any-return]

    def __setitem__(self, name: str, value: float) -> None:
        """Set a field."""
        self._row[name] = value

    def count(self, name: str, more: int = 1) -> None:
        """Add to a counter; by its one writer only."""
        self._row[name] += more

    def count_passed(self, reason: PassReason, more: int = 1) -> None:
        """Count packets of which nothing was handed on; by the one writer only."""
        self._row["passed"][PASS_REASONS.index(reason)] += more

    @property
    def passed(self) -> dict[PassReason, int]:
        """Packets of which nothing was handed on, by reason."""
        return dict(zip(PASS_REASONS, self._row["passed"].tolist(), strict=True))

    @property
    def accounted(self) -> int:
        """Packets whose fate in the reader is known."""
        return int(self["sampled"]) + int(self["corrupt"]) + int(self._row["passed"].sum())

    @property
    def figures(self) -> PictureFigures | None:
        """Figures of the last look at the picture, None before the first."""
        if not self["looked"]:
            return None
        return PictureFigures(*(_finite(value) for value in self._row["figures"].tolist()))

    def show_figures(self, figures: PictureFigures) -> None:
        """Show a look at the picture."""
        self._row["figures"] = [_finite(value) for value in astuple(figures)]
        self.count("looked")


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
