"""From the decoded frames of one connect to pictures in the ring."""

import math

from av.video.frame import VideoFrame

from ingest.capture.beginning import Beginning
from ingest.capture.fates import PassReason
from ingest.capture.outlet import Moment, Outlet, here_now
from ingest.capture.picture_looks import PictureLooks
from ingest.capture.ring import Captured
from ingest.picture import PictureMaker
from ingest.sampling import FrameSampler
from ingest.settings import ReadSettings
from ingest.timeline import Timeline

_DEFAULT_RATE = 25.0


class FrameFeed:
    """Counts, samples, scales and hands on the frames of one reader, in its thread.

    Guarantee: at most once, newest first. Frames before the first keyframe are passed over and have no index; damaged
    ones have one and are passed over.
    """

    def __init__(self, settings: ReadSettings, outlet: Outlet) -> None:
        self._settings, self._outlet = settings, outlet
        self._looks = PictureLooks(outlet.board)
        self._beginning = Beginning()
        self.begin(None, still=False)

    def begin(self, source_fps: float | None, *, still: bool) -> None:
        """Start a new epoch: a new connect, or the next round of a clip."""
        self._maker = PictureMaker(self._settings, still=still)
        self._timeline = Timeline(1 / (source_fps or _DEFAULT_RATE))
        self._sampler = FrameSampler(self._settings.fps)
        self._beginning.anew()

    def offer(self, frame: VideoFrame, seconds: float | None, *, unmoved: bool = False) -> None:
        """Take one decoded frame with this timestamp; ``unmoved``: it need not be handed on.

        Raises:
            InputError: if no picture can be made of it.
        """
        board = self._outlet.board
        board.count("decoded")
        if not self._beginning.reached_by(is_keyframe=bool(frame.key_frame)):
            board.count_passed(PassReason.BEFORE_KEYFRAME)
            return
        self._beginning.index += 1
        pts_seconds = self._timeline.place(seconds)
        if frame.is_corrupt:
            board.count("corrupt")
            return
        self._outlet.good_frame()
        now = here_now()
        self._looks.look(frame, now.monotonic)
        if unmoved:
            board.count_passed(PassReason.GATED)
        elif not self._sampler.take(pts_seconds):
            board.count_passed(PassReason.NOT_SAMPLED)
        else:
            self._hand_on(frame, seconds, pts_seconds, now)

    def _hand_on(self, frame: VideoFrame, seconds: float | None, pts_seconds: float, now: Moment) -> None:
        image = self._maker.image(frame)
        width, height = self._maker.frame_size(frame)
        captured = Captured(
            round=self._beginning.round,
            index=self._beginning.index,
            arrived_ns=now.wall_ns,
            arrived_at=now.monotonic,
            pts_seconds=pts_seconds,
            stream_seconds=math.nan if seconds is None else seconds,
            start_realtime_us=int(self._outlet.board["start_realtime_us"]),
            width=width,
            height=height,
            image_width=image.width,
            image_height=image.height,
            layout=image.layout,
            keyframe=bool(frame.key_frame),
        )
        self._outlet.hand_on(captured, image.pixels)
