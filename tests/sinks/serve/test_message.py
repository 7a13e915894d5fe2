from collections.abc import Callable

import pytest

from posestream.json_form import tracks_to_json
from posestream.schemas import Tracks
from posestream.skeletons import BODY25, COCO17, SKELETONS, WHOLEBODY133, Skeleton
from sinks.serve.message import joint_sides, live_json, pack, unpack


@pytest.mark.parametrize(("head", "picture"), [({}, b""), ({"label": "Zoë"}, b"\xff\xd8"), ({"a": [1]}, b"{}")])
def test_what_is_packed_comes_back(head: dict[str, object], picture: bytes) -> None:
    assert unpack(pack(head, picture)) == (head, picture)


@pytest.mark.parametrize("message", [b"", b"\0\0\0", b"\0\0\0\x05{}"])
def test_a_message_that_is_too_short(message: bytes) -> None:
    with pytest.raises(ValueError, match="live message: wanted"):
        unpack(message)


def test_live_json_without_anybody(make_tracks: Callable[..., Tracks]) -> None:
    head = live_json(make_tracks(), {})
    assert (head["persons"], head["tracks"]) == ([], [])


def test_live_json_is_the_line_of_poses_jsonl_and_more(make_tracks: Callable[..., Tracks]) -> None:
    tracks = make_tracks([(100, 20), (200, 40)], ids=[4, 9], states=[1, 2])
    head = live_json(tracks, {4: ((1.0, 2.0), (3.0, 4.0))})
    assert {key: head[key] for key in tracks_to_json(tracks)} == tracks_to_json(tracks)
    first, second = head["tracks"]
    assert (first["id"], first["state"], first["trail"]) == (4, "confirmed", ((1.0, 2.0), (3.0, 4.0)))
    assert (second["id"], second["state"], second["trail"]) == (9, "lost", ())
    assert first["keypoints"][0] == [100.0, 31.2, 0.9]
    assert all(len(bone) == 2 for bone in head["bones"])


def test_sides() -> None:
    assert joint_sides(COCO17)[:3] == ["middle", "left", "right"]
    assert joint_sides(BODY25)[7:10] == ["left", "middle", "right"]
    assert joint_sides(WHOLEBODY133)[22:] == ["right", *["fine"] * 110]


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
def test_bones_and_sides_are_those_of_the_skeleton(make_tracks: Callable[..., Tracks], skeleton: Skeleton) -> None:
    head = live_json(make_tracks([(100, 20)], skeleton=skeleton), {})
    joints = len(skeleton.keypoints)
    assert (head["skeleton"], len(head["sides"]), len(head["tracks"][0]["keypoints"])) == (
        skeleton.name,
        joints,
        joints,
    )
    assert head["bones"] == [list(bone) for bone in skeleton.bones]
