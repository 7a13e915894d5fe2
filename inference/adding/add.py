"""``models add``: a file and its card become a model in the cache, or one line says why not."""

import os
from pathlib import Path

from inference.adding.bringing import copy_file
from inference.adding.child import in_child
from inference.adding.keeping import keep, one_at_a_time, workspace
from inference.adding.limits import memory_for
from inference.adding.onnx_check import MOST_BYTES
from inference.adding.removing import boxed_by
from inference.models import BUILT_IN
from inference.models.cache import ModelCache
from inference.models.card import ModelCard, Task
from inference.models.measured import Measured
from inference.models.own import find_card, own_names
from inference.models.sources import GRAPH_FILE, FileSource
from inference.presets import PRESETS
from posestream.errors import InputError, PosestreamError, UsageError


def add_model(
    file: Path, card: ModelCard, cache: ModelCache, *, threads: int = 0, replace: bool = False
) -> tuple[ModelCard, Measured]:
    """Bring an ONNX file into the cache: copy, look into the copy, run it on noise, keep it with its card.

    Gives the card as it is kept, with the sha256 of what came, and what was measured.

    Raises:
        UsageError: if the card does not fit the file, its name is taken, or it names boxes of no model.
        InputError: if the file cannot be read, is damaged or wants what is not allowed.
        PosestreamError: if the outputs do not fit the decoder, or the cache cannot be written.
    """
    if not isinstance(card.source, FileSource):
        raise UsageError(f"{card.name}: its card names a package: wanted source.kind file")
    _check_name(card.name, cache, replace=replace)
    _check_boxes(card, cache)
    models = cache.root / "models"
    try:
        models.mkdir(parents=True, exist_ok=True)
        with workspace(models) as folder:
            kept, measured = _tried(file, card, card.source, folder, threads or len(os.sched_getaffinity(0)))
            with one_at_a_time(models):
                _check_name(card.name, cache, replace=replace)  # somebody may have been quicker
                _check_boxes(card, cache)
                keep(kept, measured, folder, cache)
    except OSError as exc:
        place = exc.filename or models
        raise PosestreamError(f"{place}: cannot keep the model: {exc.strerror}; is there room, is it yours?") from exc
    return kept, measured


def _check_name(name: str, cache: ModelCache, *, replace: bool) -> None:
    if name in BUILT_IN or name in PRESETS:
        raise UsageError(f"name: '{name}' is a model or preset of posestream's own: give yours another")
    if name in own_names(cache) and not replace:
        raise UsageError(f"name: there is a model '{name}' already: take another name, or --replace it")


def _check_boxes(card: ModelCard, cache: ModelCache) -> None:
    """Refuse boxes of no model, and a model of crops where another finds its boxes."""
    if card.task is Task.CROP_POSE:
        for name in boxed_by(card.name, cache):
            raise UsageError(f"task: model '{name}' finds its boxes by '{card.name}': wanted no model of crops there")
    if card.boxes is None:
        return
    if card.boxes == card.name:
        raise UsageError("boxes: a model cannot find its own boxes")
    try:
        boxes = find_card(card.boxes, cache)
    except UsageError as exc:
        raise UsageError(f"boxes: {exc}") from None
    if boxes.task is Task.CROP_POSE:
        raise UsageError(f"boxes: '{card.boxes}' looks at crops: wanted a model that looks at whole pictures")


def _tried(file: Path, card: ModelCard, source: FileSource, folder: Path, threads: int) -> tuple[ModelCard, Measured]:
    """Copy, check and run; every message begins with the file's name."""
    try:
        sha256 = copy_file(file, folder / GRAPH_FILE, MOST_BYTES, follow=True)
        if source.sha256 is not None and source.sha256 != sha256:
            raise InputError(f"its sha256 is {sha256}, the card says {source.sha256}: another file, or a damaged one")
        request = {
            "card": card.model_dump(mode="json"),
            "beside": str(file.absolute().parent),  # as given: the file itself may be a link
            "folder": str(folder),
            "threads": threads,
        }
        found = in_child("add", request, memory_for((folder / GRAPH_FILE).stat().st_size, threads))
        if source.data and source.data != found["data"]:
            raise InputError("the weights beside it are not those that the card says: other files, or damaged ones")
    except PosestreamError as exc:
        raise _named(exc, file, folder) from exc
    kept = card.model_copy(update={"source": source.model_copy(update={"sha256": sha256, "data": found["data"]})})
    return kept, Measured.model_validate(found["measured"])


def _named(exc: PosestreamError, file: Path, folder: Path) -> PosestreamError:
    """Give the error with the user's file in front; the workspace is nobody's business."""
    text = str(exc).replace(f"{folder / GRAPH_FILE}: ", "").replace(str(folder / GRAPH_FILE), file.name)
    kind = type(exc) if type(exc) in {UsageError, InputError} else PosestreamError
    return kind(f"{file}: {' '.join(text.replace(str(folder), str(file.parent)).split())}")
