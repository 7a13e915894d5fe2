"""Presets: named compositions of built-in models."""

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType

from inference.compositions import Composition, TopDown, WholePicture
from inference.models import card_by_name
from inference.models.cache import ModelCache
from inference.network import Network
from inference.runners.openvino import OpenVinoRunner
from posestream.clock import Clock
from posestream.errors import UsageError
from posestream.skeletons import skeleton_by_name

Opener = Callable[[str], Network]


def _fast(network: Opener, clock: Clock) -> Composition:
    persons = network("movenet-multipose")
    return WholePicture(persons, skeleton_by_name(str(persons.card.skeleton)), clock)


def _accurate(network: Opener, clock: Clock) -> Composition:
    joints = network("movenet-thunder")
    return TopDown(
        pose_boxes=network("movenet-multipose"),
        boxes=network("nanodet"),
        joints=joints,
        skeleton=skeleton_by_name(str(joints.card.skeleton)),
        clock=clock,
    )


PRESETS: Mapping[str, Callable[[Opener, Clock], Composition]] = MappingProxyType({"fast": _fast, "accurate": _accurate})


def open_preset(name: str, cache: ModelCache, threads: int, clock: Clock) -> Composition:
    """Load the networks of a preset; ``threads`` 0 takes one for each core this process may use.

    Raises:
        UsageError: if there is no such preset or the engine is not installed.
        ModelMissing: if a model was not pulled.
    """
    if name not in PRESETS:
        raise UsageError(f"unknown preset '{name}': there are {', '.join(PRESETS)}")
    count = threads or len(os.sched_getaffinity(0))

    def network(model: str) -> Network:
        card = card_by_name(model)
        return Network(card, OpenVinoRunner(cache.graph(card), count))

    return PRESETS[name](network, clock)
