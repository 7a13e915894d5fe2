"""Events as rows of a table and back: pure, exact to the last bit."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import skeleton_by_name
from sinks.parquet_schema import POSES, SCHEMAS, stream_of

Event = Poses | Tracks
Table = Any  # pyarrow has no types


def poses_of(event: Event) -> Poses:
    """Give the Poses of an event."""
    return event.poses if isinstance(event, Tracks) else event


def to_table(stream: str, rows: Sequence[tuple[int, Event]]) -> Table:
    """Give the table of (offset, event), in that order; all events are of this stream."""
    events = [event for _, event in rows]
    columns = {"kafka_offset": [offset for offset, _ in rows]} | _frame_columns([poses_of(event) for event in events])
    if stream != POSES:
        columns |= _track_columns([event for event in events if isinstance(event, Tracks)])
    schema = SCHEMAS[stream]
    arrays = [_array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def from_table(table: Table) -> Iterator[Event]:
    """Give the events of a table, row by row.

    Raises:
        ValueError: if the table or a row is none of ours; the text says what is wrong.
    """
    stream = stream_of(table.schema.metadata)
    missing = [field.name for field in SCHEMAS[stream] if field.name not in table.schema.names]
    if missing:
        raise ValueError(f"columns are missing: {', '.join(missing)}")
    columns = _Columns(table)
    for row in range(len(table)):
        poses = _poses(columns, row)
        yield poses if stream == POSES else _tracks(columns, row, poses)


def _frame_columns(events: Sequence[Poses]) -> dict[str, Any]:
    stamps = [poses.stamp for poses in events]
    return {
        "camera_id": [stamp.camera_id for stamp in stamps],
        "epoch": [stamp.epoch for stamp in stamps],
        "frame_index": [stamp.frame_index for stamp in stamps],
        "captured_at": [stamp.captured_at_ns for stamp in stamps],
        "time_source": [stamp.time_source.value for stamp in stamps],
        "pts_seconds": [stamp.pts_seconds for stamp in stamps],
        "width": [stamp.width for stamp in stamps],
        "height": [stamp.height for stamp in stamps],
        "skeleton": [poses.skeleton.name for poses in events],
        "model": [poses.model for poses in events],
        "inferred": [poses.inferred for poses in events],
        "timings_ms": [sorted(poses.timings_ms.items()) for poses in events],
        "scores": [poses.scores for poses in events],
        "boxes": [poses.boxes for poses in events],
        "keypoints": [poses.keypoints for poses in events],
        "keypoint_scores": [poses.keypoint_scores for poses in events],
        "keypoints_3d": [poses.keypoints_3d for poses in events],
        "appearance": [None if poses.appearance is None else poses.appearance.tobytes() for poses in events],
    }


def _track_columns(events: Sequence[Tracks]) -> dict[str, Any]:
    return {
        "track_ids": [tracks.track_ids for tracks in events],
        "pose_indices": [tracks.pose_indices for tracks in events],
        "states": [tracks.states for tracks in events],
        "track_boxes": [tracks.boxes for tracks in events],
        "track_keypoints": [tracks.keypoints for tracks in events],
        "track_keypoint_scores": [tracks.keypoint_scores for tracks in events],
        "velocities": [tracks.velocities for tracks in events],
        "ages_seconds": [tracks.ages_seconds for tracks in events],
    }


def _array(values: Sequence[Any], kind: Any) -> Any:  # noqa: ANN401  # pyarrow has no types
    if pa.types.is_list(kind):
        flat = [None if value is None else value.ravel() for value in values]
        return pa.array(flat, kind)
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.int64()).cast(kind)
    return pa.array(values, kind)


class _Columns:
    """A table's columns as numpy arrays and texts; lists by slices of one flat array."""

    def __init__(self, table: Table) -> None:
        self._table = table.combine_chunks()
        self._plain: dict[str, list[Any]] = {}
        self._lists: dict[str, tuple[NDArray[Any], list[int], list[bool]]] = {}

    def value(self, name: str, row: int) -> Any:  # noqa: ANN401  # as the column is
        """Give one value."""
        if name not in self._plain:
            column = self._table.column(name)
            whole = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
            self._plain[name] = whole.to_pylist()
        return self._plain[name][row]

    def numbers(self, name: str, row: int) -> NDArray[Any] | None:
        """Give one list as an array of its own; None for null."""
        if name not in self._lists:
            column = self._table.column(name)
            chunk = column.chunk(0) if column.num_chunks else pa.array([], column.type)
            flat = chunk.values.to_numpy(zero_copy_only=False)
            self._lists[name] = (flat, chunk.offsets.to_pylist(), chunk.is_valid().to_pylist())
        flat, offsets, valid = self._lists[name]
        return flat[offsets[row] : offsets[row + 1]].copy() if valid[row] else None

    def shaped(self, name: str, row: int, shape: tuple[int, ...]) -> NDArray[Any]:
        """Give one list in its shape; raises ValueError if it does not fit or is null."""
        numbers = self.numbers(name, row)
        if numbers is None or numbers.size != int(np.prod(shape)):
            got = "none" if numbers is None else numbers.size
            raise ValueError(f"{name}: wanted {int(np.prod(shape))} numbers, got {got}")
        return numbers.reshape(shape)


