"""A network small enough to be computed by hand, in the format in which weights are published, and its card."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.conversion.tfjs import tfjs_to_graphdef
from inference.models.card import ModelCard

Json = Any  # whatever JSON holds
LEAK = 0.125


def text(value: str) -> dict[str, str]:
    """A text attribute as tfjs writes it."""
    return {"s": base64.b64encode(value.encode()).decode()}


def texts(*values: str) -> dict[str, Json]:
    """A list of texts as tfjs writes it."""
    return {"list": {"s": [text(value)["s"] for value in values]}}


def node(name: str, op: str, inputs: list[str], **attributes: Json) -> dict[str, Json]:
    """A node of a tfjs topology."""
    return {"name": name, "op": op, "input": inputs, "attr": attributes}


def constant(name: str, kind: str = "DT_FLOAT") -> dict[str, Json]:
    """A Const node; its values lie in the shards."""
    return node(name, "Const", [], dtype={"type": kind}, value={"tensor": {"dtype": kind}})


def convolution(name: str, op: str, inputs: list[str], *steps: str, **more: Json) -> dict[str, Json]:
    """A fused convolution: 3x3, SAME, step 1."""
    ones = {"list": {"i": ["1", "1", "1", "1"]}}
    shared = {"T": {"type": "DT_FLOAT"}, "data_format": text("NHWC"), "padding": text("SAME"), "dilations": ones}
    return node(name, op, inputs, **shared, strides=ones, fused_ops=texts(*steps), num_args={"i": "1"}, **more)


@dataclass(frozen=True)
class TinyNetwork:
    """(1, h, w, 3) float32 -> a map (1, h, w, 4) and its mean over the places (1, 4)."""

    weights: dict[str, NDArray[Any]]

    def topology(self) -> dict[str, Json]:
        """The graph as tfjs writes it."""
        unknown = {"shape": {"dim": [{"size": size} for size in ("1", "-1", "-1", "3")]}}
        return {
            "node": [
                node("x", "Placeholder", [], dtype={"type": "DT_FLOAT"}, shape=unknown),
                *(constant(name) for name in ("wide", "wide_bias", "deep", "deep_bias")),
                constant("places", "DT_INT64"),
                convolution("first", "_FusedConv2D", ["x", "wide", "wide_bias"], "BiasAdd", "Relu6"),
                convolution(
                    "second",
                    "FusedDepthwiseConv2dNative",
                    ["first", "deep", "deep_bias"],
                    "BiasAdd",
                    "LeakyRelu",
                    leakyrelu_alpha={"f": LEAK},
                ),
                node("map", "Identity", ["second"], T={"type": "DT_FLOAT"}),
                node(
                    "mean",
                    "Mean",
                    ["second", "places"],
                    T={"type": "DT_FLOAT"},
                    Tidx={"type": "DT_INT64"},
                    keep_dims={"b": False},
                ),
            ]
        }

    def manifest(self) -> list[dict[str, Json]]:
        """Where the weights lie: float16 but the whole numbers, cut into two shards in the midst of an array."""
        entries = [
            {"name": name, "shape": list(values.shape), "dtype": "int32"}
            if values.dtype == np.int32
            else {
                "name": name,
                "shape": list(values.shape),
                "dtype": "float32",
                "quantization": {"dtype": "float16", "original_dtype": "float32"},
            }
            for name, values in self.weights.items()
        ]
        return [{"paths": ["tiny-1.bin", "tiny-2.bin"], "weights": entries}]

    def write(self, folder: Path, change: Callable[[dict[str, Json]], object] = dict.copy) -> Path:
        """Write the model beside its shards after ``change`` had its way with the JSON; give the JSON's path."""
        folder.mkdir(parents=True, exist_ok=True)
        stored = b"".join(values.tobytes() for values in self.weights.values())
        (folder / "tiny-1.bin").write_bytes(stored[:101])
        (folder / "tiny-2.bin").write_bytes(stored[101:])
        model: dict[str, Json] = {
            "format": "graph-model",
            "modelTopology": self.topology(),
            "weightsManifest": self.manifest(),
        }
        change(model)
        path = folder / "tiny.json"
        path.write_text(json.dumps(model))
        return path

    def compute(self, x: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give the map and the mean as the published formulas of the layers say, with numpy alone."""
        weights = {name: values.astype(np.float64) for name, values in self.weights.items()}
        first = np.zeros((*x.shape[:3], 4)) + weights["wide_bias"]
        for row, column, shifted in _shifts(x):
            first += shifted @ weights["wide"][row, column]
        first = np.clip(first, 0, 6)
        second = np.zeros_like(first) + weights["deep_bias"]
        for row, column, shifted in _shifts(first):
            second += shifted * weights["deep"][row, column, :, 0]
        second = np.where(second < 0, second * LEAK, second)
        return second.astype(np.float32), second.mean(axis=(1, 2)).astype(np.float32)


def _shifts(x: NDArray[Any]) -> list[tuple[int, int, NDArray[Any]]]:
    """The nine shifted copies that a 3x3 convolution with SAME padding looks at."""
    height, width = x.shape[1:3]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return [(r, c, padded[:, r : r + height, c : c + width]) for r in range(3) for c in range(3)]


@pytest.fixture
def tiny() -> TinyNetwork:
    """A network of two fused convolutions with weights of chance, some of them float16 as published."""
    chance = np.random.default_rng(5)
    return TinyNetwork(
        {
            "wide": chance.normal(0, 0.5, (3, 3, 3, 4)).astype(np.float16),
            "wide_bias": chance.normal(0, 0.5, 4).astype(np.float16),
            "deep": chance.normal(0, 0.5, (3, 3, 4, 1)).astype(np.float16),
            "deep_bias": chance.normal(0, 0.5, 4).astype(np.float16),
            "places": np.array([1, 2], np.int32),
        }
    )


@pytest.fixture
def tiny_graph(tiny: TinyNetwork, tmp_path: Path) -> Path:
    """The tiny network as a file that a runner reads."""
    path = tmp_path / "tiny.pb"
    path.write_bytes(tfjs_to_graphdef(tiny.write(tmp_path / "tfjs")))
    return path


@pytest.fixture
def make_card() -> Callable[..., ModelCard]:
    """``make_card(files, **changes)``: a card of person boxes whose package holds these files (name -> content)."""

    def make(files: dict[str, bytes], **changes: Json) -> ModelCard:
        source = {
            "kind": "npm",
            "package": "@tiny/models",
            "version": "1.2.3",
            "tarball_bytes": 1000,
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
            "origin": "made in a test",
        }
        tree = {
            "name": "tiny",
            "summary": "a network for tests",
            "task": "person-boxes",
            "source": source | changes.pop("source", {}),
            "format": "tfjs",
            "licence": {"name": "Apache-2.0", "note": "none"},
            "input": {"layout": "nhwc", "dtype": "float32", "channels": "rgb", "size": [32, 48]},
            "decoder": "nanodet",
            "min_score": 0.35,
        }
        return ModelCard.model_validate(tree | changes)

    return make
