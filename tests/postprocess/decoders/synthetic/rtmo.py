"""RTMO: raw numbers from the inverted grid, then the published formula in float32.

Per prior (centre of its cell, in px) at stride s: box centre = prior + delta s, box size = exp(raw) s; joints are the
expectation of softmax over bins that span the box times 1.25 (dynamic coordinate classification), scores sigmoid(raw).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthetic.yolo import People, people

Array = NDArray[np.float32]
BINS = (192, 256)  # along x and along y
WIDER = 1.25
NEVER = -60.0  # a logit whose share of the softmax is nothing


def encode(truth: People, strides: Iterable[int] = ()) -> list[Array]:
    """Give [1, M, 5] and [1, M, K, 3] of M = N finds in their order, each at its stride (16 or 32; 16 if not told)."""
    wanted = list(strides) or [16] * len(truth.scores)
    finds = [_find(truth.rows(person), stride) for person, stride in enumerate(wanted)]
    joints = truth.keypoints.shape[1]
    boxes = np.array([box for box, _ in finds], np.float32).reshape(1, -1, 5)
    return [boxes, np.array([joint for _, joint in finds], np.float32).reshape(1, -1, joints, 3)]


def crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """Five finds for each of so many persons, and what DecodeOptions takes."""
    truth = people(persons, seed, (640, 640))
    rows = np.repeat(np.arange(persons), 5)
    finds = truth.rows(rows)
    return encode(finds._replace(scores=finds.scores * np.tile(np.linspace(1, 0.9, 5), persons))), {
        "height": 640,
        "width": 640,
        "min_score": 0.25,
        "joints": 17,
    }


def _find(person: People, stride: int) -> tuple[Array, Array]:
    """Give the find (5,) and its joints (K, 3) of one person."""
    middle, lengths = (person.boxes[:2] + person.boxes[2:]) / 2, person.boxes[2:] - person.boxes[:2]
    prior = ((middle // stride + 0.5) * stride).astype(np.float32)
    delta, raw_lengths = ((middle - prior) / stride).astype(np.float32), np.log(lengths / stride).astype(np.float32)
    found, found_lengths = prior + delta * np.float32(stride), np.exp(raw_lengths) * np.float32(stride)
    axes = []
    for axis, bins in enumerate(BINS):
        places = found[axis] + np.linspace(-0.5, 0.5, bins, dtype=np.float32) * found_lengths[axis] * np.float32(WIDER)
        shares = np.exp(_logits(person.keypoints[:, axis], places).astype(np.float32))
        axes.append((shares / shares.sum(axis=1, keepdims=True)) @ places)
    corners = [found - found_lengths / 2, found + found_lengths / 2, [_again(person.scores)]]
    return np.concatenate(corners), np.stack([*axes, _again(person.joint_scores)], axis=1)


def _logits(joints: Array, places: Array) -> Array:
    """Logits (K, bins) whose softmax expectation is the joint: all mass on the two bins beside it."""
    assert ((joints >= places[0]) & (joints <= places[-1])).all(), "no such joint in this box"
    below = np.clip(np.searchsorted(places, joints) - 1, 0, len(places) - 2)
    share = np.clip((joints - places[below]) / (places[below + 1] - places[below]), 1e-12, 1 - 1e-12)
    logits = np.full((len(joints), len(places)), NEVER)
    logits[np.arange(len(joints)), below] = np.log(1 - share)
    logits[np.arange(len(joints)), below + 1] = np.log(share)
    return logits


def _again(shares: Array) -> Array:
    """Give the shares by way of their logits: sigmoid inside the network."""
    logits = np.log(shares / (1 - shares)).astype(np.float32)
    return 1 / (1 + np.exp(-logits))
