"""Where a reader puts what it has: on the board and into the ring, with a wake-up for whoever watches."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.capture.attempt import Attempt
from ingest.capture.board import Board
from ingest.capture.fates import PassReason
from ingest.capture.ring import Captured, Ring
from posestream.errors import InputError


@dataclass(frozen=True)
class Outlet:
    """Board and ring of one reader, its attempt, and ``wake``, which never blocks."""

    board: Board
    ring: Ring
    attempt: Attempt
    wake: Callable[[], None]

    def good_frame(self) -> None:
        """Say that a good frame came, wanted or not."""
        if self.attempt.frame_came():
            self.wake()

    def hand_on(self, captured: Captured, payload: NDArray[np.uint8]) -> None:
        """Publish one picture or access unit; raises InputError if it is larger than the camera's ring was made for."""
        self.board.count("sampled")  # before it can be taken: what was taken is never more than this
        if not self.ring.write(captured, payload):
            self.board.count("sampled", -1)
            raise InputError(f"a picture of {captured.image_width}x{captured.image_height} is too large to be read")
        self.wake()

    def close_round(self) -> None:
        """Close the account of a connect or of a round: what gave no picture by now gives none."""
        left = int(self.board["packets"]) - self.board.accounted
        if left > 0:
            self.board.count_passed(PassReason.NO_PICTURE, left)
        else:
            self.board.count("packets", -left)


@dataclass(frozen=True)
class Moment:
    """When something was here: UTC nanoseconds, and seconds that never jump."""

    wall_ns: int
    monotonic: float


def here_now() -> Moment:
    """Give the present moment; a reader may be another process, so that it is the machine's own clock."""
    return Moment(time.time_ns(), time.monotonic())
