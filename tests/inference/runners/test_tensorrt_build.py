"""Both versions build the same from the same graph: strongly typed, its profiles, its limits; and stop when asked."""

import ctypes
import threading
import time
from pathlib import Path
from typing import Any

import onnx
import pytest
from fake_tensorrt import BuilderFlag, MemoryPoolType, fake_tensorrt
from onnx import helper

from inference.runners.tensorrt_build import Batches, BuildRequest, build_engine
from posestream.errors import InputError, PosestreamError

VERSIONS = pytest.mark.parametrize("version", [10, 11])


def request(graph: Path, **changes: Any) -> BuildRequest:  # noqa: ANN401  # whatever it takes
    return BuildRequest(graph.read_bytes(), str(graph), **{"sizes": ((8, 8),), "batches": Batches(2, 4), **changes})


@VERSIONS
def test_the_network_is_strongly_typed(batched_onnx: Path, version: int) -> None:
    trt = fake_tensorrt(version)
    built = build_engine(trt, request(batched_onnx))
    assert built.engine.startswith(b"PLAN")
    ((network, config),) = trt.built
    assert network.flags == {10: 1 << 1, 11: 0}[version]
    assert config.limits == {MemoryPoolType.WORKSPACE: 2 * 2**30}
    assert config.cleared == [BuilderFlag.TF32]


@VERSIONS
def test_one_profile_for_each_size_with_batches_of_one_to_most(batched_onnx: Path, version: int) -> None:
    trt = fake_tensorrt(version)
    build_engine(trt, request(batched_onnx, sizes=((8, 8), (4, 6)), full_float32=False))
    ((_, config),) = trt.built
    shapes = [profile.shapes for profile in config.profiles]
    assert shapes == [[[n, *size, 3] for n in (1, 2, 4)] for size in ((8, 8), (4, 6))]
    assert config.cleared == []


def test_a_graph_with_planes_first(tmp_path: Path) -> None:
    trt = fake_tensorrt(11)
    build_engine(trt, request(identity(tmp_path, ["n", 3, 16, 12]), sizes=((16, 12),)))
    assert trt.built[0][1].profiles[0].shapes == [[n, 3, 16, 12] for n in (1, 2, 4)]


def identity(folder: Path, *shapes: list[Any]) -> Path:
    names = "abc"[: len(shapes)]
    nodes = [helper.make_node("Relu", [name], [f"{name}_out"]) for name in names]
    values = [helper.make_tensor_value_info(name, 1, shape) for name, shape in zip(names, shapes, strict=True)]
    outputs = [
        helper.make_tensor_value_info(f"{name}_out", 1, shape) for name, shape in zip(names, shapes, strict=True)
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "g", values, outputs), opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    path = folder / "identity.onnx"
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([["n", 3, 8, 8], ["n", 3, 8, 8]], "wanted a network with one input, got 2"),
        ([["n", 3, 8]], r"wanted an input \[N, 3, h, w\] or \[N, h, w, 3\], got \[-1, 3, 8\]"),
        ([["n", 4, 8, 8]], r"wanted an input .*, got \[-1, 4, 8, 8\]"),
        ([[4, 3, 8, 8]], "wanted a batch of 1 or any, got 4"),
        ([["n", 3, 16, 8]], r"its input is \[-1, 3, 16, 8\]: it cannot be \[8, 8\] px"),
    ],
)
def test_an_input_that_cannot_be_is_refused(tmp_path: Path, shapes: list[list[Any]], message: str) -> None:
    with pytest.raises(InputError, match=f"identity.onnx: {message}"):
        build_engine(fake_tensorrt(11), request(identity(tmp_path, *shapes)))


@VERSIONS
def test_what_the_parser_says_is_one_line(tmp_path: Path, version: int) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"no graph at all")
    with pytest.raises(InputError, match=r"broken\.onnx: TensorRT cannot read the graph: .* at node 'conv1'") as caught:
        build_engine(fake_tensorrt(version), request(path))
    assert str(caught.value).endswith("(Conv) and 1 more")
    assert "\n" not in str(caught.value)


