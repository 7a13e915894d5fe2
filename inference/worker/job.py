"""One message of the frames topic on its way through infer."""

from dataclasses import dataclass
from enum import Enum, auto

from inference.worker.claim import Claim
from posestream.messaging.frame_message import FrameMessage
from posestream.messaging.headers import RawHeaders
from posestream.schemas import FrameStamp, Image


class Kind(Enum):
    """What a job asks for."""

    PICTURE = auto()  # look at it
    BEAT = auto()  # ingest says: time passes, there is no picture
    LAPSE = auto()  # we say so, since pictures were dropped; no message stands for it


@dataclass(frozen=True, eq=False)
class Job:
    """A frame, where it comes from, and when (monotonic seconds) it came; ``image`` once a packet is decoded."""

    kind: Kind
    claim: Claim
    offset: int
    frame: FrameMessage
    headers: RawHeaders
    received_at: float
    image: Image | None = None

    @property
    def stamp(self) -> FrameStamp:
        """The frame's identity and time."""
        return self.frame.stamp

    @property
    def camera(self) -> str:
        """The camera's id."""
        return self.frame.stamp.camera_id

    @property
    def is_picture(self) -> bool:
        """Whether there is something to look at."""
        return self.kind is Kind.PICTURE

    @property
    def weight(self) -> int:
        """About how many bytes of memory it holds."""
        return len(self.frame.payload) if self.image is None else self.image.pixels.nbytes

    def done(self) -> None:
        """Nothing more is to be done for its message."""
        if self.kind is not Kind.LAPSE:
            self.claim.done(self.offset)

    def leave(self) -> None:
        """Its message is left to the partition's next owner."""
        if self.kind is not Kind.LAPSE:
            self.claim.leave()
