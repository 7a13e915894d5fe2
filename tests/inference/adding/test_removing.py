import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.adding.keeping import keep, one_at_a_time, workspace
from inference.adding.removing import boxed_by, remove_model
from inference.models.cache import ModelCache
from inference.models.card import ModelCard
from inference.models.measured import Measured
from inference.models.own import own_names
from posestream.errors import PosestreamError, UsageError

MEASURED = Measured(device="a CPU", engine="openvino 2026.2", threads=2, milliseconds=1.5, outputs=((1, 17, 3),))
Put = Callable[..., ModelCard]


@pytest.fixture
def put(single_card: Callable[..., ModelCard], cache: ModelCache) -> Put:
    """``put(**changes)``: keep a model."""

    def call(**changes: object) -> ModelCard:
        card = single_card(source={"kind": "file", "origin": "me", "sha256": "a" * 64}, **changes)
        models = cache.root / "models"
        models.mkdir(parents=True, exist_ok=True)
        with workspace(models) as folder:
            (folder / "model.onnx").write_bytes(b"x")
            with one_at_a_time(models):
                keep(card, MEASURED, folder, cache)
        return card

    return call


def test_a_model_goes_and_the_others_stay(put: Put, cache: ModelCache) -> None:
    put(name="a")
    other = put(name="a.b")
    remove_model("a", cache)
    assert own_names(cache) == ("a.b",)
    assert sorted(path.name for path in (cache.root / "models").iterdir()) == [".lock", other.identity]


def test_a_damaged_model_goes(put: Put, cache: ModelCache) -> None:
    (cache.folder(put()) / "card.yaml").write_text("name: [")
    remove_model("mine", cache)
    assert own_names(cache) == ()


@pytest.mark.parametrize("name", ["nanodet", "*", "../mine", "", "mine@aaaaaaaa"])
def test_what_is_not_the_users_own_stays(put: Put, cache: ModelCache, name: str) -> None:
    with pytest.raises(UsageError, match=r"is no model of your own: there are none$"):
        remove_model(name, cache)
    put()
    with pytest.raises(UsageError, match=r"is no model of your own: there are mine$"):
        remove_model(name, cache)
    assert own_names(cache) == ("mine",)


def test_a_model_that_finds_anothers_boxes_stays(put: Put, cache: ModelCache) -> None:
    put(name="finder", task="picture-pose", decoder="movenet_multi")
    put(boxes="finder")
    assert list(boxed_by("finder", cache)) == ["mine"]
    assert list(boxed_by("mine", cache)) == []
    with pytest.raises(UsageError, match=r"^model 'mine' finds its boxes by 'finder': remove that one first$"):
        remove_model("finder", cache)
    remove_model("mine", cache)
    remove_model("finder", cache)
    assert own_names(cache) == ()


def test_a_cache_that_cannot_be_written(put: Put, cache: ModelCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    put()
    monkeypatch.setattr(shutil, "rmtree", fails)
    with pytest.raises(PosestreamError, match=r"cannot remove the model: Permission denied$"):
        remove_model("mine", cache)
    assert own_names(cache) == ()  # out of sight at least
