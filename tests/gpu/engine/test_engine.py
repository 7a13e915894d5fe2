"""Engines against ONNX Runtime: float32 to 1e-3, float16 by where the joints are; and how many a second by batch."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.models import card_by_name
from inference.models.cache import ModelCache, default_cache
from inference.models.onnx_export import onnx_of
from inference.models.precision import to_fp16, to_int8
from inference.runners.onnxruntime import OnnxRuntimeRunner
from inference.runners.runner import Tensor
from inference.runners.tensorrt_build import Batches
from inference.runners.tensorrt_opening import EngineWish
from posestream.errors import UsageError

Gpu = Any  # conftest's: test files cannot import each other
SIZE = (64, 48)
Networks = Callable[[int], Path]


def tensors(count: int) -> list[Tensor]:
    return [np.random.default_rng(seed).uniform(0, 1, (1, 3, *SIZE)).astype(np.float32) for seed in range(count)]


def places(outputs: list[list[Tensor]]) -> Tensor:
    """The highest place of each map, (N, 17, 2)."""
    maps = np.concatenate([each[0] for each in outputs])
    flat = maps.reshape(*maps.shape[:2], -1).argmax(axis=-1)
    return np.stack([flat // SIZE[1], flat % SIZE[1]], axis=-1)


@pytest.mark.parametrize("count", [1, 5, 19])
def test_float32(gpu: Gpu, convolutions: Networks, count: int) -> None:
    graph = convolutions(32)
    runner = gpu.open(graph, EngineWish((SIZE,), batches=Batches(4, 8)))
    for ours, theirs in zip(
        runner.infer(tensors(count)), OnnxRuntimeRunner(graph, 1).infer(tensors(count)), strict=True
    ):
        assert np.abs(ours[0] - theirs[0]).max() <= 1e-3 * np.abs(theirs[0]).max()
    runner.close()


def test_float16(gpu: Gpu, convolutions: Networks) -> None:
    graph = convolutions(32)
    half = to_fp16(graph)
    runner = gpu.open(half, EngineWish((SIZE,), "fp16", Batches(4, 8)))
    ours, theirs = places(runner.infer(tensors(20))), places(OnnxRuntimeRunner(graph, 1).infer(tensors(20)))
    near = np.abs(ours - theirs).max(axis=-1) <= 0.05 * max(SIZE)
    assert near.mean() >= 0.97, "PCK@0.05 of the input against float32"
    runner.close()


def test_int8_is_int8(gpu: Gpu, convolutions: Networks) -> None:
    short = to_int8(convolutions(32), tensors(16))
    gpu.open(short, EngineWish((SIZE,), "int8", Batches(4, 8))).close()


def test_no_engine_claims_another_precision(gpu: Gpu, convolutions: Networks) -> None:
    with pytest.raises(UsageError, match="computes in fp32, not in fp16"):
        gpu.open(convolutions(32), EngineWish((SIZE,), "fp16"))


def test_a_kept_engine_opens_at_once(gpu: Gpu, convolutions: Networks) -> None:
    graph, wish = convolutions(32), EngineWish((SIZE,), batches=Batches(1, 2))
    took = []
    for _ in range(2):
        began = time.perf_counter()
        gpu.open(graph, wish).close()
        took.append(time.perf_counter() - began)
    if gpu.real:
        assert took[1] < took[0] / 2


def test_throughput_by_batch(gpu: Gpu, convolutions: Networks, capsys: pytest.CaptureFixture[str]) -> None:
    graph, turns = convolutions(128 if gpu.real else 8), 50 if gpu.real else 1
    rates: dict[tuple[str, int], float] = {}
    for precision, file in (("fp32", graph), ("fp16", to_fp16(graph))):
        runner = gpu.open(file, EngineWish((SIZE,), precision, Batches(8, 32)))  # type: ignore[arg-type]  # a table
        for batch in (1, 8, 32):
            some = tensors(2 * batch)
            runner.infer(some)
            began = time.perf_counter()
            for _ in range(turns):
                runner.infer(some)
            rates[precision, batch] = turns * len(some) / (time.perf_counter() - began)
        runner.close()
    if gpu.real:
        with capsys.disabled():
            for (precision, batch), rate in rates.items():
                print(f"\n{gpu.device.name}: {precision}, {batch} at a time: {rate:.0f} tensors a second", end="")  # noqa: T201
        assert rates["fp32", 32] > rates["fp32", 1]


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_a_real_network(gpu: Gpu) -> None:
    graph = onnx_of(card_by_name("movenet-thunder"), ModelCache(default_cache()))
    runner = gpu.open(graph, EngineWish(((256, 256),), batches=Batches(1, 1)))
    pictures = [np.random.default_rng(s).integers(0, 256, (1, 256, 256, 3)).astype(np.float32) for s in range(2)]
    for ours, theirs in zip(runner.infer(pictures), OnnxRuntimeRunner(graph, 1).infer(pictures), strict=True):
        assert np.abs(ours[0] - theirs[0]).max() <= 1e-3
    runner.close()
