"""Presets: named compositions of built-in models, and those that the user's own models and those on request make."""

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType

from inference.blazepose import RotatedCrops
from inference.compositions import Composition, TopDown, WholePicture
from inference.gpu_networks import GpuNetworks
from inference.looks import network_of, open_network
from inference.models import ON_REQUEST, card_by_name
from inference.models.cache import ModelCache
from inference.models.card import Task
from inference.models.own import find_card, own_names
from inference.network import Network
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


def _three_d(network: Opener, clock: Clock) -> Composition:
    landmarks = network("blazepose-full")
    return RotatedCrops(
        pose_boxes=network("movenet-multipose"),
        boxes=network("nanodet"),
        joints=landmarks,
        skeleton=skeleton_by_name(str(landmarks.card.skeleton)),
        clock=clock,
    )


def _own(name: str, network: Opener, clock: Clock) -> Composition:
    """Compose what a single card stands for: one look at the picture, or crops at boxes of other networks."""
    joints = network(name)
    card = joints.card
    if card.task is Task.PERSON_BOXES:
        raise UsageError(f"model '{name}' finds boxes only: name it under 'boxes' in the card of a model for crops")
    skeleton = skeleton_by_name(str(card.skeleton))
    if card.task is Task.PICTURE_POSE:
        return WholePicture(joints, skeleton, clock)
    if card.boxes is None:
        return TopDown(network("movenet-multipose"), network("nanodet"), joints, skeleton, clock)
    boxes = network(card.boxes)
    if boxes.card.task is Task.PERSON_BOXES:
        return TopDown(None, boxes, joints, skeleton, clock)
    return TopDown(boxes, None, joints, skeleton, clock)


PRESETS: Mapping[str, Callable[[Opener, Clock], Composition]] = MappingProxyType(
    {"fast": _fast, "accurate": _accurate, "3d": _three_d}
)


def check_preset(name: str, cache: ModelCache) -> None:
    """Raise UsageError naming those that there are if no preset and no model of the user's or on request has this name.

    Models on request are named once they were pulled.
    """
    own = own_names(cache)
    if name in PRESETS or name in own or name in ON_REQUEST:
        return
    pulled = [it for it in ON_REQUEST if it not in own and cache.has(card_by_name(it))]
    raise UsageError(f"unknown preset '{name}': there are {', '.join([*PRESETS, *pulled, *own])}")


def open_preset(name: str, cache: ModelCache, threads: int, clock: Clock, device: str = "auto") -> Composition:
    """Load the networks of a preset, or of the user's own model or the one on request of this name.

    ``threads`` 0 takes one for each core this process may use. ``device``: gpu for TensorRT, all else is the CPU.

    Raises:
        UsageError: if there is no such preset or the engine is not installed.
        ModelMissing: if a model was not pulled.
    """
    check_preset(name, cache)
    count = threads or len(os.sched_getaffinity(0))
    gpu = GpuNetworks(cache) if device == "gpu" else None

    def network(model: str) -> Network:
        card = find_card(model, cache)
        if gpu is not None:
            return network_of(gpu.card(card), gpu.runner(card))
        return open_network(card, cache.graph(card), count)

    return PRESETS[name](network, clock) if name in PRESETS else _own(name, network, clock)
