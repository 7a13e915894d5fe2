import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from inference.models import card_by_name
from inference.models.cache import ModelCache
from inference.models.card import ModelCard
from inference.models.own import find_card, own_card, own_names
from posestream.errors import ModelMissing, UsageError

Keep = Callable[..., ModelCard]


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    """An empty cache."""
    return ModelCache(tmp_path / "cache")


@pytest.fixture
def keep(own_networks: ModuleType, cache: ModelCache) -> Keep:
    """``keep(**changes)``: put a card into the cache, without a graph."""

    def put(**changes: object) -> ModelCard:
        source = {"kind": "file", "origin": "me", "sha256": "ab" * 32}
        card = ModelCard.model_validate(own_networks.SINGLE | {"source": source} | changes)
        cache.folder(card).mkdir(parents=True)
        text = yaml.safe_dump(card.model_dump(mode="json", exclude_none=True))
        (cache.folder(card) / "card.yaml").write_text(text)
        return card

    return put


def test_a_cache_without_own_models(cache: ModelCache) -> None:
    assert own_names(cache) == ()
    with pytest.raises(
        UsageError, match=r"^unknown model 'mine': there are movenet-multipose.*blazepose-full, posenet, centernet$"
    ):
        own_card("mine", cache)


def test_own_models_are_found_by_name(cache: ModelCache, keep: Keep) -> None:
    cards = [keep(name=name) for name in ("b", "a", "a-b", "a.b")]
    (cache.root / "models" / "nanodet@12345678").mkdir()  # a pulled one: no card in it
    shutil.copytree(cache.folder(cards[0]), cache.root / "models" / ".replaced-c@12345678")
    assert own_names(cache) == ("a", "a-b", "a.b", "b")
    for card in cards:
        assert own_card(card.name, cache) == find_card(card.name, cache) == card
    with pytest.raises(UsageError, match=r"blazepose-full, posenet, centernet, a, a-b, a\.b, b$"):
        find_card("c", cache)
    assert find_card("nanodet", cache) == card_by_name("nanodet")


def test_an_own_model_goes_before_one_on_request(cache: ModelCache, keep: Keep) -> None:
    assert find_card("posenet", cache) == card_by_name("posenet")
    card = keep(name="posenet")
    assert find_card("posenet", cache) == card
    assert find_card("centernet", cache) == card_by_name("centernet")
    with pytest.raises(UsageError, match=r"blazepose-full, centernet, posenet$"):
        find_card("c", cache)


@pytest.mark.parametrize("name", ["*", "m*", "[m]ine", "../models/mine", "mine@abababab", ""])
def test_a_name_is_no_pattern(cache: ModelCache, keep: Keep, name: str) -> None:
    keep()
    with pytest.raises(UsageError, match=r"^unknown model "):
        own_card(name, cache)


@pytest.mark.parametrize(
    ("text", "said"), [("name: [", "not valid YAML"), ("name: mine", "summary: this key is needed")]
)
def test_a_card_that_is_damaged_is_one_line(cache: ModelCache, keep: Keep, text: str, said: str) -> None:
    path = cache.folder(keep()) / "card.yaml"
    path.write_text(text)
    with pytest.raises(ModelMissing) as caught:
        own_card("mine", cache)
    assert said in str(caught.value)
    assert str(caught.value).startswith("model 'mine': card.yaml: ")
    assert str(caught.value).endswith("; add it again with 'posestream models add'")
    assert "\n" not in str(caught.value)


def test_a_card_in_anothers_folder_is_damaged(cache: ModelCache, keep: Keep) -> None:
    path = cache.folder(keep()) / "card.yaml"
    path.write_text(path.read_text().replace("name: mine", "name: other"))
    with pytest.raises(ModelMissing, match="its card names another"):
        own_card("mine", cache)
