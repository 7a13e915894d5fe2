import numpy as np
import pytest
from numpy.typing import NDArray

from inference.crop_memory import LONGEST_GAP_NS, CropMemory, boxes_around
from posestream.schemas import FrameStamp, TimeSource
from postprocess.decoders import DecodedPoses

MS = 1_000_000


def stamp(milliseconds: int = 0, camera: str = "lobby", epoch: int = 5) -> FrameStamp:
    return FrameStamp(camera, epoch, 0, milliseconds / 1e3, milliseconds * MS, TimeSource.ARRIVAL, 640, 480)


def persons(*boxes: tuple[float, float, float, float]) -> DecodedPoses:
    """Persons whose sure joints span these boxes."""
    corners = np.array(boxes, np.float32).reshape(-1, 2, 2)
    return DecodedPoses(
        keypoints=np.repeat(corners, [9, 8], axis=1),
        keypoint_scores=np.full((len(corners), 17), 0.9, np.float32),
        boxes=np.zeros((len(corners), 4), np.float32),
        scores=np.full(len(corners), 0.9, np.float32),
    )


def expected(memory: CropMemory, at: FrameStamp, every: int = 3) -> NDArray[np.float32] | None:
    return memory.expected(at, every)


def test_nothing_is_expected_of_a_new_camera() -> None:
    assert expected(CropMemory(), stamp()) is None


def test_an_empty_picture_is_looked_at_anew_each_time() -> None:
    memory = CropMemory()
    memory.remember(stamp(), persons(), detected=True)
    assert expected(memory, stamp(40)) is None


def test_persons_are_expected_where_their_joints_were_with_a_margin() -> None:
    memory = CropMemory()
    memory.remember(stamp(), persons((100, 100, 200, 300), (0, 0, 10, 10)), detected=True)
    boxes = expected(memory, stamp(40))
    assert boxes is not None
    assert boxes == pytest.approx(np.array([[90, 80, 210, 320], [-1, -1, 11, 11]]), abs=1e-3)


def test_a_person_without_sure_joints_is_expected_about_all_of_them() -> None:
    found = persons((100, 100, 200, 300))
    unsure = DecodedPoses(found.keypoints, found.keypoint_scores * 0.1, found.boxes, found.scores)
    assert np.array_equal(boxes_around(unsure), boxes_around(found))


@pytest.mark.parametrize("every", [1, 2, 3, 8])
def test_the_detectors_have_their_turn_every_nth_frame(every: int) -> None:
    memory, turns = CropMemory(), []
    for frame in range(3 * every):
        at = stamp(40 * frame)
        detected = memory.expected(at, every) is None
        turns.append(detected)
        memory.remember(at, persons((100, 100, 200, 300)), detected=detected)
    assert turns == [frame % every == 0 for frame in range(3 * every)]


def test_when_the_interval_shrinks_the_turn_comes_at_once() -> None:
    memory = CropMemory()
    memory.remember(stamp(), persons((1, 1, 9, 9)), detected=True)
    memory.remember(stamp(40), persons((1, 1, 9, 9)), detected=False)
    assert expected(memory, stamp(80), every=8) is not None
    assert expected(memory, stamp(80), every=2) is None


@pytest.mark.parametrize(
    ("later", "follows"),
    [
        (stamp(0), True),
        (stamp(LONGEST_GAP_NS // MS), True),
        (stamp(LONGEST_GAP_NS // MS + 1), False),
        (stamp(-1), False),
        (stamp(40, epoch=6), False),
        (stamp(40, camera="door"), False),
    ],
)
def test_gaps_jumps_and_new_connects_end_the_following(later: FrameStamp, follows: bool) -> None:
    memory = CropMemory()
    memory.remember(stamp(), persons((1, 1, 9, 9)), detected=True)
    assert (expected(memory, later) is not None) == follows


def test_cameras_are_remembered_apart_until_they_are_forgotten() -> None:
    memory = CropMemory()
    for camera in ("lobby", "door"):
        memory.remember(stamp(camera=camera), persons((1, 1, 9, 9)), detected=True)
    memory.forget("lobby")
    memory.forget("nobody knows")
    assert expected(memory, stamp(40)) is None
    assert expected(memory, stamp(40, camera="door")) is not None


def test_following_without_a_first_detection_counts_from_there() -> None:
    memory = CropMemory()
    memory.remember(stamp(), persons((1, 1, 9, 9)), detected=False)
    assert expected(memory, stamp(40), every=2) is not None


def test_places_of_another_kind_are_expected_as_they_were_given() -> None:
    memory = CropMemory()
    places = np.array([[10, 20, 300, 0.5]], np.float32)
    memory.remember(stamp(), persons((10, 20, 30, 40)), places, detected=True)
    assert expected(memory, stamp(40)) is places
    memory.remember(stamp(40), persons(), np.zeros((0, 4), np.float32), detected=False)
    assert expected(memory, stamp(80)) is None
