"""The runner over a fake engine that computes by ONNX Runtime; and its calls against TensorRT's real classes."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from fake_tensorrt import CLASSES, DOCUMENTED, IExecutionContext, fake_tensorrt
from numpy.typing import NDArray
from onnx import helper

from inference.gpu.numpy_device import NumpyDevice
from inference.runners.runner import Runner
from inference.runners.tensorrt import LoadedEngine, TensorRtRunner
from inference.runners.tensorrt_api import import_tensorrt
from inference.runners.tensorrt_build import Batches, BuildRequest, build_engine
from posestream.errors import PosestreamError, UsageError

Tiny = Any  # conftest's TinyNetwork: test files cannot import each other
Array = NDArray[np.float32]
VERSIONS = pytest.mark.parametrize("version", [10, 11])


def noise(seed: int, height: int = 8, width: int = 8) -> Array:
    return np.random.default_rng(seed).normal(0, 1, (1, height, width, 3)).astype(np.float32)


def apart(outputs: list[Array], wanted: tuple[Array, Array]) -> float:
    by_rank = {output.ndim: output for output in outputs}
    return float(max(np.abs(by_rank[each.ndim] - each).max() for each in wanted))


class Site:
    def __init__(self, graph: Path, batches: Batches, sizes: tuple[tuple[int, int], ...] = ((8, 8),)) -> None:
        self.trt, self.device = fake_tensorrt(11), NumpyDevice()
        plan = build_engine(self.trt, BuildRequest(graph.read_bytes(), str(graph), sizes, batches)).engine
        self.runner = TensorRtRunner(LoadedEngine(self.trt, plan), self.device)

    @property
    def runs(self) -> list[tuple[int, int]]:
        return [run for context in self.trt.contexts for run in context.runs]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 13])
@pytest.mark.parametrize("most", [1, 3, 32])
def test_each_tensor_has_its_own_answer(tiny: Tiny, batched_onnx: Path, count: int, most: int) -> None:
    site = Site(batched_onnx, Batches(1, most))
    runner: Runner = site.runner
    tensors = [noise(seed) for seed in range(count)]
    answers = runner.infer(tensors)
    runner.infer([noise(99)] * 3)  # they are the caller's own: a later run changes nothing in them
    assert len(answers) == count
    for tensor, outputs in zip(tensors, answers, strict=True):
        assert [output.shape for output in outputs] == [(1, 8, 8, 4), (1, 4)]
        assert apart(outputs, tiny.compute(tensor)) < 1e-5
    runner.close()
    runner.close()


def test_several_tensors_are_one_run_and_two_lanes_take_turns(batched_onnx: Path) -> None:
    site = Site(batched_onnx, Batches(2, 4))
    site.runner.infer([noise(seed) for seed in range(11)])
    assert [[batch for batch, _ in context.runs] for context in site.trt.contexts] == [[4, 3], [4]]
    assert len({stream for _, stream in site.runs}) == 2


def test_nothing_is_allocated_once_it_runs(batched_onnx: Path) -> None:
    site = Site(batched_onnx, Batches(2, 4))
    site.runner.infer([noise(0)])
    before = site.device.allocations, len(site.trt.contexts)
    for count in (1, 4, 9, 2):
        site.runner.infer([noise(seed) for seed in range(count)])
    assert (site.device.allocations, len(site.trt.contexts)) == before == (6, 2)


def test_tensors_of_several_sizes_use_profiles_of_their_own(tiny: Tiny, batched_onnx: Path) -> None:
    site = Site(batched_onnx, Batches(1, 4), ((8, 8), (4, 6)))
    tensors = [noise(0), noise(1, 4, 6), noise(2), noise(3, 4, 6)]
    for tensor, outputs in zip(tensors, site.runner.infer(tensors), strict=True):
        assert apart(outputs, tiny.compute(tensor)) < 1e-5
    assert sorted(batch for batch, _ in site.runs) == [2, 2]


def test_a_graph_for_one_picture_takes_them_one_after_the_other(tiny: Tiny, tiny_onnx: Path) -> None:
    site = Site(tiny_onnx, Batches(4, 8))
    tensors = [noise(seed) for seed in range(3)]
    for tensor, outputs in zip(tensors, site.runner.infer(tensors), strict=True):
        assert apart(outputs, tiny.compute(tensor)) < 1e-5
    assert [batch for batch, _ in site.runs] == [1, 1, 1]


@pytest.mark.parametrize(
    "tensor",
    [
        np.zeros((1, 8, 8, 5), np.float32),
        np.zeros((2, 8, 8, 3), np.float32),
        np.zeros((1, 8, 9, 3), np.float32),
        np.zeros((1, 8, 8, 3), np.float64),
        np.zeros((3,), np.float32),
    ],
)
def test_a_tensor_that_does_not_fit_is_one_line_and_harms_nothing(
    tiny: Tiny, batched_onnx: Path, tensor: Array
) -> None:
    runner = Site(batched_onnx, Batches(1, 4)).runner
    with pytest.raises(PosestreamError) as caught:
        runner.infer([noise(0), tensor])
    wanted = "the engine is built for [1, 8, 8, 3] float32"
    assert str(caught.value) == f"TensorRT refuses an input of {list(tensor.shape)} {tensor.dtype}: {wanted}"
    assert apart(runner.infer([noise(1)])[0], tiny.compute(noise(1))) < 1e-5


def test_a_run_that_fails_is_one_line_and_the_next_one_goes(tiny: Tiny, batched_onnx: Path) -> None:
    site = Site(batched_onnx, Batches(1, 2))
    site.runner.infer([noise(0)])
    site.trt.contexts[1].breaks = True
    with pytest.raises(PosestreamError, match="TensorRT refuses to run a batch of 2"):
        site.runner.infer([noise(seed) for seed in range(5)])
    assert apart(site.runner.infer([noise(1)])[0], tiny.compute(noise(1))) < 1e-5
    assert len(site.trt.contexts) == 4, "what failed is not used again"


@pytest.mark.parametrize(
    ("method", "answer", "message"),
    [
        ("set_optimization_profile_async", False, "TensorRT refuses profile 0"),
        ("set_input_shape", False, r"TensorRT refuses an input of \[2, 8, 8, 3\]"),
        ("infer_shapes", ["map"], r"TensorRT refuses an input of \[1, 8, 8, 3\]"),
        ("set_tensor_address", False, "TensorRT refuses the address of 'x'"),
    ],
)
def test_whatever_tensorrt_refuses_is_one_line(
    batched_onnx: Path, monkeypatch: pytest.MonkeyPatch, method: str, answer: object, message: str
) -> None:
    site = Site(batched_onnx, Batches(1, 2))
    monkeypatch.setattr(IExecutionContext, method, lambda *_: answer)
    with pytest.raises(PosestreamError, match=f"^{message}: it does not say why$"):
        site.runner.infer([noise(0)])


def test_an_element_type_that_numpy_has_not_is_one_line(batched_onnx: Path) -> None:
    site = Site(batched_onnx, Batches(1, 2))

    def refuse(kind: object) -> None:
        raise TypeError(f"Could not resolve TensorRT datatype {kind}")

    site.trt.nptype = refuse
    with pytest.raises(PosestreamError, match=r"^tensor 'map' is of tensor\(float\), which numpy does not know$"):
        site.runner._loaded.binding("map", (1, 4))


def test_threads_take_turns(tiny: Tiny, batched_onnx: Path) -> None:
    runner = Site(batched_onnx, Batches(1, 4)).runner
    wrong: list[object] = []

    def work(seed: int) -> None:
        for turn in range(20):
            tensor = noise(100 * seed + turn)
            if apart(runner.infer([tensor])[0], tiny.compute(tensor)) > 1e-5:
                wrong.append((seed, turn))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("plan", [b"", b"something else"])
def test_bytes_that_are_no_engine_are_one_line(plan: bytes) -> None:
    with pytest.raises(PosestreamError, match=r"TensorRT refuses the engine: IRuntime.*magic tag does not match$"):
        LoadedEngine(fake_tensorrt(11), plan)


def test_an_output_without_the_batch_is_refused(tmp_path: Path) -> None:
    image = helper.make_tensor_value_info("x", 1, ["n", 3, 8, 8])
    out = helper.make_tensor_value_info("y", 1, [3])
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=[0, 2, 3], keepdims=0)
    model = helper.make_model(
        helper.make_graph([node], "mean", [image], [out]), opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    path = tmp_path / "mean.onnx"
    onnx.save(model, path)
    with pytest.raises(PosestreamError, match=r"output 'y' is \[3\] for a batch of 4: export the network with a free"):
        Site(path, Batches(1, 4)).runner.infer([np.zeros((1, 3, 8, 8), np.float32)])


def test_an_output_without_a_length_is_refused(batched_onnx: Path) -> None:
    site = Site(batched_onnx, Batches(1, 4))
    with pytest.raises(PosestreamError, match=r"output 'map' has no length of its own: \[-1, 4\]"):
        site.runner._loaded.binding("map", (-1, 4))


@VERSIONS
def test_the_fakes_have_nothing_that_the_real_ones_have_not(version: int) -> None:
    trt = fake_tensorrt(version)
    for each in CLASSES:
        if each.__name__ in DOCUMENTED[version]:
            assert public(each) <= DOCUMENTED[version][each.__name__] | {"module"}
    assert public(trt.NetworkDefinitionCreationFlag) >= DOCUMENTED[version]["NetworkDefinitionCreationFlag"]


def public(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


# What we use of the run time -> words that its real docstring must hold: names of arguments, results.
USED: dict[str, dict[str, tuple[str, ...]]] = {
    "Runtime": {"deserialize_cuda_engine": ("serialized_engine", "ICudaEngine"), "__init__": ("logger",)},
    "ICudaEngine": {
        "num_io_tensors": (),
        "num_optimization_profiles": (),
        "get_tensor_name": ("index: typing.SupportsInt) -> str",),
        "get_tensor_mode": ("name: str) ->", "TensorIOMode"),
        "get_tensor_dtype": ("name: str) ->", "DataType"),
        "get_tensor_profile_shape": ("name: str, profile_index: typing.SupportsInt) -> list[",),
        "create_execution_context": ("IExecutionContext",),
        "create_engine_inspector": ("IEngineInspector",),
    },
    "IExecutionContext": {
        "set_optimization_profile_async": ("profile_index", "stream_handle: typing.SupportsInt) -> bool"),
        "set_input_shape": ("name: str, shape: tuple) -> bool",),
        "infer_shapes": ("-> list[str]",),
        "get_tensor_shape": ("name: str) ->", "Dims"),
        "set_tensor_address": ("name: str, memory: typing.SupportsInt) -> bool",),
        "execute_async_v3": ("stream_handle: typing.SupportsInt) -> bool",),
    },
    "IOptimizationProfile": {"set_shape": ("input: str", "min:", "opt:", "max:")},
    "IProgressMonitor": {
        "phase_start": ("phase_name: str, parent_phase: str, num_steps",),
        "step_complete": ("phase_name: str, step", "-> bool"),
        "phase_finish": ("phase_name: str",),
    },
    "ITimingCache": {"serialize": ("IHostMemory",)},
    "ILogger": {"log": ("severity", "msg: str"), "ERROR": (), "INTERNAL_ERROR": ()},
    "TensorIOMode": {"INPUT": ()},
    "MemoryPoolType": {"WORKSPACE": ()},
    "ProfilingVerbosity": {"DETAILED": ()},
    "LayerInformationFormat": {"JSON": ()},
    "BuilderFlag": {"TF32": ()},
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in USED.items() for name in names])
def test_the_real_classes_have_what_we_call(kind: str, name: str) -> None:
    trt = pytest.importorskip("tensorrt_lean")
    real = getattr(getattr(trt, kind), name)  # a Runtime is never made: without a driver it may end the process
    for word in USED[kind][name]:
        assert word in (real.__doc__ or "")


def test_what_the_fakes_of_the_run_time_have_is_real() -> None:
    trt = pytest.importorskip("tensorrt_lean")
    for each in CLASSES:
        if each.__name__ in USED:
            used = {name for name in public(each) if name not in {"module", "session", "names", "runs", "breaks"}}
            assert [name for name in used if not hasattr(getattr(trt, each.__name__), name)] == []


def test_the_real_module_gives_numpy_types_and_a_version() -> None:
    trt = pytest.importorskip("tensorrt_lean")
    kinds = {"FLOAT": np.float32, "HALF": np.float16, "INT32": np.int32, "INT64": np.int64, "BOOL": np.bool_}
    for name, kind in kinds.items():
        assert trt.nptype(getattr(trt.DataType, name)) == kind
    assert isinstance(trt.__version__, str)


def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", None)  # as if it were not installed


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_name: str) -> None:
        raise OSError("libnvinfer.so.11: cannot open shared object file")

    monkeypatch.setattr("inference.runners.tensorrt_api.import_module", fail)


@pytest.mark.parametrize("how", [without, broken])
def test_without_tensorrt_the_extra_and_its_place_are_named(
    monkeypatch: pytest.MonkeyPatch, how: Callable[[pytest.MonkeyPatch], None]
) -> None:
    how(monkeypatch)
    with pytest.raises(UsageError, match=r"pip install 'posestream\[gpu\]'.*NVIDIA's own package index") as caught:
        import_tensorrt()
    assert "\n" not in str(caught.value)
