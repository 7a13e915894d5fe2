"""One try to read a live source, as its reader sees it: it gives signs of life and asks whether to go on."""

import time

from ingest.capture.board import Board, Phase
from posestream.clock import Clock

_PAUSE_SECONDS = 0.05


class Attempt:
    """Writes the signs of life of one try on the board; used by its reader's thread alone."""

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board, self._clock = board, clock

    def wanted(self) -> bool:
        """Whether anybody still waits for this reader."""
        return bool(self._board["wanted"])

    def opened(self, source_fps: float | None) -> None:
        """Say that the source is open."""
        self._board["source_fps"] = source_fps or 0.0
        self._beat(Phase.FIRST_FRAME)

    def frame_came(self) -> bool:
        """Say that a good frame came; True for the first one of the try."""
        is_first = self._board["phase"] != Phase.FLOWING
        now = self._clock.monotonic()
        if is_first:
            self._board["flowing_since"] = now
        self._board["last_frame_at"] = now
        self._beat(Phase.FLOWING)
        return is_first

    def alive(self) -> None:
        """Say that it works, though no frame came that counts."""
        self._beat(Phase(int(self._board["phase"])))

    def pause_until(self, moment: float) -> bool:
        """Wait until the clock's monotonic ``moment``, alive for the watcher; False if no longer wanted."""
        while (left := moment - self._clock.monotonic()) > 0 and self.wanted():
            self.alive()
            time.sleep(min(left, _PAUSE_SECONDS))
        return self.wanted()

    def _beat(self, phase: Phase) -> None:
        self._board["phase"] = phase
        self._board["beat"] = self._clock.monotonic()
