"""From an ONNX file to a runner: the engine out of the cache, or built now and kept."""

import hashlib
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from inference.adding.onnx_parts import Proto, graphs_of, import_onnx, tensors_of
from inference.engine_cache import EngineCache, EngineKey
from inference.gpu.device import Device
from inference.models.cache import sha256_of
from inference.runners.build_bar import build_bar
from inference.runners.tensorrt import LoadedEngine, TensorRtRunner
from inference.runners.tensorrt_api import TensorRt
from inference.runners.tensorrt_build import Batches, BuildRequest, build_engine
from inference.runners.tensorrt_precision import Precision, check_precision, engine_precision, weights_precision
from posestream.errors import InputError, PosestreamError


@dataclass(frozen=True)
class EngineWish:
    """What is wanted of an engine: input sizes (h, w), batches, and the precision that it must turn out to have."""

    sizes: tuple[tuple[int, int], ...]
    precision: Precision = "fp32"
    batches: Batches = field(default_factory=Batches)
    stop: threading.Event = field(default_factory=threading.Event)
    """Set it to end a build, say when the service is told to stop."""


def open_tensorrt(trt: TensorRt, device: Device, graph: Path, wish: EngineWish, cache: EngineCache) -> TensorRtRunner:
    """Load the engine of a graph, or build and keep it: that takes minutes, once for each device and version.

    Raises:
        UsageError: if graph or engine have another precision than was wished.
        InputError: if the graph cannot be read.
        PosestreamError: if it cannot be built, was stopped, or the cache cannot be used.
    """
    content, digest, found = _read(graph)
    check_precision(wish.precision, found, str(graph))
    key = EngineKey(digest, trt.__version__, device.name, device.capability, wish.precision, _profile(wish))
    request = BuildRequest(
        graph=content,
        path=str(graph),
        sizes=wish.sizes,
        batches=wish.batches,
        full_float32=wish.precision == "fp32",
        active=device.active,
        stop=wish.stop,
    )
    with device.active():
        loaded = _from_cache(trt, key, cache)
        if loaded is None:
            loaded = _built(trt, key, request, cache)
    check_precision(wish.precision, engine_precision(trt, loaded.engine)[0], f"the engine of {graph}")
    return TensorRtRunner(loaded, device)


def _from_cache(trt: TensorRt, key: EngineKey, cache: EngineCache) -> LoadedEngine | None:
    plan = cache.load(key)
    if plan is None:
        return None
    try:
        return LoadedEngine(trt, plan)
    except PosestreamError:  # the driver changed under it, say: it is built anew
        return None


def _built(trt: TensorRt, key: EngineKey, request: BuildRequest, cache: EngineCache) -> LoadedEngine:
    measured = EngineKey("timing", key.tensorrt, key.gpu, key.capability, "any", "any")
    timing, name = cache.load(measured) or b"", Path(request.path).name
    with build_bar(f"{name}: building the engine for {key.gpu}, once; this takes minutes") as report:
        built = build_engine(trt, replace(request, timing=timing, report=report))
    loaded = LoadedEngine(trt, built.engine)
    cache.store(key, built.engine)
    cache.store(measured, built.timing)
    return loaded


def _read(graph: Path) -> tuple[bytes, str, Precision]:
    """Give a graph's bytes, the sha256 of it and of the weights beside it, and their precision."""
    try:
        content = graph.read_bytes()
        model = import_onnx().load_model_from_string(content)
    except OSError as exc:
        raise InputError(f"{graph}: cannot be read: {exc.strerror}") from exc
    except Exception as exc:  # protobuf's own kinds differ between its implementations
        raise InputError(f"{graph}: not an ONNX file, or damaged") from exc
    digests = [hashlib.sha256(content).hexdigest(), *_digests_beside(graph, model)]
    whole = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return content, whole, weights_precision(model)


def _digests_beside(graph: Path, model: Proto) -> list[str]:
    """Give the sha256 of each file that holds weights of a graph: they may lie in its own folder only."""
    names = {
        entry.value
        for part in graphs_of(model)
        for tensor in tensors_of(part)
        for entry in tensor.external_data
        if entry.key == "location"
    }
    for name in names:
        if name in {"", ".", ".."} or Path(name).name != name or (graph.parent / name).is_symlink():
            raise InputError(f"{graph}: wants weights from '{name}': only plain files beside it are read")
    try:
        return [sha256_of(graph.parent / name) for name in sorted(names)]
    except OSError as exc:
        raise InputError(f"{exc.filename}: weights of {graph.name} cannot be read: {exc.strerror}") from exc


def _profile(wish: EngineWish) -> str:
    sizes = ", ".join(f"{height}x{width}" for height, width in wish.sizes)
    return f"batch 1-{wish.batches.usual}-{wish.batches.most}, {sizes}"
