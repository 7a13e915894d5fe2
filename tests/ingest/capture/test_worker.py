"""How much memory a camera's pictures and access units are given."""

import pytest

from ingest.capture.worker import memory_size
from ingest.scaling import MAX_PIXELS
from ingest.settings import ReadSettings
from posestream.messaging.frame_message import MOST_BYTES


def test_access_units_have_room_for_two_seconds_of_the_largest_messages() -> None:
    size = memory_size(ReadSettings("cam", width=80), packets=True)
    assert (size.slots, size.slot_bytes) == (64, MOST_BYTES)


@pytest.mark.parametrize(
    ("width", "max_width", "pixels"),
    [(640, None, 4 * 640**2), (None, 640, 4 * 640**2), (1280, 640, 4 * 640**2), (None, None, MAX_PIXELS)],
)
def test_a_slot_holds_the_largest_picture_of_the_wanted_width_in_full_colour(
    width: int | None, max_width: int | None, pixels: int
) -> None:
    size = memory_size(ReadSettings("cam", width=width, max_width=max_width), packets=False)
    assert (size.slots, size.slot_bytes) == (4, 3 * pixels)
    assert memory_size(ReadSettings("cam", width=100_000), packets=False).slot_bytes == 3 * MAX_PIXELS
