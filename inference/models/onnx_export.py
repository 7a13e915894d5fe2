"""Built-in models as ONNX files for the engines that read nothing else; made once, kept beside the model's graph."""

import json
from pathlib import Path

from inference.conversion.onnx_graph import REVISION, graphdef_to_onnx
from inference.models.cache import ModelCache, sha256_of, write_whole
from inference.models.card import InputCard, ModelCard
from inference.models.sources import FileSource
from posestream.errors import PosestreamError, UsageError

Size = tuple[int, int]


def onnx_of(card: ModelCard, cache: ModelCache, size: Size | None = None) -> Path:
    """Give the path of a model as ONNX for inputs (h, w); made if it is not there, is damaged or is of another graph.

    A file of the user's own is ONNX already and is given as it is. ``size`` is needed for cards that take inputs of
    any size: an ONNX file made here takes one. See ``onnx_card`` for what it eats.

    Raises:
        ModelMissing: if the model is not in the cache, or is damaged there.
        UsageError: if the card does not take this size, or onnx is not installed.
        InputError: if the network holds what the converter does not know.
        PosestreamError: if the cache cannot be written.
    """
    graph = cache.graph(card)
    if isinstance(card.source, FileSource):
        return graph
    height, width = _checked(card, size)
    path = graph.with_name(f"model-{height}x{width}.onnx")
    made_of = {"graph": sha256_of(graph), "converter": REVISION}
    if not _is_whole(path, made_of):
        shape = (1, height, width, 3) if card.input.layout == "nhwc" else (1, 3, height, width)
        _keep(path, graphdef_to_onnx(graph.read_bytes(), shape), made_of)
    return path


def onnx_card(card: ModelCard, size: Size | None = None) -> ModelCard:
    """Give the card that fits the file of ``onnx_of``: one size, float32 in; raises UsageError as it does."""
    if isinstance(card.source, FileSource):
        return card
    eats = card.input.model_dump() | {"dtype": "float32", "size": _checked(card, size)}
    eats |= {"area": None, "multiple": 1, "plus": 0}
    return card.model_copy(update={"input": InputCard.model_validate(eats)})


def _checked(card: ModelCard, size: Size | None) -> Size:
    eats = card.input
    wanted = size or eats.size
    if wanted is None:
        raise UsageError(f"model '{card.name}' takes inputs of any size: as ONNX it needs one, height and width")
    if eats.size is not None and wanted != eats.size:
        raise UsageError(f"model '{card.name}' takes {_words(eats.size)} inputs, not {_words(wanted)}")
    if any(side < 1 or (side - eats.plus) % eats.multiple for side in wanted):
        sides = f"multiples of {eats.multiple}" + (f" and {eats.plus} more" if eats.plus else "")
        raise UsageError(f"model '{card.name}' takes sides that are {sides}, not {_words(wanted)}")
    return wanted


def _words(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def _is_whole(path: Path, made_of: dict[str, object]) -> bool:
    try:
        manifest = json.loads(_manifest(path).read_text())
        return bool(manifest == {"sha256": sha256_of(path), **made_of})
    except (OSError, ValueError):
        return False


def _keep(path: Path, content: bytes, made_of: dict[str, object]) -> None:
    """The manifest comes last, so a torn write does not count."""
    try:
        write_whole(path, content)
        write_whole(_manifest(path), json.dumps({"sha256": sha256_of(path), **made_of}, indent=1).encode())
    except OSError as exc:
        place = exc.filename or path
        raise PosestreamError(f"{place}: cannot keep the model: {exc.strerror}; is there room, is it yours?") from exc


def _manifest(path: Path) -> Path:
    return path.with_suffix(".json")
