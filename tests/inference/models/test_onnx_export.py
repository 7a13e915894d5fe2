import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from inference.conversion import onnx_graph
from inference.conversion.tfjs import tfjs_to_graphdef
from inference.models import onnx_export
from inference.models.cache import ModelCache
from inference.models.card import ModelCard
from inference.models.onnx_export import onnx_card, onnx_of
from inference.models.sources import FileSource
from inference.runners.onnxruntime import OnnxRuntimeRunner
from posestream.errors import ModelMissing, PosestreamError, UsageError

MakeCard = Callable[..., ModelCard]
Tiny = Any  # conftest's TinyNetwork: test files cannot import each other
Tree = dict[str, Any]
Size = tuple[int, int]
ANY_SIZE = {"layout": "nhwc", "dtype": "int32", "channels": "rgb", "area": 4096, "multiple": 32}


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path / "cache")


@pytest.fixture
def stored(cache: ModelCache, tiny_card: ModelCard, tiny: Tiny, tmp_path: Path) -> ModelCard:
    """The card of the tiny network, which lies in the cache; it takes 32 x 48."""
    cache.store(tiny_card, tfjs_to_graphdef(tiny.write(tmp_path / "tfjs")))
    return tiny_card


def test_it_lies_beside_the_graph_and_computes_the_same(stored: ModelCard, cache: ModelCache, tiny: Tiny) -> None:
    path = onnx_of(stored, cache)
    assert path == cache.folder(stored) / "model-32x48.onnx"
    x = np.random.default_rng(1).normal(0, 1, (1, 32, 48, 3)).astype(np.float32)
    for got, wanted in zip(OnnxRuntimeRunner(path, 1).infer([x])[0], tiny.compute(x), strict=True):
        assert np.abs(got - wanted).max() < 1e-5


