"""The engine that a card names, opened on its graph."""

from pathlib import Path

from inference.models.card import ModelCard
from inference.runners.onnxruntime import OnnxRuntimeRunner
from inference.runners.openvino import OpenVinoRunner
from inference.runners.runner import Runner


def open_runner(card: ModelCard, graph: Path, threads: int) -> Runner:
    """Load a graph; raises UsageError if the engine is not installed, PosestreamError if it cannot read it."""
    return OnnxRuntimeRunner(graph, threads) if card.engine == "onnxruntime" else OpenVinoRunner(graph, threads)
