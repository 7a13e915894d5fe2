"""A network that looks more than once: mirrored, at parts of the picture, at other sizes, as its card says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np

from inference.compositions import SAME_PERSON_OKS
from inference.models.card import LookCard, ModelCard
from inference.network import Network
from inference.preprocess import Pixels
from inference.runners.opening import open_runner
from inference.runners.runner import Runner
from posestream.schemas.checks import Float32
from posestream.skeletons import Skeleton, skeleton_by_name
from postprocess.decoders import DecodedPoses
from postprocess.pose_merging import average_poses, longer_sides, merge_poses, mirror_poses

TILE = 0.6  # share of the picture's sides: four of them, which overlap by a third of their own
EDGE = 0.01  # of a tile's side: a box that ends so near to where it is cut is a part of a person


@dataclass(frozen=True)
class View:
    """A part of a picture, px x1, y1, x2, y2, perhaps mirrored."""

    window: tuple[int, int, int, int]
    mirrored: bool

    def cut(self, picture: Pixels) -> Pixels:
        """Give this part of a picture (H, W, 3)."""
        x1, y1, x2, y2 = self.window
        part = picture[y1:y2, x1:x2]
        return np.ascontiguousarray(part[:, ::-1]) if self.mirrored else part

    def back(self, found: DecodedPoses, picture: Pixels, skeleton: Skeleton) -> DecodedPoses:
        """Give what was found in this part in px of the picture; who is cut by its inner edges is left to others."""
        x1, y1, x2, y2 = self.window
        if self.mirrored:
            found = mirror_poses(found, x2 - x1, skeleton)
        corner = np.array([x1, y1], np.float32)
        boxes = found.boxes + np.tile(corner, 2)
        height, width = picture.shape[:2]
        margin = EDGE * np.array([x2 - x1, y2 - y1])
        low, high = corner + margin * [x1 > 0, y1 > 0], np.array([x2, y2]) - margin * [x2 < width, y2 < height]
        inner = [x1 > 0, y1 > 0], [x2 < width, y2 < height]
        cut = ((boxes[:, :2] < low) & inner[0]).any(axis=1) | ((boxes[:, 2:] > high) & inner[1]).any(axis=1)
        return replace(found, keypoints=found.keypoints + corner, boxes=boxes).rows(np.flatnonzero(~cut))


class ManyLooks(Network):
    """A network whose card has ``look``: its answers are made of several looks."""

    def poses(self, pictures: Sequence[Pixels]) -> list[DecodedPoses]:
        """Find the persons of each whole picture (H, W, 3), by all looks; each person once."""
        skeleton, look = self._skeleton, self.card.look or LookCard()
        views = [list(views_of(picture, tiles=look.tiles, flip=look.flip)) for picture in pictures]
        whole = [list(views_of(picture, tiles=False, flip=look.flip)) for picture in pictures]
        looks = [self._found(Network(self.card, self.runner), pictures, views)]
        looks += [self._found(network, pictures, whole) for network in self._scaled()]
        every = [[found for its in one_picture for found in its] for one_picture in zip(*looks, strict=True)]
        return [reduce(lambda one, other: merge_poses(one, other, skeleton, SAME_PERSON_OKS), its) for its in every]

    def joints(self, pictures: Sequence[Pixels], boxes: Sequence[Float32]) -> list[list[DecodedPoses]]:
        """Find the joints of one person per box, by both looks: as it is and mirrored."""
        plain = super().joints(pictures, boxes)
        mirrored = super().joints(
            [np.ascontiguousarray(picture[:, ::-1]) for picture in pictures],
            [_mirrored(its, picture.shape[1]) for its, picture in zip(boxes, pictures, strict=True)],
        )
        answers = []
        for ones, others, its, picture in zip(plain, mirrored, boxes, pictures, strict=True):
            turned = [mirror_poses(other, picture.shape[1], self._skeleton) for other in others]
            sides = longer_sides(its)[:, None]
            answers.append([average_poses(*each) for each in zip(ones, turned, sides, strict=True)])
        return answers

    @property
    def _skeleton(self) -> Skeleton:
        return skeleton_by_name(str(self.card.skeleton))

    def _scaled(self) -> Iterator[Network]:
        """Give the network for each further size of the input."""
        eats = self.card.input
        for scale in (self.card.look or LookCard()).scales:
            area = max(1, round((eats.area or 0) * scale**2))
            yield Network(self.card.model_copy(update={"input": eats.model_copy(update={"area": area})}), self.runner)

    def _found(
        self, network: Network, pictures: Sequence[Pixels], views: Sequence[Sequence[View]]
    ) -> list[list[DecodedPoses]]:
        """Give what each view of each picture holds, in px of the picture; all views are computed together."""
        cuts = [view.cut(picture) for picture, its in zip(pictures, views, strict=True) for view in its]
        found = iter(network.poses(cuts))
        return [
            [view.back(next(found), picture, self._skeleton) for view in its]
            for picture, its in zip(pictures, views, strict=True)
        ]


def open_network(card: ModelCard, graph: Path, threads: int) -> Network:
    """Load a graph as its card says; raises as ``open_runner``."""
    return network_of(card, open_runner(card, graph, threads))


def network_of(card: ModelCard, runner: Runner) -> Network:
    """Give the network of a card over weights that are open."""
    return Network(card, runner) if card.look is None else ManyLooks(card, runner)


def views_of(picture: Pixels, *, tiles: bool, flip: bool) -> Iterator[View]:
    """Give the whole picture and, with ``tiles``, four parts; with ``flip`` each of them mirrored, too."""
    height, width = picture.shape[:2]
    rows, columns = max(1, round(height * TILE)), max(1, round(width * TILE))
    windows = [(0, 0, width, height)]
    if tiles:
        windows += [(x, y, x + columns, y + rows) for y in (0, height - rows) for x in (0, width - columns)]
    for window in windows:
        yield View(window, mirrored=False)
        if flip:
            yield View(window, mirrored=True)


def _mirrored(boxes: Float32, width: int) -> Float32:
    turned = boxes[:, [2, 1, 0, 3]].copy()
    turned[:, ::2] = width - turned[:, ::2]
    return turned
