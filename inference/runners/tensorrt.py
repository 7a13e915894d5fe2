"""TensorRT on a CUDA device: tensors of one shape are computed in batches, two of them under way at once."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inference.gpu.device import Buffer, Device, Stream
from inference.runners.runner import Tensor
from inference.runners.tensorrt_api import TensorRt, keeping_logger, one_line
from posestream.errors import PosestreamError

_LANES = 2
"""While one batch computes, the next one is copied."""
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Binding:
    """A tensor of the engine: its name, element type and longest shape."""

    name: str
    kind: np.dtype[Any]
    shape: Shape

    @property
    def size(self) -> int:
        """Bytes at most."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.kind.itemsize


@dataclass
class _Lane:
    """One batch under way: a context of the engine, a stream, and memory for the longest batch."""

    context: Any
    stream: Stream
    into: Buffer
    outputs: list[tuple[Binding, Buffer]]
    count: int = 0
    waiting: list[int] = field(default_factory=list)
    """Places in the answer of the tensors that it computes."""

    def free(self) -> None:
        """Free all here and now, while the device is active: a traceback may keep the lane for long."""
        self.outputs.clear()
        del self.context, self.into, self.stream


class LoadedEngine:
    """A deserialised engine with one input, and what there is to know of its tensors.

    Raises:
        PosestreamError: if TensorRT refuses the bytes, or the engine is of no use here.
    """

    def __init__(self, trt: TensorRt, plan: bytes) -> None:
        self.trt = trt
        self.logger = keeping_logger(trt)
        self._runtime = trt.Runtime(self.logger)  # host code in an engine stays forbidden, as it is unless allowed
        self.engine = self._runtime.deserialize_cuda_engine(plan)
        if self.engine is None:
            raise PosestreamError(f"TensorRT refuses the engine: {one_line(self.logger.last)}")
        names = [self.engine.get_tensor_name(index) for index in range(self.engine.num_io_tensors)]
        inputs = [name for name in names if self.engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT]
        if len(inputs) != 1:
            raise PosestreamError(f"wanted an engine with one input, got {len(inputs)}")
        self.input: str = inputs[0]
        self.outputs = [name for name in names if name != self.input]
        self.longest: list[Shape] = [
            tuple(self.engine.get_tensor_profile_shape(self.input, profile)[2])
            for profile in range(self.engine.num_optimization_profiles)
        ]
        """Of the input, for each profile."""

    def binding(self, name: str, shape: Sequence[int]) -> Binding:
        """Give a tensor of the engine with its longest shape."""
        if any(side < 0 for side in shape):
            raise PosestreamError(f"output '{name}' has no length of its own: {list(shape)}")
        kind = self.engine.get_tensor_dtype(name)
        try:
            return Binding(name, np.dtype(self.trt.nptype(kind)), tuple(shape))
        except TypeError as exc:
            raise PosestreamError(f"tensor '{name}' is of {kind}, which numpy does not know") from exc


