"""Events of the future: one of them would make its camera silent until that time, for all others came before it."""

from posestream.messaging.unreadable import Unreadable
from posestream.schemas import FrameStamp, TimeSource

MOST_AHEAD_SECONDS = 3600.0
"""So far apart may the clocks of an installation be."""


def refuse_future(stamp: FrameStamp, now_ns: int) -> None:
    """Refuse a stamp whose epoch or capture time is more than an hour after ``now_ns``, UTC nanoseconds since 1970.

    A recording (epoch 0, times of the file) may have any time: nothing of a live camera comes before its epoch.

    Raises:
        Unreadable: the text says what lies how far ahead.
    """
    if stamp.epoch == 0 and stamp.time_source is TimeSource.FILE:
        return
    times = {"captured": stamp.captured_at_ns, f"epoch {stamp.epoch}, which begins": stamp.epoch * 1_000_000}
    for what, at_ns in times.items():
        ahead = (at_ns - now_ns) / 1e9
        if ahead > MOST_AHEAD_SECONDS:
            raise Unreadable(f"{what} {ahead / 3600:.1f} h in the future: is the clock of its sender right?")
