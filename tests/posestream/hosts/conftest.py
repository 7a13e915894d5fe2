"""What the hosts' tests share: a network that sees bright blocks as people, clips of such people, their poses."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import SecretStr

from inference.compositions import Found
from inference.estimator import PoseEstimator
from ingest.source import Source, SourceKind
from ingest.status import CameraState, CameraStatus
from posestream.clock import SettableClock
from posestream.config import CameraConfig, ZoneConfig, ZoneRuleConfig
from posestream.hosts.line import CameraLine
from posestream.schemas import Frame, FrameStamp, Image, Poses, TimeSource
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses

# A standing person in a box of height and width 1.
STANDING = np.array(
    [
        (0.5, 0.07), (0.56, 0.05), (0.44, 0.05), (0.65, 0.06), (0.35, 0.06), (0.85, 0.2), (0.15, 0.2), (0.95, 0.34),
        (0.05, 0.34), (1.0, 0.48), (0.0, 0.48), (0.75, 0.5), (0.25, 0.5), (0.78, 0.73), (0.22, 0.73), (0.78, 0.96),
        (0.22, 0.96),
    ],
    np.float32,
)  # fmt: skip
WIDTH, HEIGHT, FPS = 320, 240, 10
BLOCK = (40, 100)  # width and height px of a person
START_NS = 1_750_000_000_000_000_000

Place = tuple[int, int]


def decoded(boxes: NDArray[np.float32]) -> DecodedPoses:
    """Give standing persons of these boxes (N, 4)."""
    corners, sizes = boxes[:, None, :2], (boxes[:, 2:] - boxes[:, :2])[:, None]
    return DecodedPoses(
        keypoints=(corners + STANDING[None] * sizes).astype(np.float32),
        keypoint_scores=np.full((len(boxes), 17), 0.9, np.float32),
        boxes=boxes.astype(np.float32),
        scores=np.full(len(boxes), 0.9, np.float32),
    )


def boxes_at(places: Sequence[Place]) -> NDArray[np.float32]:
    """Give the boxes (N, 4) of persons whose upper left corners are ``places``."""
    return np.array([(x, y, x + BLOCK[0], y + BLOCK[1]) for x, y in places], np.float32).reshape(-1, 4)


class Blocks:
    """A composition that takes each bright block of the picture for a person; notes whether it was told where."""

    identity = "blocks@1"
    skeleton = COCO17
    can_follow = True

    def __init__(self) -> None:
        self.told: list[bool] = []
        self.on_find: Callable[[], None] = lambda: None

    def find(
        self, pictures: Sequence[NDArray[np.uint8]], expected: Sequence[NDArray[np.float32] | None]
    ) -> list[Found]:
        self.told += [boxes is not None for boxes in expected]
        self.on_find()
        return [self._found(picture) for picture in pictures]

    def _found(self, picture: NDArray[np.uint8]) -> Found:
        bright = (picture.mean(axis=2) > 128).astype(np.uint8)
        found = cv2.connectedComponentsWithStats(bright)[2][1:, :4].astype(np.float32)
        found = found[found[:, 2:].min(axis=1) > 10]
        boxes = np.concatenate([found[:, :2], found[:, :2] + found[:, 2:]], axis=1)
        return Found(decoded(boxes), {"joints": 2.0})

    def close(self) -> None:
        return


@pytest.fixture
def blocks() -> Blocks:
    return Blocks()


@pytest.fixture
def estimator(blocks: Blocks, clock: SettableClock) -> PoseEstimator:
    """An estimator that sees bright blocks as persons."""
    return PoseEstimator(blocks, clock)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(START_NS)


@pytest.fixture
def picture_of() -> Callable[[Sequence[Place]], NDArray[np.uint8]]:
    """``picture_of(places)``: (H, W, 3) with a bright block at each place."""

    def make(places: Sequence[Place]) -> NDArray[np.uint8]:
        picture = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
        for x, y in places:
            picture[y : y + BLOCK[1], x : x + BLOCK[0]] = 240
        return picture

    return make


@pytest.fixture
def make_clip(tmp_path: Path, picture_of: Callable[..., NDArray[np.uint8]]) -> Callable[..., Path]:
    """``make_clip(walk, name)``: an H.264 clip whose frames show blocks at the places of each entry of ``walk``."""

    def make(walk: Iterable[Sequence[Place]], name: str = "clip.mp4") -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "g": "10"})
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            for places in walk:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture_of(places), "rgb24")))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def make_stamp() -> Callable[..., FrameStamp]:
    """``make_stamp(frame_index, epoch=0)``: frames come ``FPS`` a second."""

    def make(index: int, epoch: int = 0) -> FrameStamp:
        seconds = index / FPS
        captured = START_NS + round(seconds * 1e9)
        return FrameStamp("cam", epoch, index, seconds, captured, TimeSource.FILE, WIDTH, HEIGHT)

    return make


@pytest.fixture
def make_poses(make_stamp: Callable[..., FrameStamp]) -> Callable[..., Poses]:
    """``make_poses(frame_index, places, **changed)``: a standing person at each place."""

    def make(index: int, places: Sequence[Place] = (), **changed: Any) -> Poses:  # noqa: ANN401  # fields of Poses
        found = decoded(boxes_at(places))
        fields: dict[str, Any] = {
            "stamp": make_stamp(index),
            "skeleton": COCO17,
            "model": "test",
            "keypoints": found.keypoints,
            "keypoint_scores": found.keypoint_scores,
            "boxes": found.boxes,
            "scores": found.scores,
        }
        return Poses(**(fields | changed))

    return make


@pytest.fixture
def camera() -> CameraConfig:
    """A camera whose right half is the zone "right"."""
    zone = ZoneConfig(id="right", polygon=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
    return CameraConfig(id="cam", url=SecretStr("file:clip.mp4"), fps=float(FPS), zones=(zone,))


@pytest.fixture
def rule() -> ZoneRuleConfig:
    """Fires when somebody is in the zone "right" for 0.2 s, and is over 0.5 s after."""
    return ZoneRuleConfig(id="in", kind="zone", zone="right", for_seconds=0.2, resolve_after=0.5)


class Capture:
    """A live camera whose frames are laid before it: the newest wins, as with the real one."""

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.state = CameraState.LIVE
        self.reason: str | None = None
        self.source_fps: float | None = 25.0
        self.sampled = self.delivered = self.dropped = 0
        self.started = False
        self.stops: list[float] = []
        self.present: list[bool] = []

    def note_persons(self, *, present: bool) -> None:
        self.present.append(present)

    def put(self, frame: Frame) -> None:
        self.sampled += 1
        self.dropped += self.frame is not None
        self.frame = frame

    def start(self) -> None:
        self.started = True

    def stop(self, timeout: float = 2.0) -> bool:
        self.stops.append(timeout)
        return True

    def take(self) -> Frame | None:
        frame, self.frame = self.frame, None
        self.delivered += frame is not None
        return frame

    def status(self) -> CameraStatus:
        return CameraStatus(
            state=self.state,
            reason=self.reason,
            epoch=0,
            frames_decoded=self.sampled * 5,
            frames_sampled=self.sampled,
            frames_dropped=self.dropped,
            reconnects=0,
            source_fps=self.source_fps,
            last_frame_at_monotonic=None,
            frames_delivered=self.delivered,
        )


@pytest.fixture
def make_line(camera: CameraConfig, rule: ZoneRuleConfig, clock: SettableClock) -> Callable[..., CameraLine]:
    """``make_line(camera_id)``: a line with the zone "right" and its rule, fed through ``line.capture.put``."""

    def make(camera_id: str = "cam") -> CameraLine:
        source = Source(SourceKind.RTSP, "rtsp://u:secret@10.0.0.7/a", "rtsp://10.0.0.7/a")
        line = CameraLine(source, camera.model_copy(update={"id": camera_id}), (rule,), clock, lambda: None)
        line.capture = Capture()
        return line

    return make


@pytest.fixture
def live_frame(clock: SettableClock, picture_of: Callable[..., NDArray[np.uint8]]) -> Callable[..., Frame]:
    """``live_frame(places, camera_id)``: a frame that is captured now."""
    count = itertools.count()

    def make(places: Sequence[Place] = (), camera_id: str = "cam") -> Frame:
        now = clock.wall_ns()
        stamp = FrameStamp(camera_id, 1, next(count), clock.monotonic(), now, TimeSource.ARRIVAL, WIDTH * 2, HEIGHT * 2)
        return Frame(stamp, Image(picture_of(places), "rgb24"))

    return make
