"""One camera's packets (``transport: packet``) back to pictures, sampled and scaled as ingest would have done it."""

from collections import deque
from dataclasses import replace
from typing import Any

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from inference.worker.accounts import Dropped
from inference.worker.job import Job
from inference.worker.packet_lane import Decoded
from ingest.container import guarded
from ingest.sampling import FrameSampler
from ingest.scaling import MAX_PIXELS, PlaneScaler
from ingest.settings import ReadSettings
from posestream.errors import InputError
from posestream.messaging.frame_message import FrameMessage

MOST_HELD = 32
"""Packets that a decoder may hold back to bring frames into order; of more it has lost some."""


class CameraPackets:
    """Decodes every access unit of a camera in order and gives pictures of those that its fps takes.

    After the beginning, a gap in the frame indices, another epoch or a packet that cannot be decoded it waits for a
    keyframe: a picture whose references are missing may show persons where nobody is.

    With B-frames packets come in the order of decoding. Pictures come out in the order of presentation, and take the
    times of capture of the packets in turn: these rise from picture to picture then. One object per thread.
    """

    def __init__(self, settings: ReadSettings) -> None:
        self._settings = settings
        self._scaler = PlaneScaler(settings)
        self._sampler = FrameSampler(settings.fps)
        self._context: VideoCodecContext | None = None
        self._last: FrameMessage | None = None
        self._held: dict[int, Job] = {}
        self._times: deque[int] = deque()
        self._number = 0

    def feed(self, job: Job) -> list[Decoded]:
        """Take a packet; gives all packets whose fate is known now."""
        answers = [] if self._follows(job.frame) else self._ended()
        self._last = job.frame
        if self._context is None:
            if not job.frame.keyframe:
                return [*answers, Decoded(job, reason=Dropped.BEFORE_KEYFRAME)]
            self._context = _context(job.frame.codec)
        self._number += 1
        self._held[self._number] = job
        self._times.append(job.stamp.captured_at_ns)
        packet: Packet[Any] = Packet(job.frame.payload)
        packet.pts = packet.dts = self._number
        return answers + self._decode(self._context, packet) + self._overdue()

    def forget(self) -> list[Job]:
        """Begin anew at the next keyframe; gives the packets whose fate is not known yet."""
        held, self._held = list(self._held.values()), {}
        self._times.clear()
        self._context = None
        return held

    def _follows(self, frame: FrameMessage) -> bool:
        last = self._last
        if last is None or frame.stamp.epoch != last.stamp.epoch or frame.codec != last.codec:
            return False
        return frame.keyframe or frame.stamp.frame_index == last.stamp.frame_index + 1

    def _ended(self) -> list[Decoded]:
        """Get out what the decoder still holds; what does not come out is lost."""
        answers = [] if self._context is None else self._decode(self._context, None)
        self._sampler = FrameSampler(self._settings.fps)
        return answers + [Decoded(job, reason=Dropped.CORRUPT) for job in self.forget()]

    def _decode(self, context: VideoCodecContext, packet: "Packet[Any] | None") -> list[Decoded]:
        try:
            frames = guarded(lambda: context.decode(packet), self._settings.camera_id)
        except InputError:
            return [Decoded(job, reason=Dropped.CORRUPT) for job in self.forget()]
        return [answer for frame in frames if (answer := self._answer(frame)) is not None]

    def _answer(self, frame: VideoFrame) -> Decoded | None:
        held = self._held.pop(frame.pts if frame.pts is not None else -1, None)
        if held is None:
            return None
        job = _taken_at(held, self._times.popleft())
        if frame.is_corrupt:
            return Decoded(job, reason=Dropped.CORRUPT)
        if not self._sampler.take(job.stamp.pts_seconds):
            return Decoded(job, reason=Dropped.NOT_SAMPLED)
        try:
            return Decoded(job, self._scaler.image(frame))
        except InputError:
            return Decoded(job, reason=Dropped.CORRUPT)

    def _overdue(self) -> list[Decoded]:
        late = list(self._held)[: max(len(self._held) - MOST_HELD, 0)]
        for _ in late:
            self._times.popleft()
        return [Decoded(self._held.pop(number), reason=Dropped.CORRUPT) for number in late]


def _taken_at(job: Job, captured_at_ns: int) -> Job:
    return replace(job, frame=replace(job.frame, stamp=replace(job.stamp, captured_at_ns=captured_at_ns)))


def _context(codec: str) -> VideoCodecContext:
    context = av.CodecContext.create(codec, "r")
    assert isinstance(context, VideoCodecContext)  # noqa: S101  # all of PACKET_CODECS are
    context.thread_type = "NONE"
    context.options = {"max_pixels": str(MAX_PIXELS)}
    return context
