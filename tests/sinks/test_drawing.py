from collections.abc import Callable

import numpy as np
import pytest

from posestream.config import ZoneConfig
from posestream.schemas import Alert, Tracks, TrackState
from posestream.skeletons import SKELETONS, WHOLEBODY133, Skeleton
from sinks.drawing import annotate, draw_skeleton, draw_skeletons, line_width
from sinks.palette import SEVERITY_COLOURS, person_colour

MakeTracks = Callable[..., Tracks]


def blank(height: int = 240, width: int = 320) -> np.ndarray:
    return np.full((height, width, 3), 90, np.uint8)


def changed(picture: np.ndarray) -> np.ndarray:
    return (picture != 90).any(axis=2)


def near(picture: np.ndarray, x: float, y: float, reach: int = 2) -> np.ndarray:
    column, row = round(x), round(y)
    return changed(picture)[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]


@pytest.mark.parametrize(
    ("tops", "wanted"),
    [
        ({"tops": []}, False),
        ({"tops": [(100, 20)], "score": 0.29, "states": [TrackState.LOST]}, False),
        ({"tops": [(100, 20)], "states": [TrackState.LOST]}, False),
        ({"tops": [(100, 20)]}, True),
        ({"tops": [(100, 20)], "states": [TrackState.TENTATIVE]}, True),
    ],
)
def test_who_is_drawn(make_tracks: MakeTracks, tops: dict[str, object], wanted: bool) -> None:
    picture = annotate(blank(), make_tracks(**tops))
    assert changed(picture).any() == wanted


def test_joints_of_low_score_are_not_drawn(make_tracks: MakeTracks) -> None:
    canvas = blank()
    draw_skeletons(canvas, make_tracks([(100, 60)], score=0.2))
    rows = np.flatnonzero(changed(canvas).any(axis=1))
    assert rows.size  # the id's tag stays
    assert rows.max() < 70  # above the head, nothing of the body


@pytest.mark.parametrize("size", [(240, 320), (120, 160), (480, 640)])
def test_bones_lie_where_the_joints_are_at_any_size(make_tracks: MakeTracks, size: tuple[int, int]) -> None:
    tracks = make_tracks([(100, 60)])
    picture = annotate(blank(*size), tracks)
    scale = size[0] / 240
    for x, y in tracks.keypoints[0] * scale:
        assert near(picture, x, y).all()
    knee, ankle = tracks.keypoints[0][[13, 15]] * scale
    assert near(picture, *((knee + ankle) / 2), reach=0).all()
    assert not near(picture, *(tracks.keypoints[0][11] * scale + (25 * scale, 10 * scale))).any()


def test_the_picture_given_is_left_alone(make_tracks: MakeTracks) -> None:
    picture = blank()
    picture.setflags(write=False)
    annotate(picture, make_tracks([(100, 20)]))
    assert not changed(picture).any()


def test_colours_are_steady_and_neighbours_differ() -> None:
    assert person_colour(7) == person_colour(7)
    assert len({person_colour(number) for number in range(12)}) == 12
    assert person_colour(None) not in {person_colour(number) for number in range(12)}


def test_right_side_has_the_persons_colour_and_left_a_lighter_one(make_tracks: MakeTracks) -> None:
    tracks = make_tracks([(160, 60)], ids=[3])
    picture = annotate(blank(960, 1280), tracks)
    left, right = (tracks.keypoints[0][[a, b]].mean(axis=0) * 4 for a, b in ((13, 15), (14, 16)))
    assert tuple(picture[round(right[1]), round(right[0])]) == person_colour(3)
    assert picture[round(left[1]), round(left[0])].sum() > sum(person_colour(3))


def test_a_pose_without_a_track_is_drawn_in_grey(make_tracks: MakeTracks) -> None:
    picture = annotate(blank(), Tracks.empty(make_tracks([(100, 60)]).poses))
    drawn = picture[changed(picture)].astype(int)
    assert drawn.size
    assert np.abs(drawn - drawn.mean(axis=1, keepdims=True)).max() < 40


def test_zones_and_banners(make_tracks: MakeTracks, make_alert: Callable[..., Alert]) -> None:
    zone = ZoneConfig(id="door", polygon=((0.5, 0.5), (0.9, 0.5), (0.9, 0.9), (0.5, 0.9)))
    calm = annotate(blank(), make_tracks(), [zone])
    alarmed = annotate(blank(), make_tracks(), [zone], [make_alert()])
    outline = (round(0.7 * 319), round(0.9 * 239))
    assert near(calm, *outline, reach=0).all()
    assert not near(calm, 60, 200).any()
    assert alarmed[200, 200, 0] > calm[200, 200, 0]  # reddish inside
    assert alarmed[200, 200, 2] < calm[200, 200, 2]
    assert (alarmed[8, 8] == SEVERITY_COLOURS[make_alert().severity]).all()


def test_lines_grow_with_the_picture() -> None:
    assert [line_width(height) for height in (120, 480, 1080, 2160)] == [2, 2, 4, 9]


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
def test_bones_of_every_skeleton_are_drawn(skeleton: Skeleton) -> None:
    random = np.random.default_rng(2)
    joints = random.uniform((20, 20), (620, 460), (len(skeleton.keypoints), 2)).astype(np.float32)
    canvas = blank(480, 640)
    draw_skeleton(canvas, joints, np.ones(len(joints), np.float32), skeleton, (200, 40, 40))
    for a, b in skeleton.bones:
        assert near(canvas, *((joints[a] + joints[b]) / 2), reach=1).any()


def test_face_and_hands_are_thin_lines_without_dots() -> None:
    chin, jaw = WHOLEBODY133.index("chin"), WHOLEBODY133.index("left_jaw_8")
    joints = np.zeros((133, 2), np.float32)
    joints[[chin, jaw]] = (50, 100), (150, 100)
    scores = np.zeros(133, np.float32)
    scores[[chin, jaw]] = 1
    canvas = blank()
    draw_skeleton(canvas, joints, scores, WHOLEBODY133, (200, 40, 40))
    rows = np.flatnonzero(changed(canvas).any(axis=1))
    assert rows.size
    assert set(rows) <= {99, 100, 101}
