"""Looks at real cameras: what the meter is given of the clips, as they are and spoilt."""

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.health.judge import CameraFacts, HealthJudge, HealthReason
from ingest.health.picture_meter import PictureMeter

Luma = NDArray[np.uint8]
Spoil = Callable[[Luma, int], Luma]
CLIPS = ("vtest.avi", "intel_one_by_one.mp4")
FRAMES_A_SECOND = 10


def small(luma: Luma) -> Luma:
    """A look of 160 px, as ingest takes it."""
    height, width = luma.shape
    return np.asarray(cv2.resize(luma, (160, round(160 * height / width)), interpolation=cv2.INTER_AREA), np.uint8)


class Clip:
    """One camera: ``looks`` at all of its frames, ten a second, and ``frames`` of each second at full size."""

    def __init__(self, path: Path) -> None:
        self.looks: list[Luma] = []
        self.frames: list[Luma] = []
        with av.open(str(path)) as container:
            for index, frame in enumerate(container.decode(video=0)):
                luma = np.asarray(frame.reformat(format="gray").to_ndarray(), np.uint8)
                self.looks.append(small(luma))
                if index % FRAMES_A_SECOND == 0:
                    self.frames.append(luma)

    def spoilt(self, spoil: Spoil, well: int = 30, ill: int = 70) -> list[Luma]:
        """Looks of a second each: ``well`` as they are, then ``ill`` that are spoilt, each given its number."""
        frames = list(islice(cycle(self.frames), well + ill))
        return [small(spoil(luma, index - well) if index >= well else luma) for index, luma in enumerate(frames)]


@pytest.fixture(scope="session")
def clips(testdata: Path) -> dict[str, Clip]:
    """The clips of two cameras, by name."""
    return {name: Clip(testdata / "videos" / name) for name in CLIPS}


@pytest.fixture(scope="session")
def judged() -> Callable[..., list[set[HealthReason]]]:
    """``judged(looks, every=1.0)``: the reasons that are told after each look at a camera that streams."""

    def judge(looks: Sequence[Luma], every: float = 1.0) -> list[set[HealthReason]]:
        meter, judge = PictureMeter(), HealthJudge()
        found = []
        for index, look in enumerate(looks):
            facts = CameraFacts(is_live=True, silent_seconds=0.0, figures=meter.look(look, index * every))
            found.append(set(judge.judge(facts, index * every).reasons))
        return found

    return judge
