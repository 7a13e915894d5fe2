"""Which stamps lie in the future."""

import pytest

from posestream.messaging.future import refuse_future
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import FrameStamp, TimeSource

NOW_NS = 1_750_000_000_000_000_000
NOW_MS, HOUR_NS = NOW_NS // 10**6, 3600 * 10**9


def stamp(epoch: int, captured_at_ns: int, source: TimeSource = TimeSource.RTCP) -> FrameStamp:
    return FrameStamp("hall", epoch, 0, 0.0, captured_at_ns, source, 320, 240)


@pytest.mark.parametrize(
    "given",
    [
        stamp(0, 0),
        stamp(NOW_MS, NOW_NS),
        stamp(NOW_MS, NOW_NS + HOUR_NS),
        stamp(NOW_MS + 3_600_000, NOW_NS),
        stamp(0, NOW_NS + 5 * HOUR_NS, TimeSource.FILE),
    ],
    ids=["long ago", "now", "a clock that is an hour fast", "an epoch of it", "a recording of five hours"],
)
def test_what_is_taken(given: FrameStamp) -> None:
    refuse_future(given, NOW_NS)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (stamp(NOW_MS, NOW_NS + HOUR_NS + 10**9), "captured 1.0 h in the future"),
        (stamp(0, NOW_NS + 50 * HOUR_NS), "captured 50.0 h in the future"),
        (stamp(NOW_MS, NOW_NS + 5 * HOUR_NS, TimeSource.FILE), "captured 5.0 h in the future"),
        (stamp(NOW_MS + 7_200_000, NOW_NS), f"epoch {NOW_MS + 7_200_000}, which begins 2.0 h in the future"),
        (stamp(2**60, NOW_NS), "in the future: is the clock of its sender right?"),
        (stamp(1, NOW_NS * 2), "captured 486111.1 h in the future"),
    ],
    ids=["just beyond", "days", "a clip sent live", "an epoch", "an absurd epoch", "an absurd time"],
)
def test_what_is_refused(given: FrameStamp, text: str) -> None:
    with pytest.raises(Unreadable, match=text):
        refuse_future(given, NOW_NS)
