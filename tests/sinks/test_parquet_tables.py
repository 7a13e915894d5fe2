"""Rows are events, to the last bit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from posestream.messaging.events import write_poses, write_tracks
from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17, SKELETONS
from sinks.parquet_schema import POSES, SCHEMAS, TRACKS
from sinks.parquet_tables import from_table, poses_of, to_table

MakeTracks = Callable[..., Tracks]
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def some_poses(draw: st.DrawFn) -> Poses:
    persons = draw(st.integers(0, 3))

    def floats(*shape: int) -> np.ndarray:
        return draw(arrays(np.float32, shape, elements=FLOATS))

    return Poses(
        stamp=FrameStamp(
            camera_id=draw(st.sampled_from(["lobby", "a.b-c_d"])),
            epoch=draw(st.integers(0, 2**63 - 1)),
            frame_index=draw(st.integers(0, 2**63 - 1)),
            pts_seconds=draw(st.floats(allow_nan=False, allow_infinity=False)),
            captured_at_ns=draw(st.integers(-(2**63), 2**63 - 1)),
            time_source=draw(st.sampled_from(TimeSource)),
            width=draw(st.integers(1, 2**32 - 1)),
            height=draw(st.integers(1, 2**32 - 1)),
        ),
        skeleton=COCO17,
        model=draw(st.text(st.characters(codec="utf-8"), max_size=9)),
        keypoints=floats(persons, 17, 2),
        keypoint_scores=floats(persons, 17),
        boxes=floats(persons, 4),
        scores=floats(persons),
        inferred=draw(st.booleans()),
        keypoints_3d=floats(persons, 17, 3) if persons and draw(st.booleans()) else None,
        appearance=draw(arrays(np.uint8, (persons, 5))) if persons and draw(st.booleans()) else None,
        timings_ms=draw(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), FLOATS, max_size=3)),
    )


@st.composite
def some_tracks(draw: st.DrawFn) -> Tracks:
    poses = draw(some_poses())
    count = draw(st.integers(0, 3))

    def floats(*shape: int) -> np.ndarray:
        return draw(arrays(np.float32, shape, elements=FLOATS))

    ids = draw(st.lists(st.integers(0, 2**63 - 1), min_size=count, max_size=count, unique=True))
    return Tracks(
        poses=poses,
        track_ids=np.array(ids, np.int64),
        pose_indices=np.array([row if row < len(poses) else -1 for row in range(count)], np.int64),
        keypoints=floats(count, 17, 2),
        keypoint_scores=floats(count, 17),
        boxes=floats(count, 4),
        velocities=floats(count, 2),
        ages_seconds=floats(count),
        states=np.array([draw(st.sampled_from([0, 2])) for _ in range(count)], np.uint8),
    )  # fmt: skip


@pytest.mark.parametrize("stream", [POSES, TRACKS])
def test_no_events_are_a_table_without_rows(stream: str) -> None:
    table = to_table(stream, [])
    assert (len(table), table.schema) == (0, SCHEMAS[stream])
    assert list(from_table(table)) == []


@given(st.lists(some_poses(), max_size=4))
def test_poses_come_back(events: list[Poses]) -> None:
    table = to_table(POSES, list(enumerate(events)))
    assert [write_poses(event) for event in from_table(table)] == [write_poses(event) for event in events]
    assert table.column("kafka_offset").to_pylist() == list(range(len(events)))


@given(st.lists(some_tracks(), max_size=4))
def test_tracks_come_back(events: list[Tracks]) -> None:
    back = list(from_table(to_table(TRACKS, list(enumerate(events)))))
    assert [write_tracks(event) for event in back] == [write_tracks(event) for event in events]


def test_a_part_of_a_table_is_those_rows(make_tracks: MakeTracks) -> None:
    events = [make_tracks([(100, 40)] * index, frame_index=index) for index in range(5)]
    part = to_table(TRACKS, list(enumerate(events))).slice(2, 2)
    assert [write_tracks(event) for event in from_table(part)] == [write_tracks(event) for event in events[2:4]]


def test_beats_and_the_poses_of_tracks(make_tracks: MakeTracks) -> None:
    beat = Poses.empty(make_tracks().poses.stamp, COCO17, "test", inferred=False)
    (back,) = from_table(to_table(TRACKS, [(0, Tracks.empty(beat))]))
    assert (poses_of(back).inferred, len(poses_of(back))) == (False, 0)


def test_tables_that_are_none_of_ours(make_tracks: MakeTracks) -> None:
    table = to_table(POSES, [(0, make_tracks([(100, 40)]).poses)])
    with pytest.raises(ValueError, match="not a file of posestream's archive"):
        list(from_table(table.replace_schema_metadata({})))
    with pytest.raises(ValueError, match="columns are missing: boxes"):
        list(from_table(table.drop_columns(["boxes"])))
    short = pa.array([[1.0, 2.0]], pa.list_(pa.float32()))
    with pytest.raises(ValueError, match="boxes: wanted 4 numbers, got 2"):
        list(from_table(table.set_column(table.schema.get_field_index("boxes"), "boxes", short)))


def test_appearance_that_is_shared_by_nobody(make_tracks: MakeTracks) -> None:
    poses = replace(make_tracks().poses, appearance=np.zeros((0, 7), np.uint8))
    (back,) = from_table(to_table(POSES, [(0, poses)]))
    assert write_poses(poses_of(back)) == write_poses(poses)


def test_events_of_all_skeletons_in_one_table(make_tracks: MakeTracks) -> None:
    events = [
        make_tracks([(100, 40), (200, 50)], frame_index=index, skeleton=skeleton)
        for index, skeleton in enumerate(SKELETONS.values())
    ]
    back = list(from_table(to_table(TRACKS, list(enumerate(events)))))
    assert [write_tracks(event) for event in back] == [write_tracks(event) for event in events]