def _poses(columns: _Columns, row: int) -> Poses:
    def of(name: str) -> Any:  # noqa: ANN401  # as the column is
        return columns.value(name, row)

    skeleton = skeleton_by_name(of("skeleton"))
    joints = len(skeleton.keypoints)
    persons = _length(columns, "scores", row)
    has_3d = columns.numbers("keypoints_3d", row) is not None
    looks = of("appearance")
    return Poses(
        stamp=FrameStamp(
            camera_id=of("camera_id"),
            epoch=of("epoch"),
            frame_index=of("frame_index"),
            pts_seconds=of("pts_seconds"),
            captured_at_ns=of("captured_at"),
            time_source=TimeSource(of("time_source")),
            width=of("width"),
            height=of("height"),
        ),
        skeleton=skeleton,
        model=of("model"),
        keypoints=columns.shaped("keypoints", row, (persons, joints, 2)),
        keypoint_scores=columns.shaped("keypoint_scores", row, (persons, joints)),
        boxes=columns.shaped("boxes", row, (persons, 4)),
        scores=columns.shaped("scores", row, (persons,)),
        inferred=of("inferred"),
        keypoints_3d=columns.shaped("keypoints_3d", row, (persons, joints, 3)) if has_3d else None,
        appearance=None if looks is None else np.frombuffer(looks, np.uint8).reshape(persons, -1 if persons else 0),
        timings_ms=dict(of("timings_ms")),
    )


def _tracks(columns: _Columns, row: int, poses: Poses) -> Tracks:
    joints = len(poses.skeleton.keypoints)
    count = _length(columns, "track_ids", row)
    shaped: Callable[[str, tuple[int, ...]], NDArray[Any]] = lambda name, shape: columns.shaped(name, row, shape)  # noqa: E731
    return Tracks(
        poses=poses,
        track_ids=shaped("track_ids", (count,)),
        pose_indices=shaped("pose_indices", (count,)),
        keypoints=shaped("track_keypoints", (count, joints, 2)),
        keypoint_scores=shaped("track_keypoint_scores", (count, joints)),
        boxes=shaped("track_boxes", (count, 4)),
        velocities=shaped("velocities", (count, 2)),
        ages_seconds=shaped("ages_seconds", (count,)),
        states=shaped("states", (count,)),
    )


def _length(columns: _Columns, name: str, row: int) -> int:
    numbers = columns.numbers(name, row)
    if numbers is None:
        raise ValueError(f"{name}: wanted numbers, got none")
    return len(numbers)
