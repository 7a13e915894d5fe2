import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from inference.adding.looking import bring_and_check, measure
from inference.models.card import ModelCard
from posestream.errors import InputError, UsageError


def test_what_is_found_out_about_a_good_file(
    own_networks: ModuleType, single_card: Callable[..., ModelCard], tmp_path: Path
) -> None:
    model = own_networks.single()
    (tmp_path / "w.data").write_bytes(own_networks.raw(model, "values"))
    folder = tmp_path / "ours"
    folder.mkdir()
    own_networks.save(own_networks.external(model, "values", "w.data"), folder / "model.onnx")
    found = bring_and_check(single_card().model_dump(mode="json"), str(tmp_path), str(folder), 1)
    assert list(found["data"]) == ["w.data"]
    assert found["measured"]["outputs"] == [[1, 1, 17, 3]]


def test_the_card_is_asked_before_the_engine(
    own_networks: ModuleType, single_card: Callable[..., ModelCard], onnx_file: Path, tmp_path: Path
) -> None:
    shutil.copy(onnx_file, tmp_path / "model.onnx")
    card = single_card(input=own_networks.CARD["input"]).model_dump(mode="json")
    with pytest.raises(UsageError, match=r"^its input 'x' is "):
        bring_and_check(card, "/nowhere", str(tmp_path), 1)
    (tmp_path / "model.onnx").write_bytes(b"x")
    with pytest.raises(InputError, match=r"^not an ONNX file"):
        bring_and_check(card, "/nowhere", str(tmp_path), 1)


def test_a_model_is_measured(single_card: Callable[..., ModelCard], onnx_file: Path) -> None:
    assert measure(single_card().model_dump(mode="json"), str(onnx_file), 1)["milliseconds"] > 0