def test_it_is_made_once(stored: ModelCard, cache: ModelCache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = onnx_of(stored, cache)
    monkeypatch.setattr(onnx_export, "graphdef_to_onnx", None)
    assert onnx_of(stored, cache) == first


@pytest.mark.parametrize("harm", ["torn", "gone", "manifest gone", "manifest torn", "converter of another day"])
def test_it_is_made_anew_when_it_is_not_whole(
    stored: ModelCard, cache: ModelCache, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = onnx_of(stored, cache)
    whole, manifest = path.read_bytes(), path.with_suffix(".json")
    if harm == "converter of another day":
        monkeypatch.setattr(onnx_export, "REVISION", onnx_graph.REVISION + 1)
        path.write_bytes(b"of yesterday")
    else:
        victim = manifest if "manifest" in harm else path
        victim.unlink() if "gone" in harm else victim.write_bytes(victim.read_bytes()[:20])
    assert onnx_of(stored, cache).read_bytes() == whole
    assert manifest.is_file()


def test_another_graph_gives_another_file(
    stored: ModelCard,
    cache: ModelCache,
    tiny: Tiny,
    tmp_path: Path,
) -> None:
    before = onnx_of(stored, cache).read_bytes()
    tiny.weights["wide"] *= 2
    cache.store(stored, tfjs_to_graphdef(tiny.write(tmp_path / "other")))
    assert onnx_of(stored, cache).read_bytes() != before


def test_a_model_that_is_missing_or_damaged_says_so(stored: ModelCard, cache: ModelCache) -> None:
    onnx_of(stored, cache)
    cache.graph(stored).write_bytes(b"damaged")
    with pytest.raises(ModelMissing, match="is damaged"):
        onnx_of(stored, cache)
    with pytest.raises(ModelMissing, match="is not in"):
        onnx_of(stored, ModelCache(cache.root / "elsewhere"))


def test_a_file_of_ones_own_is_given_as_it_is(make_card: MakeCard, cache: ModelCache) -> None:
    source = FileSource(sha256=hashlib.sha256(b"my network").hexdigest(), origin="me")
    card = make_card({"a.json": b"", "a.bin": b""}).model_copy(update={"source": source, "format": "onnx"})
    path = cache.folder(card) / "model.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"my network")
    assert onnx_of(card, cache) == path
    assert onnx_card(card) is card


def test_cards_of_any_size_need_one(
    stored: ModelCard, cache: ModelCache, make_card: MakeCard, tiny_files: dict[str, bytes]
) -> None:
    card = make_card(tiny_files, input=ANY_SIZE)
    with pytest.raises(UsageError, match="model 'tiny' takes inputs of any size: as ONNX it needs one"):
        onnx_of(card, cache)
    assert onnx_of(card, cache, (32, 64)).name == "model-32x64.onnx"
    assert onnx_of(card, cache, (64, 64)).name == "model-64x64.onnx"
    assert stored.identity == card.identity


@pytest.mark.parametrize(
    ("eats", "size", "wanted"),
    [
        ({}, (32, 32), "takes 32x48 inputs, not 32x32"),
        (ANY_SIZE, (32, 40), "takes sides that are multiples of 32, not 32x40"),
        (ANY_SIZE, (0, 32), "takes sides that are multiples of 32, not 0x32"),
        (
            ANY_SIZE | {"multiple": 16, "plus": 1},
            (32, 33),
            "takes sides that are multiples of 16 and 1 more, not 32x33",
        ),
    ],
)
def test_sizes_that_do_not_fit_are_refused(
    stored: ModelCard,
    cache: ModelCache,
    make_card: MakeCard,
    tiny_files: dict[str, bytes],
    eats: Tree,
    size: Size,
    wanted: str,
) -> None:
    card = make_card(tiny_files, input=eats) if eats else stored
    for ask in (lambda: onnx_of(card, cache, size), lambda: onnx_card(card, size)):
        with pytest.raises(UsageError, match=wanted):
            ask()


def test_the_card_that_fits_takes_float32_of_one_size(make_card: MakeCard) -> None:
    card = make_card({"a.json": b"", "a.bin": b""}, input=ANY_SIZE)
    eats = onnx_card(card, (64, 96)).input
    assert (eats.dtype, eats.size, eats.area, eats.multiple, eats.plus) == ("float32", (64, 96), None, 1, 0)
    assert onnx_card(card, (64, 96)).identity == card.identity


def test_planes_first_where_the_card_says_so(stored: ModelCard, cache: ModelCache, tiny: Tiny, tmp_path: Path) -> None:
    def planes_first(model: Tree) -> None:
        """The network starts with a transpose, as NanoDet does."""
        nodes = model["modelTopology"]["node"]
        entry = {"name": "perm", "shape": [4], "dtype": "int32"}
        model["weightsManifest"][0]["weights"].append(entry)
        kind = {"type": "DT_INT32"}
        nodes.insert(
            1, {"name": "perm", "op": "Const", "attr": {"dtype": kind, "value": {"tensor": {"dtype": "DT_INT32"}}}}
        )
        nodes.insert(2, {"name": "nhwc", "op": "Transpose", "input": ["x", "perm"], "attr": {}})
        first = next(node for node in nodes if node["name"] == "first")
        first["input"][0] = "nhwc"

    path = tiny.write(tmp_path / "planes", planes_first)
    shard = path.parent / "tiny-2.bin"
    shard.write_bytes(shard.read_bytes() + np.array([0, 2, 3, 1], np.int32).tobytes())
    cache.store(stored, tfjs_to_graphdef(path))
    card = stored.model_copy(update={"input": stored.input.model_copy(update={"layout": "nchw"})})
    model = onnx.load(onnx_of(card, cache))
    assert [size.dim_value for size in model.graph.input[0].type.tensor_type.shape.dim] == [1, 3, 32, 48]
    assert model.graph.node[0].op_type == "Conv"


def test_a_cache_that_cannot_be_written_is_named(
    stored: ModelCard, cache: ModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:  # noqa: ARG001
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(onnx_export, "write_whole", full)
    with pytest.raises(PosestreamError, match="cannot keep the model: No space left on device"):
        onnx_of(stored, cache)
