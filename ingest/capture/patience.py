"""For how long a reader that gives no sign of life is waited for."""

from ingest.capture.board import Board, Phase
from ingest.deadlines import LiveDeadlines

_SLOW_FRAMES = 4
_SLOWEST_RATE = 0.01
# The reader's own limits strike first: it can say better what went wrong.
_GRACE = 1.25
# A child process has to start and to load its libraries, maybe beside many others.
START_SECONDS = 30.0
WAITED_FOR = {
    Phase.OPENING: "no answer in time",
    Phase.FIRST_FRAME: "connected, but no picture came",
    Phase.FLOWING: "the pictures stopped coming",
}
"""What did not come, for people."""


def phase_of(board: Board) -> Phase:
    """Give what the reader waits for; whatever a broken reader wrote there."""
    number = int(board["phase"])
    return Phase(number) if number in (0, 1, 2) else Phase.OPENING


def seconds_left(board: Board, deadlines: LiveDeadlines, began_at: float, now: float) -> float:
    """Give the seconds until patience ends, counted from the last sign of life after ``began_at``."""
    beat = min(board["beat"], now)  # a sign of life from the future is none
    if not beat >= began_at:  # not a number is none, either
        return began_at + START_SECONDS - now
    phase = phase_of(board)
    limit = {
        Phase.OPENING: deadlines.open_s * _GRACE,
        Phase.FIRST_FRAME: deadlines.first_frame_s * _GRACE,
        Phase.FLOWING: deadlines.next_frame_s,
    }[phase]
    rate = board["source_fps"]
    if phase is Phase.FLOWING and rate >= _SLOWEST_RATE:
        limit = max(limit, _SLOW_FRAMES / rate)
    return beat + limit - now


def healthy_seconds(board: Board) -> float:
    """Give for how long frames have come in this try."""
    if phase_of(board) is not Phase.FLOWING:
        return 0.0
    return max(0.0, board["last_frame_at"] - board["flowing_since"])
