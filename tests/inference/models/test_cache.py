import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import platformdirs
import pytest

from inference.models.cache import ModelCache, default_cache, sha256_of
from inference.models.card import ModelCard
from posestream.errors import ModelMissing

GRAPH = bytes(range(256)) * 40


@pytest.fixture
def card(make_card: Callable[..., ModelCard]) -> ModelCard:
    return make_card({"a.json": b"a", "a.bin": b"b"})


def refusal(cache: ModelCache, card: ModelCard) -> str:
    with pytest.raises(ModelMissing) as caught:
        cache.graph(card)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith("run 'posestream models pull' once with a network")
    assert caught.value.exit_code == 5
    return message


def test_an_empty_cache_has_nothing_and_says_what_to_do(tmp_path: Path, card: ModelCard) -> None:
    cache = ModelCache(tmp_path / "none")
    assert not cache.has(card)
    assert "model 'tiny' is not in" in refusal(cache, card)
    assert not (tmp_path / "none").exists()


def test_what_is_stored_is_found(tmp_path: Path, card: ModelCard) -> None:
    cache = ModelCache(tmp_path)
    path = cache.store(card, GRAPH)
    assert cache.has(card)
    assert cache.graph(card) == path
    assert path.read_bytes() == GRAPH
    assert {each.name for each in path.parent.iterdir()} == {"model.pb", "manifest.json"}


def test_storing_again_replaces(tmp_path: Path, card: ModelCard) -> None:
    cache = ModelCache(tmp_path)
    cache.store(card, GRAPH)
    assert cache.store(card, b"other").read_bytes() == b"other"
    assert cache.graph(card).read_bytes() == b"other"


def test_models_of_other_weights_lie_elsewhere(
    tmp_path: Path, card: ModelCard, make_card: Callable[..., ModelCard]
) -> None:
    cache = ModelCache(tmp_path)
    cache.store(card, GRAPH)
    assert not cache.has(make_card({"a.json": b"a", "a.bin": b"c"}))


def test_a_write_that_was_torn_before_the_manifest_does_not_count(tmp_path: Path, card: ModelCard) -> None:
    cache = ModelCache(tmp_path)
    cache.store(card, GRAPH)
    (cache.folder(card) / "manifest.json").unlink()
    assert not cache.has(card)
    assert "is not in" in refusal(cache, card)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: flip(folder / "model.pb"),
        lambda folder: (folder / "model.pb").write_bytes(b""),
        lambda folder: (folder / "model.pb").write_bytes(GRAPH[:-1]),
        lambda folder: (folder / "manifest.json").write_bytes(b""),
        lambda folder: (folder / "manifest.json").write_bytes(b"\xff\xfe"),
        lambda folder: (folder / "manifest.json").write_text("[]"),
        lambda folder: (folder / "manifest.json").write_text("{}"),
        lambda folder: (folder / "manifest.json").write_text("7"),
    ],
)
def test_a_damaged_model_is_told(tmp_path: Path, card: ModelCard, spoil: Callable[[Path], object]) -> None:
    cache = ModelCache(tmp_path)
    cache.store(card, GRAPH)
    spoil(cache.folder(card))
    assert "is damaged" in refusal(cache, card)


def test_a_model_without_its_graph_is_not_there(tmp_path: Path, card: ModelCard) -> None:
    cache = ModelCache(tmp_path)
    cache.store(card, GRAPH).unlink()
    assert "is not in" in refusal(cache, card)


def test_a_model_of_another_topology_is_pulled_anew(
    tmp_path: Path, card: ModelCard, make_card: Callable[..., ModelCard]
) -> None:
    cache = ModelCache(tmp_path)
    cache.store(card, GRAPH)
    changed = make_card({"a.json": b"another topology", "a.bin": b"b"})
    assert changed.identity == card.identity
    assert "is damaged" in refusal(cache, changed)


def test_the_manifest_says_what_was_kept(tmp_path: Path, card: ModelCard) -> None:
    path = ModelCache(tmp_path).store(card, GRAPH)
    manifest = json.loads((path.parent / "manifest.json").read_text())
    assert manifest == {"sha256": sha256_of(path), "bytes": len(GRAPH), "files": card.source.files}


def test_the_cache_is_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSESTREAM_CACHE", str(tmp_path / "mine"))
    assert default_cache() == tmp_path / "mine"
    for nothing in ("", None):
        if nothing is None:
            monkeypatch.delenv("POSESTREAM_CACHE")
        else:
            monkeypatch.setenv("POSESTREAM_CACHE", nothing)
        assert default_cache() == platformdirs.user_cache_path("posestream", appauthor=False)


def test_an_own_file_is_held_to_its_sha256(tmp_path: Path, own_networks: ModuleType) -> None:
    cache, digest = ModelCache(tmp_path), hashlib.sha256(GRAPH).hexdigest()
    source = {"kind": "file", "origin": "me", "sha256": digest}
    own = ModelCard.model_validate(own_networks.SINGLE | {"source": source})
    remedy = "add it again with 'posestream models add'"
    with pytest.raises(ModelMissing, match=f"^model 'mine' is not in .*: {remedy}$"):
        cache.graph(own)
    assert not cache.has(own)
    cache.folder(own).mkdir(parents=True)
    (cache.folder(own) / "model.onnx").write_bytes(GRAPH)
    assert cache.has(own)
    assert cache.graph(own) == cache.folder(own) / "model.onnx"
    assert cache.size(own) == len(GRAPH)
    flip(cache.folder(own) / "model.onnx")
    with pytest.raises(ModelMissing, match=f"^model 'mine' in .* is damaged: {remedy}$"):
        cache.graph(own)


def test_a_card_that_knows_no_file_is_never_whole(tmp_path: Path, own_networks: ModuleType) -> None:
    with pytest.raises(ModelMissing, match="is damaged"):
        ModelCache(tmp_path).graph(ModelCard.model_validate(own_networks.SINGLE))


def test_the_size_of_a_pulled_model_is_its_graphs(tmp_path: Path, card: ModelCard) -> None:
    cache = ModelCache(tmp_path)
    cache.store(card, GRAPH)
    assert cache.size(card) == len(GRAPH)
