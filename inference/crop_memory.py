"""Where the persons of a camera's last frame should be now, so that detectors may rest between their turns."""

from dataclasses import dataclass

from posestream.schemas import FrameStamp
from posestream.schemas.checks import Float32
from postprocess.boxes import boxes_of_keypoints
from postprocess.decoders import DecodedPoses

SURE = 0.3
MARGIN = 0.1  # a box around joints lacks the skull and the soles
LONGEST_GAP_NS = 1_000_000_000  # persons are elsewhere after this


def boxes_around(persons: DecodedPoses) -> Float32:
    """Give boxes (N, 4) around the persons' sure joints."""
    return boxes_of_keypoints(persons.keypoints, persons.keypoint_scores, SURE, MARGIN)


@dataclass(frozen=True)
class _Seen:
    epoch: int
    captured_at_ns: int
    frames_since_detection: int
    places: Float32


class CropMemory:
    """One entry per camera; ``every`` = 1 never follows. The places are px of the picture."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def expected(self, stamp: FrameStamp, every: int) -> Float32 | None:
        """Give places (M, 4) where persons should be, or None when it is the detectors' turn.

        They are boxes, unless the composition remembered places of its own kind.

        An empty picture is looked at anew each time: somebody may come in.
        """
        seen = self._seen.get(stamp.camera_id)
        if seen is None or seen.epoch != stamp.epoch or not len(seen.places):
            return None
        late = not 0 <= stamp.captured_at_ns - seen.captured_at_ns <= LONGEST_GAP_NS
        return None if late or seen.frames_since_detection + 1 >= every else seen.places

    def remember(
        self, stamp: FrameStamp, found: DecodedPoses, places: Float32 | None = None, *, detected: bool
    ) -> None:
        """Keep where the persons were: the boxes around them, or ``places`` (N, 4) if they are given."""
        seen = self._seen.get(stamp.camera_id)
        since = 0 if detected or seen is None else seen.frames_since_detection + 1
        following = boxes_around(found) if places is None else places
        self._seen[stamp.camera_id] = _Seen(stamp.epoch, stamp.captured_at_ns, since, following)

    def forget(self, camera_id: str) -> None:
        """Drop a camera that is gone."""
        self._seen.pop(camera_id, None)
