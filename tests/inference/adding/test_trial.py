from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from inference import looks
from inference.adding.trial import MOST_RUNS, processor, try_model
from inference.models.card import ModelCard
from inference.runners.runner import FunctionRunner
from posestream.clock import SettableClock, SystemClock
from posestream.errors import OutputMismatch, PosestreamError

Cards = Callable[..., ModelCard]


def test_a_network_that_fits_is_measured(onnx_file: Path, single_card: Cards) -> None:
    measured = try_model(single_card(), onnx_file, 1, SystemClock())
    assert measured.outputs == ((1, 1, 17, 3),)
    assert measured.milliseconds > 0
    assert measured.engine.startswith("openvino 20")
    assert (measured.device, measured.threads) == (processor(), 1)


def test_the_card_names_the_engine(onnx_file: Path, single_card: Cards) -> None:
    measured = try_model(single_card(engine="onnxruntime"), onnx_file, 1, SystemClock())
    assert measured.engine.startswith("onnxruntime 1.")


def test_boxes_are_tried_too(own_networks: ModuleType, single_card: Cards, tmp_path: Path) -> None:
    answer = np.zeros((1, 6, 84), np.float32)  # 64 + 16 + 4 anchors of a 64 x 64 input, two classes
    path = own_networks.save(own_networks.constant(answer), tmp_path / "a.onnx")
    card = single_card(task="person-boxes", decoder="yolo_boxes")
    assert try_model(card, path, 1, SystemClock()).outputs == ((1, 6, 84),)


def test_outputs_that_do_not_fit_the_decoder_are_named(onnx_file: Path, single_card: Cards) -> None:
    card = single_card(task="picture-pose", decoder="movenet_multi")
    with pytest.raises(OutputMismatch, match=r"movenet_multi: wanted .*\[1, 6, 56\], got \[1, 1, 17, 3\]"):
        try_model(card, onnx_file, 1, SystemClock())


@pytest.mark.parametrize("task", ["picture-pose", "person-boxes"])
def test_numbers_too_large_for_any_picture_do_not_fit(
    own_networks: ModuleType, single_card: Cards, tmp_path: Path, task: str
) -> None:
    answer = np.full((1, 5, 84) if task == "person-boxes" else (1, 56, 84), 3e38, np.float32)
    answer[:, 4:] = 0.9
    if task == "picture-pose":
        answer[:, 5:] = 3e38
    path = own_networks.save(own_networks.constant(answer), tmp_path / "a.onnx")
    decoder = "yolo_boxes" if task == "person-boxes" else "yolo_pose"
    with pytest.raises(OutputMismatch, match=rf"^{decoder}: wanted "):
        try_model(single_card(task=task, decoder=decoder), path, 1, SystemClock())


def test_places_that_leave_the_numbers_when_they_are_moved_do_not_fit(
    own_networks: ModuleType, single_card: Cards, tmp_path: Path
) -> None:
    answer = np.tile(np.array([1e38, 1e38, 0.9], np.float32), (1, 1, 17, 1))
    path = own_networks.save(own_networks.constant(answer), tmp_path / "a.onnx")
    with pytest.raises(OutputMismatch, match=r"^movenet_single: wanted "):
        try_model(single_card(), path, 1, SystemClock())


def test_black_and_white_are_tried_too(
    own_networks: ModuleType, single_card: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    values = own_networks.numpy_helper.to_array(own_networks.single().graph.initializer[1])

    def note(tensor: np.ndarray) -> list[object]:  # type: ignore[type-arg]
        seen.add((float(tensor.min()), float(tensor.max())))
        return [values if tensor.max() < 255 or tensor.min() < 255 else values * np.nan]

    monkeypatch.setattr(looks, "open_runner", lambda *_: FunctionRunner(note))  # type: ignore[arg-type]
    with pytest.raises(OutputMismatch, match=r"^movenet_single: "):
        try_model(single_card(), Path("none"), 1, SystemClock())
    assert {(0.0, 0.0), (255.0, 255.0)} <= seen


def test_a_file_that_the_engine_does_not_read(tmp_path: Path, single_card: Cards) -> None:
    (tmp_path / "a.onnx").write_bytes(b"nothing")
    with pytest.raises(PosestreamError, match="OpenVINO cannot read the model"):
        try_model(single_card(), tmp_path / "a.onnx", 1, SystemClock())


@pytest.mark.parametrize(("seconds", "runs"), [(0.001, 4 + MOST_RUNS), (2.0, 4 + 2), (100.0, 4 + 1)])
@pytest.mark.parametrize("task", ["crop-pose", "picture-pose"])
def test_a_slow_network_runs_less_often(
    own_networks: ModuleType, single_card: Cards, monkeypatch: pytest.MonkeyPatch, seconds: float, runs: int, task: str
) -> None:
    clock, calls = SettableClock(), []
    answer = own_networks.single().graph.initializer[1]
    values = own_networks.numpy_helper.to_array(answer)

    def slow(tensor: object) -> list[object]:
        calls.append(tensor)
        clock.advance(seconds)
        return [values]

    monkeypatch.setattr(looks, "open_runner", lambda *_: FunctionRunner(slow))  # type: ignore[arg-type]
    measured = try_model(single_card(task=task), Path("none"), 1, clock)
    assert len(calls) == runs
    assert measured.milliseconds == pytest.approx(seconds * 1e3)


def test_the_processor_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert processor()

    def gone(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", gone)
    assert processor()
