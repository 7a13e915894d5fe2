"""From the frames of one connect to stamped frames in the camera's slot."""

from av.video.frame import VideoFrame

from ingest.attempt import Attempt
from ingest.newest import NewestFrame
from ingest.picture import PictureMaker
from ingest.sampling import FrameSampler
from ingest.settings import ReadSettings
from ingest.status import CameraLedger, CameraState
from ingest.timeline import Timeline
from posestream.schemas import Frame, FrameStamp, Image, TimeSource

_DEFAULT_RATE = 25.0
# A stream that never marks a keyframe (intra refresh) is clean after about this many frames.
_KEYFRAME_PATIENCE = 150


class CameraFeed:
    """Counts, samples, scales, stamps and hands on the frames of one attempt; used by its reader thread only.

    Guarantee: at most once, newest first. Frames before the first keyframe are passed over uncounted, damaged
    ones are counted and passed over.
    """

    def __init__(self, settings: ReadSettings, ledger: CameraLedger, slot: NewestFrame, attempt: Attempt) -> None:
        self._settings = settings
        self._ledger = ledger
        self._slot = slot
        self._attempt = attempt
        self.begin(None, still=False)

    def begin(self, source_fps: float | None, *, still: bool) -> None:
        """Start a new epoch: a new connect, or the next round of a clip."""
        self._maker = PictureMaker(self._settings, still=still)
        self._timeline = Timeline(1 / (source_fps or _DEFAULT_RATE))
        self._sampler = FrameSampler(self._settings.fps)
        self._source_fps = source_fps
        self._epoch: int | None = None
        self._index = -1
        self._before_keyframe = 0

    def offer(self, picture: VideoFrame, seconds: float | None) -> None:
        """Take one decoded frame of this time; raises InputError if no picture can be made of it."""
        if not self._attempt.wanted() or not self._begun(picture):
            return
        self._index += 1
        self._ledger.note_decoded(corrupt=picture.is_corrupt)
        pts_seconds = self._timeline.place(seconds)
        if picture.is_corrupt:
            return
        self._attempt.frame_came()
        self._attempt.deliver(self._note_live)
        if not self._sampler.take(pts_seconds):
            return
        arrived_ns = self._ledger.wall_ns()
        image = self._maker.image(picture)
        self._attempt.deliver(lambda: self._hand_on(picture, pts_seconds, arrived_ns, image))

    def _begun(self, picture: VideoFrame) -> bool:
        if self._epoch is None:
            if not picture.key_frame and self._before_keyframe < _KEYFRAME_PATIENCE:
                self._before_keyframe += 1
                return False
            self._epoch = self._ledger.begin_epoch(self._source_fps)
        return True

    def _note_live(self) -> None:
        self._ledger.note_state(CameraState.LIVE)

    def _hand_on(self, picture: VideoFrame, pts_seconds: float, arrived_ns: int, image: Image) -> None:
        with self._ledger.in_order:
            frame = Frame(self._stamp(picture, pts_seconds, arrived_ns), image)
            self._ledger.note_sampled(frame.stamp)
            self._slot.put(frame)

    def _stamp(self, picture: VideoFrame, pts_seconds: float, arrived_ns: int) -> FrameStamp:
        width, height = self._maker.frame_size(picture)
        return FrameStamp(
            camera_id=self._settings.camera_id,
            epoch=self._epoch or 0,
            frame_index=self._index,
            pts_seconds=pts_seconds,
            captured_at_ns=self._ledger.captured_at_ns(arrived_ns),
            time_source=TimeSource.ARRIVAL,
            width=width,
            height=height,
        )
