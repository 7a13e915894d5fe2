"""The columns of the archive: one row a frame, flat arrays as they stand in the messages.

N persons, T tracks, K keypoints of the skeleton; arrays are flat, row by row, as in events.proto. ``captured_at`` is
in UTC nanoseconds. ``kafka_offset`` says where the message lay: by it
a message that comes again is known. Columns are added, never changed in type or meaning; what would break a reader
raises SCHEMA_VERSION.
"""

from typing import Any

import pyarrow as pa

SCHEMA_VERSION = 1
STREAM_KEY, VERSION_KEY = b"posestream.stream", b"posestream.schema_version"
POSES, TRACKS = "poses", "tracks"

_FLOATS = pa.list_(pa.float32())
_FRAME: list[tuple[str, Any]] = [
    ("kafka_offset", pa.int64()),
    ("camera_id", pa.string()),
    ("epoch", pa.int64()),
    ("frame_index", pa.int64()),
    ("captured_at", pa.timestamp("ns", "UTC")),
    ("time_source", pa.string()),
    ("pts_seconds", pa.float64()),
    ("width", pa.uint32()),
    ("height", pa.uint32()),
    ("skeleton", pa.string()),
    ("model", pa.string()),
    ("inferred", pa.bool_()),
    ("timings_ms", pa.map_(pa.string(), pa.float32())),
]
_PERSONS: list[tuple[str, Any]] = [
    ("scores", _FLOATS),  # N
    ("boxes", _FLOATS),  # N x 4
    ("keypoints", _FLOATS),  # N x K x 2
    ("keypoint_scores", _FLOATS),  # N x K
    ("keypoints_3d", _FLOATS),  # N x K x 3, null without
    ("appearance", pa.binary()),  # N x D, null without
]
_TRACKS: list[tuple[str, Any]] = [
    ("track_ids", pa.list_(pa.int64())),  # T
    ("pose_indices", pa.list_(pa.int64())),  # T
    ("states", pa.list_(pa.uint8())),  # T
    ("track_boxes", _FLOATS),  # T x 4
    ("track_keypoints", _FLOATS),  # T x K x 2
    ("track_keypoint_scores", _FLOATS),  # T x K
    ("velocities", _FLOATS),  # T x 2
    ("ages_seconds", _FLOATS),  # T
]


def _schema(stream: str, columns: list[tuple[str, Any]]) -> Any:  # noqa: ANN401  # pyarrow has no types
    return pa.schema(columns, metadata={STREAM_KEY: stream.encode(), VERSION_KEY: str(SCHEMA_VERSION).encode()})


SCHEMAS = {POSES: _schema(POSES, _FRAME + _PERSONS), TRACKS: _schema(TRACKS, _FRAME + _PERSONS + _TRACKS)}


def float_columns(schema: Any) -> list[str]:  # noqa: ANN401  # pyarrow has no types
    """Give the columns of float32 lists, as Parquet names them: their bytes are split by place, which packs better."""
    return [f"{field.name}.list.element" for field in schema if field.type == _FLOATS]


def stream_of(metadata: dict[bytes, bytes] | None) -> str:
    """Give the stream that a file's metadata names; raises ValueError if it is none that is read here."""
    found = metadata or {}
    stream = found.get(STREAM_KEY, b"").decode(errors="replace")
    if stream not in SCHEMAS:
        raise ValueError("not a file of posestream's archive")
    version = found.get(VERSION_KEY, b"?").decode(errors="replace")
    if version != str(SCHEMA_VERSION):
        raise ValueError(f"schema version {version[:20]}: this posestream reads {SCHEMA_VERSION}")
    return stream
