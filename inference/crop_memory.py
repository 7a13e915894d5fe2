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
    boxes: Float32


class CropMemory:
    """One entry per camera; ``every`` = 1 never follows. The boxes are px of the picture."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def expected(self, stamp: FrameStamp, every: int) -> Float32 | None:
        """Give boxes (M, 4) where persons should be, or None when it is the detectors' turn.

        An empty picture is looked at anew each time: somebody may come in.
        """
        seen = self._seen.get(stamp.camera_id)
        if seen is None or seen.epoch != stamp.epoch or not len(seen.boxes):
            return None
        late = not 0 <= stamp.captured_at_ns - seen.captured_at_ns <= LONGEST_GAP_NS
        return None if late or seen.frames_since_detection + 1 >= every else seen.boxes

    def remember(self, stamp: FrameStamp, found: DecodedPoses, *, detected: bool) -> None:
        """Keep where the persons were."""
        seen = self._seen.get(stamp.camera_id)
        since = 0 if detected or seen is None else seen.frames_since_detection + 1
        self._seen[stamp.camera_id] = _Seen(stamp.epoch, stamp.captured_at_ns, since, boxes_around(found))

    def forget(self, camera_id: str) -> None:
        """Drop a camera that is gone."""
        self._seen.pop(camera_id, None)
