from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TimeSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_SOURCE_UNSPECIFIED: _ClassVar[TimeSource]
    TIME_SOURCE_FILE: _ClassVar[TimeSource]
    TIME_SOURCE_RTCP: _ClassVar[TimeSource]
    TIME_SOURCE_ARRIVAL: _ClassVar[TimeSource]
TIME_SOURCE_UNSPECIFIED: TimeSource
TIME_SOURCE_FILE: TimeSource
TIME_SOURCE_RTCP: TimeSource
TIME_SOURCE_ARRIVAL: TimeSource

class Stamp(_message.Message):
    __slots__ = ("camera", "epoch", "frame_index", "pts_seconds", "captured_at_ns", "time_source", "width", "height")
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    FRAME_INDEX_FIELD_NUMBER: _ClassVar[int]
    PTS_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_NS_FIELD_NUMBER: _ClassVar[int]
    TIME_SOURCE_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    camera: str
    epoch: int
    frame_index: int
    pts_seconds: float
    captured_at_ns: int
    time_source: TimeSource
    width: int
    height: int
    def __init__(self, camera: _Optional[str] = ..., epoch: _Optional[int] = ..., frame_index: _Optional[int] = ..., pts_seconds: _Optional[float] = ..., captured_at_ns: _Optional[int] = ..., time_source: _Optional[_Union[TimeSource, str]] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class Poses(_message.Message):
    __slots__ = ("stamp", "skeleton", "model", "inferred", "keypoints", "keypoint_scores", "boxes", "scores", "keypoints_3d", "appearance", "timings_ms")
    class TimingsMsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    STAMP_FIELD_NUMBER: _ClassVar[int]
    SKELETON_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    INFERRED_FIELD_NUMBER: _ClassVar[int]
    KEYPOINTS_FIELD_NUMBER: _ClassVar[int]
    KEYPOINT_SCORES_FIELD_NUMBER: _ClassVar[int]
    BOXES_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    KEYPOINTS_3D_FIELD_NUMBER: _ClassVar[int]
    APPEARANCE_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_MS_FIELD_NUMBER: _ClassVar[int]
    stamp: Stamp
    skeleton: str
    model: str
    inferred: bool
    keypoints: _containers.RepeatedScalarFieldContainer[float]
    keypoint_scores: _containers.RepeatedScalarFieldContainer[float]
    boxes: _containers.RepeatedScalarFieldContainer[float]
    scores: _containers.RepeatedScalarFieldContainer[float]
    keypoints_3d: _containers.RepeatedScalarFieldContainer[float]
    appearance: bytes
    timings_ms: _containers.ScalarMap[str, float]
    def __init__(self, stamp: _Optional[_Union[Stamp, _Mapping]] = ..., skeleton: _Optional[str] = ..., model: _Optional[str] = ..., inferred: _Optional[bool] = ..., keypoints: _Optional[_Iterable[float]] = ..., keypoint_scores: _Optional[_Iterable[float]] = ..., boxes: _Optional[_Iterable[float]] = ..., scores: _Optional[_Iterable[float]] = ..., keypoints_3d: _Optional[_Iterable[float]] = ..., appearance: _Optional[bytes] = ..., timings_ms: _Optional[_Mapping[str, float]] = ...) -> None: ...

class Tracks(_message.Message):
    __slots__ = ("poses", "track_ids", "pose_indices", "keypoints", "keypoint_scores", "boxes", "velocities", "ages_seconds", "states")
    POSES_FIELD_NUMBER: _ClassVar[int]
    TRACK_IDS_FIELD_NUMBER: _ClassVar[int]
    POSE_INDICES_FIELD_NUMBER: _ClassVar[int]
    KEYPOINTS_FIELD_NUMBER: _ClassVar[int]
    KEYPOINT_SCORES_FIELD_NUMBER: _ClassVar[int]
    BOXES_FIELD_NUMBER: _ClassVar[int]
    VELOCITIES_FIELD_NUMBER: _ClassVar[int]
    AGES_SECONDS_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    poses: Poses
    track_ids: _containers.RepeatedScalarFieldContainer[int]
    pose_indices: _containers.RepeatedScalarFieldContainer[int]
    keypoints: _containers.RepeatedScalarFieldContainer[float]
    keypoint_scores: _containers.RepeatedScalarFieldContainer[float]
    boxes: _containers.RepeatedScalarFieldContainer[float]
    velocities: _containers.RepeatedScalarFieldContainer[float]
    ages_seconds: _containers.RepeatedScalarFieldContainer[float]
    states: bytes
    def __init__(self, poses: _Optional[_Union[Poses, _Mapping]] = ..., track_ids: _Optional[_Iterable[int]] = ..., pose_indices: _Optional[_Iterable[int]] = ..., keypoints: _Optional[_Iterable[float]] = ..., keypoint_scores: _Optional[_Iterable[float]] = ..., boxes: _Optional[_Iterable[float]] = ..., velocities: _Optional[_Iterable[float]] = ..., ages_seconds: _Optional[_Iterable[float]] = ..., states: _Optional[bytes] = ...) -> None: ...
