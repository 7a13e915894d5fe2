from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from inference.models.card import ModelCard
from inference.runners.onnxruntime import OnnxRuntimeRunner
from inference.runners.opening import open_runner
from inference.runners.openvino import OpenVinoRunner

Make = Callable[..., ModelCard]


@pytest.mark.parametrize(("engine", "kind"), [("openvino", OpenVinoRunner), ("onnxruntime", OnnxRuntimeRunner)])
def test_the_engine_is_the_cards(own_networks: ModuleType, tmp_path: Path, engine: str, kind: type) -> None:
    card = ModelCard.model_validate(own_networks.SINGLE | {"engine": engine})
    runner = open_runner(card, own_networks.save(own_networks.single(), tmp_path / "a.onnx"), 1)
    assert isinstance(runner, kind)
    ((answer,),) = runner.infer([np.zeros((1, 3, 64, 64), np.float32)])
    assert answer.shape == (1, 1, 17, 3)
    runner.close()


def test_without_a_word_it_is_openvino(make_card: Make, tiny_graph: Path) -> None:
    card = make_card({"a.json": b"a", "a.bin": b"b"})
    assert isinstance(open_runner(card, tiny_graph, 1), OpenVinoRunner)
