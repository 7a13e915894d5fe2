"""The counters of one camera over all of its readers: of those that ended, and of the one that reads now."""

import math
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.capture.board import Board
from ingest.capture.fates import PassReason
from ingest.health.picture_meter import PictureFigures

_COUNTED = ("packets", "corrupt", "decoded", "sampled")
# What a broken reader writes must fit into every message.
_MOST_OF_ONE_READER = 2**48


@dataclass(frozen=True)
class CaptureCounts:
    """One look: packets = sampled + corrupt + all passed + those in the reader now.

    ``decoded`` counts decoded frames, damaged ones included; ``last_frame_at`` is monotonic, None before the first.
    """

    packets: int
    decoded: int
    corrupt: int
    sampled: int
    passed: Mapping[PassReason, int]
    last_frame_at: float | None
    idle: bool
    figures: PictureFigures | None


class Tally:
    """Adds up boards; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._ended: Counter[str] = Counter()
        self._passed: Counter[PassReason] = Counter()
        self._last_frame_at = 0.0
        self._figures: PictureFigures | None = None
        self._board: Board | None = None

    def watch(self, board: Board) -> None:
        """Count what is written on this board from now on."""
        self._board = board

    def settle(self) -> None:
        """The present reader has ended: what was in it is lost, and its account is closed."""
        with self._lock:
            counts = self.read()
            self._board = None
            self._ended = Counter({name: getattr(counts, name) for name in _COUNTED})
            self._passed = Counter(counts.passed)
            in_reader = counts.packets - counts.sampled - counts.corrupt - sum(counts.passed.values())
            self._passed[PassReason.ABANDONED] += max(0, in_reader)
            self._ended["packets"] += max(0, -in_reader)
            self._last_frame_at, self._figures = counts.last_frame_at or 0.0, counts.figures

    def read(self) -> CaptureCounts:
        """Give one look."""
        with self._lock:
            return self._read()

    def _read(self) -> CaptureCounts:
        board = self._board
        now = {name: 0 if board is None else _sane(board[name]) for name in _COUNTED}
        passed = {} if board is None else {reason: _sane(count) for reason, count in board.passed.items()}
        last_frame_at = 0.0 if board is None or not math.isfinite(board["last_frame_at"]) else board["last_frame_at"]
        return CaptureCounts(
            **{name: self._ended[name] + now[name] for name in _COUNTED},
            passed={reason: self._passed[reason] + passed.get(reason, 0) for reason in PassReason},
            last_frame_at=max(self._last_frame_at, last_frame_at) or None,
            idle=board is not None and bool(board["idle"]),
            figures=self._figures if board is None or board.figures is None else board.figures,
        )


def _sane(count: float) -> int:
    return min(max(0, int(count)), _MOST_OF_ONE_READER)
