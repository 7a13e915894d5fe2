"""The stage's face: a frame in, the poses of its persons out."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from inference.appearance import describe
from inference.compositions import Composition
from inference.crop_memory import CropMemory
from inference.models.cache import ModelCache, default_cache
from inference.preprocess import Pixels, to_rgb
from inference.presets import open_preset
from posestream.clock import Clock, SystemClock
from posestream.schemas import Frame, FrameStamp, Image, Poses, TimeSource
from posestream.skeletons import Skeleton
from postprocess.decoders import DecodedPoses


class PoseEstimator:
    """Finds the persons of frames; not for use from two threads at once.

    ``detector_every`` = N lets the detectors of a top-down preset look at every Nth frame of a camera and
    follows the persons in between; 1 looks at each frame anew. Same frames in, same poses out.
    """

    def __init__(self, composition: Composition, clock: Clock, detector_every: int = 1) -> None:
        self._composition, self._clock = composition, clock
        self._memory = CropMemory()
        self.detector_every = detector_every

    @classmethod
    def of_preset(
        cls,
        preset: str = "accurate",
        *,
        cache: ModelCache | None = None,
        threads: int = 0,
        detector_every: int = 1,
        device: str = "auto",
    ) -> Self:
        """Load a preset from the cache of pulled models; ``device``: auto, cpu or gpu.

        Raises:
            UsageError: if there is no such preset, or what a GPU needs is not installed.
            ModelMissing: if its models were not pulled ('posestream models pull').
        """
        clock = SystemClock()
        composition = open_preset(preset, cache or ModelCache(default_cache()), threads, clock, device)
        return cls(composition, clock, detector_every)

    @property
    def model(self) -> str:
        """Names and digests of the networks."""
        return self._composition.identity

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton of the poses."""
        return self._composition.skeleton

    @property
    def can_follow(self) -> bool:
        """Whether ``detector_every`` makes a difference."""
        return self._composition.can_follow

    def __call__(self, picture: Pixels) -> Poses:
        """Find the persons of one RGB picture (H, W, 3) uint8."""
        image = Image(np.ascontiguousarray(picture), "rgb24")
        stamp = FrameStamp("image", 0, 0, 0.0, 0, TimeSource.FILE, image.width, image.height)
        self._memory.forget(stamp.camera_id)
        return self.estimate(Frame(stamp, image))

    def estimate(self, frame: Frame) -> Poses:
        """Find the persons of a frame; keypoints and boxes are px of the camera's own frame."""
        return self.estimate_many([frame])[0]

    def estimate_many(self, frames: Sequence[Frame]) -> list[Poses]:
        """Find the persons of each frame, in order; the same as one after the other, but computed together.

        ``timings_ms`` are those of all frames that were computed together: that long each of them took.
        """
        every = self.detector_every if self.can_follow else 1
        return [poses for some in _computed_together(frames, every) for poses in self._estimate(some, every)]

    def warm_up(self) -> None:
        """Compile the networks now rather than at the first frame."""
        self._composition.warm_up()

    def close(self) -> None:
        """Free the networks."""
        self._composition.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _estimate(self, frames: Sequence[Frame], every: int) -> list[Poses]:
        start = self._clock.monotonic()
        pictures = [to_rgb(frame.image) for frame in frames]
        converted = self._clock.monotonic()
        expected = [self._memory.expected(frame.stamp, every) if every > 1 else None for frame in frames]
        found = self._composition.find(pictures, expected)
        if every > 1:
            for frame, persons, boxes in zip(frames, found, expected, strict=True):
                self._memory.remember(frame.stamp, persons.poses, persons.following, detected=boxes is None)
        looked = self._clock.monotonic()
        looks = [
            describe(picture, persons.poses.keypoints, persons.poses.keypoint_scores, self.skeleton)
            for picture, persons in zip(pictures, found, strict=True)
        ]
        ended = self._clock.monotonic()
        times = {"convert": (converted - start) * 1e3, "looks": (ended - looked) * 1e3}
        return [
            self._poses(frame, persons.poses, its_looks, {**times, **persons.timings_ms})
            for frame, persons, its_looks in zip(frames, found, looks, strict=True)
        ]

    def _poses(self, frame: Frame, found: DecodedPoses, looks: NDArray[np.uint8], timings: dict[str, float]) -> Poses:
        stamp, image = frame.stamp, frame.image
        scale = np.array([stamp.width / image.width, stamp.height / image.height], np.float32)
        return Poses(
            stamp=stamp,
            skeleton=self._composition.skeleton,
            model=self.model,
            keypoints=found.keypoints * scale,
            keypoint_scores=found.keypoint_scores,
            boxes=found.boxes * np.tile(scale, 2),
            scores=found.scores,
            keypoints_3d=found.keypoints_3d,
            appearance=looks,
            timings_ms=timings,
        )


def _computed_together(frames: Sequence[Frame], every: int) -> Iterator[Sequence[Frame]]:
    """Cut frames where a camera comes again whose persons are followed: there the last answer is needed first."""
    some: list[Frame] = []
    for frame in frames:
        if every > 1 and any(frame.stamp.camera_id == other.stamp.camera_id for other in some):
            yield some
            some = []
        some.append(frame)
    if some:
        yield some
