import hashlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from inference.models import ON_REQUEST, card_by_name
from inference.models.cache import ModelCache, default_cache
from inference.models.card import ModelCard
from inference.network import Network
from inference.presets import PRESETS, check_preset, open_preset
from inference.runners.runner import FunctionRunner
from posestream.clock import SettableClock
from posestream.errors import ModelMissing, UsageError
from posestream.skeletons import BLAZEPOSE33, COCO17


@pytest.mark.parametrize("name", ["", "fastest", "Accurate", "3D"])
def test_an_unknown_preset_is_answered_by_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"^unknown preset '.*': there are fast, accurate, 3d$") as caught:
        open_preset(name, ModelCache(tmp_path), 1, SettableClock())
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_that_was_not_pulled_says_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelMissing, match="run 'posestream models pull' once") as caught:
        open_preset(name, ModelCache(tmp_path), 1, SettableClock())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ON_REQUEST)
def test_a_model_on_request_that_was_not_pulled_says_what_to_do(tmp_path: Path, name: str) -> None:
    check_preset(name, ModelCache(tmp_path))
    with pytest.raises(ModelMissing, match=f"run 'posestream models pull {name}' once with a network$"):
        open_preset(name, ModelCache(tmp_path), 1, SettableClock())


def test_presets_on_request_are_named_once_they_were_pulled(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path)
    cache.store(card_by_name("posenet"), b"graph")
    with pytest.raises(UsageError, match=r"there are fast, accurate, 3d, posenet$"):
        check_preset("yours", cache)


@pytest.mark.parametrize(
    ("name", "models"),
    [
        ("fast", ["movenet-multipose"]),
        ("accurate", ["movenet-multipose", "nanodet", "movenet-thunder"]),
        ("3d", ["movenet-multipose", "nanodet", "blazepose-full"]),
    ],
)
def test_a_preset_is_made_of_its_networks(name: str, models: list[str]) -> None:
    opened = PRESETS[name](
        lambda model: Network(card_by_name(model), FunctionRunner(lambda tensor: [tensor])), SettableClock()
    )
    assert opened.identity == "+".join(card_by_name(model).identity for model in models)
    assert opened.skeleton is (BLAZEPOSE33 if name == "3d" else COCO17)
    assert opened.can_follow == (name != "fast")


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
@pytest.mark.parametrize("threads", [0, 1])
def test_a_pulled_preset_opens(threads: int) -> None:
    composition = open_preset("fast", ModelCache(default_cache()), threads, SettableClock())
    assert composition.identity.startswith("movenet-multipose@")
    composition.close()


@pytest.fixture
def own_models(own_networks: ModuleType, tmp_path: Path) -> ModelCache:
    """A cache with models of the user's: mine (crops), alone (crops, boxes by finder), finder (whole pictures)."""
    cache = ModelCache(tmp_path)
    for name, card, made in (
        ("mine", own_networks.SINGLE, own_networks.single()),
        ("alone", own_networks.SINGLE | {"boxes": "finder"}, own_networks.single()),
        ("by-nanodet", own_networks.SINGLE | {"boxes": "nanodet"}, own_networks.single()),
        ("by-centernet", own_networks.SINGLE | {"boxes": "centernet"}, own_networks.single()),
        ("finder", own_networks.MULTI, own_networks.multi((0.25, 0.25, 0.75, 0.75))),
        ("boxes", own_networks.SINGLE | {"task": "person-boxes", "decoder": "nanodet"}, own_networks.single()),
    ):
        content = made.SerializeToString()
        source = {"kind": "file", "origin": "me", "sha256": hashlib.sha256(content).hexdigest()}
        kept = ModelCard.model_validate(card | {"name": name, "source": source})
        cache.folder(kept).mkdir(parents=True)
        (cache.folder(kept) / "model.onnx").write_bytes(content)
        text = yaml.safe_dump(kept.model_dump(mode="json", exclude_none=True))
        (cache.folder(kept) / "card.yaml").write_text(text)
    return cache


def test_a_model_of_whole_pictures_is_a_preset(own_models: ModelCache) -> None:
    opened = open_preset("finder", own_models, 1, SettableClock())
    opened.warm_up()
    (found,) = opened.find([np.zeros((100, 200, 3), np.uint8)], [None])
    assert opened.identity.startswith("finder@")
    assert not opened.can_follow
    assert np.abs(found.poses.boxes - [[50, 50, 150, 150]]).max() < 0.01  # 0.25 of the 64 x 64 input, times 200 / 64
    opened.close()


def test_a_model_of_crops_looks_where_the_model_says_that_its_card_names(own_models: ModelCache) -> None:
    opened = open_preset("alone", own_models, 1, SettableClock())
    (found,) = opened.find([np.zeros((100, 200, 3), np.uint8)], [None])
    assert [name.split("@")[0] for name in opened.identity.split("+")] == ["finder", "alone"]
    assert opened.can_follow
    assert np.abs(found.poses.keypoints - [100, 100]).max() < 0.01  # the middle of the box
    opened.close()


@pytest.mark.parametrize("name", ["mine", "by-nanodet", "by-centernet"])
def test_default_boxes_must_have_been_pulled(own_models: ModelCache, name: str) -> None:
    with pytest.raises(ModelMissing, match=r"run 'posestream models pull( centernet)?' once"):
        open_preset(name, own_models, 1, SettableClock())


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
@pytest.mark.parametrize(
    ("name", "networks"),
    [
        ("mine", ["movenet-multipose", "nanodet", "mine"]),
        ("by-nanodet", ["nanodet", "by-nanodet"]),
        ("by-centernet", ["centernet", "by-centernet"]),
    ],
)
def test_boxes_of_built_in_models(own_models: ModelCache, name: str, networks: list[str]) -> None:
    if "centernet" in networks and not ModelCache(default_cache()).has(card_by_name("centernet")):
        pytest.skip("centernet is on request and was not pulled: run 'posestream models pull centernet'")
    for folder in (default_cache() / "models").iterdir():
        (own_models.root / "models" / folder.name).symlink_to(folder)
    opened = open_preset(name, own_models, 1, SettableClock())
    assert [identity.split("@")[0] for identity in opened.identity.split("+")] == networks
    (found,) = opened.find([np.zeros((100, 200, 3), np.uint8)], [None])
    assert len(found.poses.boxes) == 0
    opened.close()


def test_a_model_of_boxes_alone_is_no_preset(own_models: ModelCache) -> None:
    with pytest.raises(UsageError, match=r"^model 'boxes' finds boxes only: name it under 'boxes' in the card"):
        open_preset("boxes", own_models, 1, SettableClock())


def test_unknown_names_are_answered_by_own_ones_too(own_models: ModelCache) -> None:
    check_preset("mine", own_models)
    with pytest.raises(
        UsageError, match=r"there are fast, accurate.*, alone, boxes, by-centernet, by-nanodet, finder, mine$"
    ):
        check_preset("yours", own_models)
