"""``posestream models precision``: a network in fewer bits, and how good it still is."""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from inference.compositions import Composition
from inference.estimator import PoseEstimator
from inference.looks import open_network
from inference.models.cache import ModelCache, default_cache
from inference.models.card import ModelCard, Task
from inference.models.onnx_export import onnx_card, onnx_of
from inference.models.own import find_card
from inference.models.precision import as_fp16_rounds, to_fp16, to_int8
from inference.models.sources import FileSource
from inference.network import Network
from inference.preprocess import input_size, letterbox, square_crop, to_rgb, to_tensor
from inference.presets import PRESETS, open_preset
from inference.runners.runner import Tensor
from ingest.folder import FolderRecording
from ingest.settings import ReadSettings
from posestream.cli.models import models
from posestream.cli.progress import frames_bar
from posestream.clock import SystemClock
from posestream.errors import UsageError
from posestream.hosts.eval_poses import read_json, results_of_pictures
from posestream.schemas.checks import Float32
from postprocess.metrics.coco_truth import read_truth
from postprocess.metrics.pose_evaluation import evaluate_poses

MOST_CALIBRATION = 64
"""Tensors that int8 is calibrated with."""
_USED_BY = {"movenet-multipose": "fast", "movenet-thunder": "accurate", "nanodet": "accurate", "blazepose-full": "3d"}
Json = dict[str, Any]


@dataclass(frozen=True)
class _OneGraph(ModelCache):
    """The cache, but for one model's graph."""

    name: str
    file: Path

    def graph(self, card: ModelCard) -> Path:
        return self.file if card.name == self.name else super().graph(card)


def register() -> None:
    """Add the command to ``posestream models``."""
    models.command("precision")(precision)


def precision(
    name: Annotated[str, typer.Argument(help="A network that is here, built-in or your own.")],
    images: Annotated[Path, typer.Option("--images", help="Folder of labelled pictures.")],
    truth: Annotated[Path, typer.Option("--truth", help="Their labels: a COCO keypoints file.")],
    fp16: Annotated[bool, typer.Option("--fp16", help="Make a float16 graph.")] = False,
    int8: Annotated[bool, typer.Option("--int8", help="Make an int8 graph, calibrated on the pictures.")] = False,
    size: Annotated[str | None, typer.Option("--size", help="Of networks for any size: HEIGHTxWIDTH.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The file; default: NAME.fp16.onnx here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Make a network's graph in float16 or int8, and show its AP beside that of the original.

    The AP is that of the preset which uses the network. Float16 is measured by a float32 graph that rounds as a
    device would; speed is for a device to show.
    """
    if fp16 == int8:
        raise UsageError("wanted either --fp16 or --int8")
    cache, kind = ModelCache(default_cache()), "fp16" if fp16 else "int8"
    card, graph = _original(name, cache, _sides(size))
    target = out or Path(f"{name}.{kind}.onnx")
    tree = read_json(truth)
    labels = read_truth(tree)

    def figures(file: Path, title: str) -> Json:
        composition = _composition(card, file, cache)
        with PoseEstimator(composition, SystemClock()) as estimator, frames_bar(title) as progress:
            return evaluate_poses(labels, results_of_pictures(images, tree, estimator, progress)).as_json()

    before = figures(graph, f"{name} fp32")
    with tempfile.TemporaryDirectory() as folder:
        if fp16:
            to_fp16(graph, target)
            measured = as_fp16_rounds(graph, Path(folder) / "rounded.onnx")
        else:
            measured = to_int8(graph, _calibration(card, images, tree), target)
        after = figures(measured, f"{name} {kind}")
    _show({"fp32": before, kind: after}, as_json=as_json)
    typer.echo(
        f"{target}: {target.stat().st_size / 1e6:.1f} MB, the original {graph.stat().st_size / 1e6:.1f}", err=True
    )


def _sides(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        raise UsageError(f"--size: wanted HEIGHTxWIDTH, say 256x448, got {text}")
    return int(parts[0]), int(parts[1])


def _original(name: str, cache: ModelCache, size: tuple[int, int] | None) -> tuple[ModelCard, Path]:
    """Give the card that fits the network's ONNX file, and the file."""
    card = find_card(name, cache)
    if not isinstance(card.source, FileSource) and name not in _USED_BY:
        raise UsageError(f"model '{name}': no preset uses it, so there is no AP to measure")
    return onnx_card(card, size), onnx_of(card, cache, size)


def _composition(card: ModelCard, file: Path, cache: ModelCache) -> Composition:
    """Compose the preset of a model, with another file in the place of the model's."""
    threads, clock = len(os.sched_getaffinity(0)), SystemClock()
    if isinstance(card.source, FileSource):
        return open_preset(card.name, _OneGraph(cache.root, card.name, file), threads, clock)

    def network(model: str) -> Network:
        if model == card.name:
            return open_network(card.model_copy(update={"engine": "onnxruntime"}), file, threads)
        other = find_card(model, cache)
        return open_network(other, cache.graph(other), threads)

    return PRESETS[_USED_BY[card.name]](network, clock)


def _calibration(card: ModelCard, images: Path, tree: Json) -> list[Tensor]:
    """Give input tensors of the labelled pictures: each whole, or each person by its label."""
    tensors: list[Tensor] = []
    for entry in tree["images"]:
        path, eats = images / Path(str(entry["file_name"])).name, card.input
        with FolderRecording([path], str(path), ReadSettings(camera_id="calibration"), 0) as recording:
            for frame in recording:
                picture = to_rgb(frame.image)
                size = input_size(eats, *picture.shape[:2])
                inputs = [letterbox(picture, size, eats.fit, eats.pad, eats.grid)[0]]
                if card.task is Task.CROP_POSE:
                    boxes = [each["bbox"] for each in tree["annotations"] if each["image_id"] == entry["id"]]
                    inputs = [square_crop(picture, _corners(box), size, eats.padding, eats.grid)[0] for box in boxes]
                tensors += [to_tensor(pixels, eats) for pixels in inputs]
        if len(tensors) >= MOST_CALIBRATION:
            break
    return tensors[:MOST_CALIBRATION]


def _corners(box: Sequence[float]) -> Float32:
    x, y, width, height = box
    return np.array([x, y, x + width, y + height], np.float32)


def _show(figures: dict[str, Json], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    table = Table("figure", *figures)
    columns = list(figures.values())
    for name in columns[0]:
        cells = [column[name] for column in columns]
        table.add_row(name, *(f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in cells))
    Console().print(table)