class TensorRtRunner:
    """One network as an engine on a device.

    Each tensor has a batch of 1; those of one shape are computed together, up to the longest batch of their profile.
    Memory is allocated at the first tensor of a profile's size and never again. Safe between threads, one at a time.
    """

    def __init__(self, loaded: LoadedEngine, device: Device) -> None:
        self._loaded, self._device = loaded, device
        self._lanes: dict[int, list[_Lane]] = {}
        self._one = threading.Lock()
        self._kind = loaded.binding(loaded.input, loaded.longest[0]).kind

    def infer(self, tensors: Sequence[Tensor]) -> list[list[Tensor]]:
        """Give the outputs of each input tensor, in order; the arrays are the caller's own.

        Raises:
            PosestreamError: if a tensor does not fit the engine, or the device fails.
        """
        by_profile: dict[int, list[int]] = {}
        for place, tensor in enumerate(tensors):
            by_profile.setdefault(self._profile_of(tensor), []).append(place)
        answers: list[list[Tensor]] = [[] for _ in tensors]
        with self._one, self._device.active():
            for profile, places in by_profile.items():
                self._compute(profile, places, tensors, answers)
        return answers

    def close(self) -> None:
        """Free contexts and memory."""
        with self._one, self._device.active():
            for profile in list(self._lanes):
                self._drop(profile)

    def _profile_of(self, tensor: Tensor) -> int:
        """Give the profile that takes a tensor."""
        for profile, longest in enumerate(self._loaded.longest):
            if tensor.shape == (1, *longest[1:]) and tensor.dtype == self._kind:
                return profile
        wanted = " or ".join(str([1, *longest[1:]]) for longest in self._loaded.longest)
        raise PosestreamError(
            f"TensorRT refuses an input of {list(tensor.shape)} {tensor.dtype}: the engine is built for {wanted} "
            f"{self._kind}"
        )

    def _compute(
        self, profile: int, places: Sequence[int], tensors: Sequence[Tensor], answers: list[list[Tensor]]
    ) -> None:
        if profile not in self._lanes:
            self._lanes[profile] = [self._lane(profile) for _ in range(_LANES)]
        lanes, most = self._lanes[profile], self._loaded.longest[profile][0]
        try:
            for turn, first in enumerate(range(0, len(places), most)):
                lane = lanes[turn % _LANES]
                _collect(lane, answers)
                self._start(lane, places[first : first + most], tensors)
            for lane in lanes:
                _collect(lane, answers)
        except BaseException:
            self._drop(profile)
            raise

    def _start(self, lane: _Lane, places: Sequence[int], tensors: Sequence[Tensor]) -> None:
        """Copy a batch in, run it and copy its answers out, all in the stream's turn."""
        count, engine = len(places), self._loaded
        size = tensors[places[0]].nbytes
        _fill(lane, [tensors[place] for place in places])
        if lane.count != count:
            shape = (count, *tensors[places[0]].shape[1:])
            if not lane.context.set_input_shape(engine.input, shape) or lane.context.infer_shapes():
                raise self._failed(f"an input of {list(shape)}")
            lane.count = count
        self._device.copy_in(lane.into, count * size, lane.stream)
        if not lane.context.execute_async_v3(lane.stream.handle):
            raise self._failed(f"to run a batch of {count}")
        for binding, buffer in lane.outputs:
            self._device.copy_out(buffer, binding.size // binding.shape[0] * count, lane.stream)
        lane.waiting = list(places)

    def _lane(self, profile: int) -> _Lane:
        """Make what one batch needs; addresses stay, so they are set once."""
        loaded, longest = self._loaded, self._loaded.longest[profile]
        stream = self._device.stream()
        context = loaded.engine.create_execution_context()
        if context is None or not context.set_optimization_profile_async(profile, stream.handle):
            raise self._failed(f"profile {profile}")
        stream.wait()
        if not context.set_input_shape(loaded.input, longest):
            raise self._failed(f"an input of {list(longest)}")
        bindings = [loaded.binding(name, context.get_tensor_shape(name)) for name in loaded.outputs]
        for each in bindings:
            if not each.shape or each.shape[0] != longest[0]:
                raise PosestreamError(
                    f"output '{each.name}' is {list(each.shape)} for a batch of {longest[0]}: export the network with "
                    "a free batch in every output, or for a batch of 1"
                )
        into = self._device.allocate(loaded.binding(loaded.input, longest).size)
        outputs = [(each, self._device.allocate(each.size)) for each in bindings]
        for name, buffer in [(loaded.input, into), *((each.name, buffer) for each, buffer in outputs)]:
            if not context.set_tensor_address(name, buffer.address):
                raise self._failed(f"the address of '{name}'")
        return _Lane(context, stream, into, outputs)

    def _drop(self, profile: int) -> None:
        """Forget the lanes of a profile; what is still under way ends first."""
        lanes = self._lanes.pop(profile)
        try:
            for lane in lanes:
                lane.stream.wait()
        finally:
            for lane in lanes:
                lane.free()

    def _failed(self, what: str) -> PosestreamError:
        return PosestreamError(f"TensorRT refuses {what}: {one_line(self._loaded.logger.last)}")


def _fill(lane: _Lane, tensors: Sequence[Tensor]) -> None:
    size = sum(tensor.nbytes for tensor in tensors)
    rows = lane.into.host[:size].view(tensors[0].dtype).reshape(len(tensors), -1)
    for row, tensor in zip(rows, tensors, strict=True):
        row[:] = tensor.reshape(-1)


def _collect(lane: _Lane, answers: list[list[Tensor]]) -> None:
    """Wait for a batch and hand out copies: the memory is used again."""
    if not lane.waiting:
        return
    lane.stream.wait()
    count = len(lane.waiting)
    for binding, buffer in lane.outputs:
        size = binding.size // binding.shape[0] * count
        batch = buffer.host[:size].view(binding.kind).reshape(count, *binding.shape[1:]).copy()
        for row, place in enumerate(lane.waiting):
            answers[place].append(batch[row : row + 1])
    lane.waiting = []
