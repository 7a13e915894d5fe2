import pytest

from sinks.parquet_schema import (
    POSES,
    SCHEMA_VERSION,
    SCHEMAS,
    STREAM_KEY,
    TRACKS,
    VERSION_KEY,
    float_columns,
    stream_of,
)

# What version 1 is: a column never changes its type. Add at the end; never edit.
VERSION_1 = {
    POSES: (
        "kafka_offset: int64, camera_id: string, epoch: int64, frame_index: int64, "
        "captured_at: timestamp[ns, tz=UTC], time_source: string, pts_seconds: double, width: uint32, height: uint32, "
        "skeleton: string, model: string, inferred: bool, timings_ms: map<string, float>, scores: list<item: float>, "
        "boxes: list<item: float>, keypoints: list<item: float>, keypoint_scores: list<item: float>, "
        "keypoints_3d: list<item: float>, appearance: binary"
    ),
    TRACKS: (
        "track_ids: list<item: int64>, pose_indices: list<item: int64>, states: list<item: uint8>, "
        "track_boxes: list<item: float>, track_keypoints: list<item: float>, "
        "track_keypoint_scores: list<item: float>, velocities: list<item: float>, ages_seconds: list<item: float>"
    ),
}


def test_columns_of_version_1() -> None:
    columns = {
        stream: ", ".join(f"{field.name}: {field.type}" for field in schema) for stream, schema in SCHEMAS.items()
    }
    assert SCHEMA_VERSION == 1
    assert columns == {POSES: VERSION_1[POSES], TRACKS: f"{VERSION_1[POSES]}, {VERSION_1[TRACKS]}"}


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "not a file of posestream's archive"),
        ({}, "not a file of posestream's archive"),
        ({STREAM_KEY: b"\xff"}, "not a file of posestream's archive"),
        ({STREAM_KEY: b"poses"}, "schema version ?"),
        ({STREAM_KEY: b"poses", VERSION_KEY: b"2"}, "schema version 2: this posestream reads 1"),
    ],
)
def test_files_that_are_not_read(metadata: dict[bytes, bytes] | None, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("?", r"\?")):
        stream_of(metadata)


def test_files_that_are_read() -> None:
    assert [stream_of(schema.metadata) for schema in SCHEMAS.values()] == list(SCHEMAS)


def test_columns_whose_bytes_are_split() -> None:
    assert float_columns(SCHEMAS[POSES])[0] == "scores.list.element"
    assert len(float_columns(SCHEMAS[TRACKS])) == 10
