"""``posestream eval``: how good the results are, measured against labels."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from inference.estimator import PoseEstimator
from posestream.cli.progress import frames_bar
from posestream.hosts.eval_poses import read_json, results_of_pictures
from postprocess.metrics.coco_truth import read_truth
from postprocess.metrics.pose_evaluation import evaluate_poses

evaluate = typer.Typer(help="Measure results against labels.", no_args_is_help=True, rich_markup_mode=None)

Truth = Annotated[Path, typer.Option("--truth", help="Labels: a COCO keypoints file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(evaluate, name="eval")


@evaluate.command("poses")
def poses(
    images: Annotated[Path, typer.Option("--images", help="Folder of the pictures.")],
    truth: Truth,
    preset: Annotated[str, typer.Option("--preset", help="fast, accurate, 3d or your own model.")] = "accurate",
    as_json: AsJson = False,
) -> None:
    """Run a preset over labelled pictures: OKS AP and AR, PCK@0.2 of the torso, F1 per keypoint."""
    tree = read_json(truth)
    labels = read_truth(tree)
    with PoseEstimator.of_preset(preset) as estimator, frames_bar(str(images)) as progress:
        rows = results_of_pictures(images, tree, estimator, progress)
    _show(evaluate_poses(labels, rows).as_json(), as_json=as_json)


@evaluate.command("results")
def results(
    truth: Truth,
    results: Annotated[Path, typer.Option("--results", help="Results: a COCO keypoints results file.")],
    as_json: AsJson = False,
) -> None:
    """Evaluate a results file: the same figures as poses."""
    labels = read_truth(read_json(truth))
    _show(evaluate_poses(labels, read_json(results)).as_json(), as_json=as_json)


def _show(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    Console().print(table)
