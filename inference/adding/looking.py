"""What is done with a model in the child: look into it, then try it."""

from pathlib import Path
from typing import Any

from inference.adding.bringing import bring_data
from inference.adding.limits import allow_weights
from inference.adding.onnx_check import check_whole, read_onnx
from inference.adding.onnx_input import check_input
from inference.adding.trial import try_model
from inference.models.card import ModelCard
from inference.models.sources import GRAPH_FILE
from posestream.clock import SystemClock

Json = dict[str, Any]


def bring_and_check(card: Json, beside: str, folder: str, threads: int) -> Json:
    """Check the ONNX copy in ``folder``, bring its weights from ``beside``, run it; give ``data`` and ``measured``."""
    wanted = ModelCard.model_validate(card)
    graph = Path(folder) / GRAPH_FILE
    model = read_onnx(graph)
    check_input(model, wanted.input)
    data = bring_data(model, Path(beside), Path(folder))
    del model
    allow_weights(sum((Path(folder) / name).stat().st_size for name in data))
    check_whole(graph)
    measured = try_model(wanted, graph, threads, SystemClock())
    return {"data": data, "measured": measured.model_dump(mode="json")}


def measure(card: Json, graph: str, threads: int) -> Json:
    """Run a model that is in the cache; give what was measured."""
    return try_model(ModelCard.model_validate(card), Path(graph), threads, SystemClock()).model_dump(mode="json")
