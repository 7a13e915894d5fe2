"""From a file to a runner: built once, then out of the cache; never under another precision's name."""

import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnx
import pytest
from fake_tensorrt import fake_tensorrt
from structlog.testing import capture_logs

from inference.engine_cache import EngineCache, EngineKey
from inference.gpu.numpy_device import NumpyDevice
from inference.runners.onnxruntime import OnnxRuntimeRunner
from inference.runners.tensorrt import TensorRtRunner
from inference.runners.tensorrt_build import Batches
from inference.runners.tensorrt_opening import EngineWish, open_tensorrt
from posestream.errors import InputError, PosestreamError, UsageError

Trt = Any  # a module made at run time
WISH = EngineWish(((8, 8),), batches=Batches(2, 4))


@pytest.fixture
def cache(tmp_path: Path) -> EngineCache:
    return EngineCache(tmp_path / "engines")


def opened(graph: Path, cache: EngineCache, trt: Trt, wish: EngineWish = WISH) -> TensorRtRunner:
    return open_tensorrt(trt, NumpyDevice(), graph, wish, cache)


@pytest.mark.parametrize("version", [10, 11])
def test_it_says_what_onnx_runtime_says(batched_onnx: Path, cache: EngineCache, version: int) -> None:
    tensors = [np.random.default_rng(seed).normal(0, 1, (1, 8, 8, 3)).astype(np.float32) for seed in range(5)]
    ours = opened(batched_onnx, cache, fake_tensorrt(version)).infer(tensors)
    for left, right in zip(ours, OnnxRuntimeRunner(batched_onnx, 1).infer(tensors), strict=True):
        assert max(np.abs(a - b).max() for a, b in zip(left, right, strict=True)) < 1e-5


def test_it_is_built_once(batched_onnx: Path, cache: EngineCache) -> None:
    trt = fake_tensorrt(11)
    for _ in range(3):
        opened(batched_onnx, cache, trt)
    assert len(trt.built) == 1
    opened(batched_onnx, cache, trt, EngineWish(((8, 8), (4, 4))))
    opened(batched_onnx, cache, trt, EngineWish(((8, 8),), batches=Batches(1, 4)))
    assert len(trt.built) == 3
    assert trt.built[1][1].cache.content == b"+", "what was measured at the first build"
    other = fake_tensorrt(10)
    opened(batched_onnx, cache, other)
    assert len(other.built) == 1


def test_the_device_is_current_in_the_thread_that_builds(batched_onnx: Path, cache: EngineCache) -> None:
    class Watched(NumpyDevice):
        threads: ClassVar[set[str]] = set()

        def active(self) -> AbstractContextManager[None]:
            self.threads.add(threading.current_thread().name)
            return super().active()

    open_tensorrt(fake_tensorrt(11), Watched(), batched_onnx, WISH, cache)
    assert {"MainThread", "tensorrt-build"} <= Watched.threads


def test_a_changed_engine_is_built_anew(batched_onnx: Path, cache: EngineCache, tmp_path: Path) -> None:
    trt = fake_tensorrt(11)
    opened(batched_onnx, cache, trt)
    for path in (tmp_path / "engines").glob("*.engine"):
        path.write_bytes(path.read_bytes().replace(b"PLAN", b"EVIL"))
    with capture_logs() as lines:
        opened(batched_onnx, cache, trt)
    assert len(trt.built) == 2
    assert {line["event"] for line in lines} == {"engine refused, it is built anew"}


def test_an_engine_that_tensorrt_itself_refuses_is_built_anew(batched_onnx: Path, tmp_path: Path) -> None:
    class Stale(EngineCache):
        def load(self, key: EngineKey) -> bytes | None:  # what a driver of another time left, signed and all
            return b"stale" if key.model != "timing" else None

    trt = fake_tensorrt(11)
    opened(batched_onnx, Stale(tmp_path / "engines"), trt)
    assert len(trt.built) == 1


def test_a_graph_of_another_precision_is_refused_before_anything_is_built(
    batched_onnx: Path, cache: EngineCache
) -> None:
    trt = fake_tensorrt(11)
    with pytest.raises(UsageError, match=r"batched\.onnx computes in fp32, not in fp16"):
        opened(batched_onnx, cache, trt, EngineWish(((8, 8),), "fp16"))
    assert trt.built == []


def test_an_engine_that_turned_out_otherwise_is_refused(batched_onnx: Path, cache: EngineCache) -> None:
    with pytest.raises(UsageError, match=r"the engine of .*batched\.onnx computes in fp16, not in fp32"):
        opened(batched_onnx, cache, fake_tensorrt(11, lambda _graph: "fp16"))


def test_a_build_that_was_stopped_leaves_nothing(batched_onnx: Path, cache: EngineCache, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(PosestreamError, match="was stopped"):
        opened(batched_onnx, cache, fake_tensorrt(11), EngineWish(((8, 8),), stop=stop))
    assert list((tmp_path / "engines").glob("*.engine")) == []


def test_weights_beside_the_graph_count(batched_onnx: Path, cache: EngineCache) -> None:
    path = batched_onnx.with_name("beside.onnx")
    onnx.save(onnx.load(batched_onnx), path, save_as_external_data=True, location="w.data", size_threshold=0)
    trt = fake_tensorrt(11)
    trt.OnnxParser = whole_parser(trt)
    opened(path, cache, trt)
    opened(path, cache, trt)
    assert len(trt.built) == 1
    data = path.with_name("w.data")
    data.write_bytes(data.read_bytes()[:-1] + b"\x3f")
    opened(path, cache, trt)
    assert len(trt.built) == 2


def whole_parser(trt: Trt) -> type:
    """A parser that finds the weights beside the graph, as the real one does by the path."""

    class Parser(trt.OnnxParser):  # type: ignore[misc]  # made at run time
        def parse(self, model: bytes, path: str | None = None) -> bool:
            assert model == Path(str(path)).read_bytes()
            return bool(super().parse(onnx.load(path).SerializeToString(), path))

    return Parser


@pytest.mark.parametrize("name", ["../w.data", "/etc/passwd", "..", "sub/w.data"])
def test_weights_from_elsewhere_are_refused(batched_onnx: Path, cache: EngineCache, name: str) -> None:
    model = onnx.load(batched_onnx)
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], name)
    model.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    path = batched_onnx.with_name("elsewhere.onnx")
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="only plain files beside it are read"):
        opened(path, cache, fake_tensorrt(11))


@pytest.mark.parametrize(("content", "message"), [(None, "cannot be read"), (b"\xff\xff\xff", "not an ONNX file")])
def test_a_file_that_is_no_graph_is_one_line(
    tmp_path: Path, cache: EngineCache, content: bytes | None, message: str
) -> None:
    path = tmp_path / "m.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        opened(path, cache, fake_tensorrt(11))


def test_weights_that_are_gone_are_one_line(batched_onnx: Path, cache: EngineCache) -> None:
    path = batched_onnx.with_name("beside.onnx")
    onnx.save(onnx.load(batched_onnx), path, save_as_external_data=True, location="w.data", size_threshold=0)
    path.with_name("w.data").unlink()
    with pytest.raises(InputError, match=r"weights of beside\.onnx cannot be read"):
        opened(path, cache, fake_tensorrt(11))