@VERSIONS
def test_what_the_builder_says_is_one_line(batched_onnx: Path, version: int) -> None:
    trt = fake_tensorrt(version)
    trt.fails = "[builder.cpp] Error Code 10: no \x1b[31mimplementation\nmore of it"
    with pytest.raises(PosestreamError) as caught:
        build_engine(trt, request(batched_onnx))
    said = "TensorRT cannot build an engine: [builder.cpp] Error Code 10: no ?[31mimplementation"
    assert str(caught.value) == f"{batched_onnx}: {said}"


def test_a_profile_that_is_refused_is_one_line(batched_onnx: Path) -> None:
    with pytest.raises(InputError, match=r"TensorRT refuses inputs of \(1, 8, 8, 3\) to \(5000, 8, 8, 3\)"):
        build_engine(fake_tensorrt(11), request(batched_onnx, batches=Batches(1, 5000)))


@pytest.mark.parametrize(("usual", "most"), [(0, 4), (5, 4), (-1, -1)])
def test_batches_that_make_no_sense(usual: int, most: int) -> None:
    with pytest.raises(ValueError, match="wanted 1 <= usual <= most"):
        Batches(usual, most)


@pytest.mark.parametrize(("before", "after"), [(b"", b"+"), (b"t4", b"t4+"), (b"elsewhere", b"+"), (b"rubbish", b"+")])
def test_what_was_measured_is_used_again_on_the_same_device(batched_onnx: Path, before: bytes, after: bytes) -> None:
    assert build_engine(fake_tensorrt(11), request(batched_onnx, timing=before)).timing == after


@VERSIONS
def test_progress_is_reported_phase_by_phase(batched_onnx: Path, version: int) -> None:
    steps: list[tuple[str, int, int]] = []
    build_engine(fake_tensorrt(version), request(batched_onnx, report=lambda *step: steps.append(step)))
    tactics = [(done, total) for phase, done, total in steps if phase == "Tactics"]
    assert tactics == [(0, 3), (1, 3), (2, 3), (3, 3), (3, 3)]
    assert steps[0] == ("Building Engine", 0, 2)
    assert steps[-1] == ("Building Engine", 2, 2), "a phase may end before all its steps are done"


def slowly(_phase: str, _done: int, _total: int) -> None:
    time.sleep(0.01)


def test_a_service_that_is_told_to_stop_ends_the_build(batched_onnx: Path) -> None:
    trt, stop = fake_tensorrt(11), threading.Event()
    trt.steps = 2000
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(PosestreamError, match="building the engine was stopped"):
        build_engine(trt, request(batched_onnx, report=slowly, stop=stop))
    assert time.monotonic() - began < 10


def test_ctrl_c_ends_the_build_and_goes_on(batched_onnx: Path) -> None:
    trt = fake_tensorrt(11)
    trt.steps = 2000
    main = ctypes.c_ulong(threading.get_ident())  # not a signal: where tests run in the background it is ignored
    threading.Timer(
        0.3, ctypes.pythonapi.PyThreadState_SetAsyncExc, (main, ctypes.py_object(KeyboardInterrupt))
    ).start()
    steps: list[int] = []

    def count(_phase: str, _done: int, _total: int) -> None:
        steps.append(len(steps))
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        build_engine(trt, request(batched_onnx, report=count))
    after = len(steps)
    time.sleep(0.1)
    assert len(steps) == after < 1000, "the build ended before the interrupt went on"


def test_a_failure_in_the_thread_is_raised_here(batched_onnx: Path) -> None:
    def fail(_phase: str, _done: int, _total: int) -> None:
        raise RuntimeError("a broken bar")

    with pytest.raises(RuntimeError, match="a broken bar"):
        build_engine(fake_tensorrt(11), request(batched_onnx, report=fail))
