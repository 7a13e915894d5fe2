"""Networks on a GPU: TensorRT engines, one for each size of input, built when the size first comes and kept on disk."""

from collections.abc import Callable, Sequence

from inference.engine_cache import EngineCache
from inference.gpu.device import CudaDevice, Device
from inference.models.cache import ModelCache
from inference.models.card import ModelCard
from inference.models.onnx_export import onnx_of
from inference.models.sources import FileSource
from inference.runners.openvino import MOST_SHAPES
from inference.runners.runner import Runner, Tensor
from inference.runners.tensorrt_api import TensorRt, import_tensorrt
from inference.runners.tensorrt_opening import EngineWish, open_tensorrt

Size = tuple[int, int]


class EachSize:
    """A runner with another one for each size (h, w) of input; ``open_runner`` may take minutes when one first comes.

    Not for use from two threads at once.
    """

    def __init__(self, layout: str, open_runner: Callable[[Size], Runner]) -> None:
        self._rows = 1 if layout == "nhwc" else 2
        self._open = open_runner
        self._kept: dict[Size, Runner] = {}

    def infer(self, tensors: Sequence[Tensor]) -> list[list[Tensor]]:
        """Give the outputs of each input tensor, in order; those of one size are computed together."""
        sizes = [(tensor.shape[self._rows], tensor.shape[self._rows + 1]) for tensor in tensors]
        answers: list[list[Tensor]] = [[] for _ in tensors]
        for size in dict.fromkeys(sizes):
            places = [place for place, its in enumerate(sizes) if its == size]
            outputs = self._runner(size).infer([tensors[place] for place in places])
            for place, output in zip(places, outputs, strict=True):
                answers[place] = output
        return answers

    def close(self) -> None:
        """Free all engines."""
        while self._kept:
            self._kept.popitem()[1].close()

    def _runner(self, size: Size) -> Runner:
        runner = self._kept.pop(size, None)
        while len(self._kept) >= MOST_SHAPES:
            self._kept.pop(next(iter(self._kept))).close()
        self._kept[size] = self._open(size) if runner is None else runner
        return self._kept[size]


class GpuNetworks:
    """Opens cards on one device; raises UsageError at once if TensorRT or pycuda are missing."""

    def __init__(self, cache: ModelCache, trt: TensorRt | None = None, device: Device | None = None) -> None:
        self._cache = cache
        self._trt = trt or import_tensorrt()
        self._device: Device = device or CudaDevice()
        self._engines = EngineCache(cache.root / "engines")

    def card(self, card: ModelCard) -> ModelCard:
        """Give the card that fits the ONNX files that are made of built-in networks: float32 in."""
        if isinstance(card.source, FileSource):
            return card
        return card.model_copy(update={"input": card.input.model_copy(update={"dtype": "float32"})})

    def runner(self, card: ModelCard) -> EachSize:
        """Give a runner of a card's weights; the model must be in the cache (ModelMissing).

        Raises:
            UsageError, InputError, PosestreamError: when a size first comes, as ``onnx_of`` and ``open_tensorrt``.
        """
        self._cache.graph(card)

        def opened(size: Size) -> Runner:
            graph = onnx_of(card, self._cache, size)
            return open_tensorrt(self._trt, self._device, graph, EngineWish(sizes=(size,)), self._engines)

        return EachSize(card.input.layout, opened)
