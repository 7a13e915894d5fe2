"""TensorRT as versions 10 and 11 show themselves to Python, without a device: engines compute by ONNX Runtime.

DOCUMENTED was read from the real classes of the bindings' wheels 10.7.0 and 11.4.0; the fakes have nothing else.
"""

import json
from collections.abc import Sequence
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime

from inference.gpu.numpy_device import memory

_BUILDER = (
    "build_engine_with_config build_serialized_network create_builder_config create_network "
    "create_optimization_profile error_recorder get_plugin_registry gpu_allocator is_network_supported logger "
    "max_DLA_batch_size max_threads num_DLA_cores reset"
)
_CONFIG = (
    "DLA_core add_optimization_profile avg_timing_iterations builder_optimization_level can_run_on_DLA clear_flag "
    "create_timing_cache default_device_type engine_capability flags get_device_type get_flag get_memory_pool_limit "
    "get_preview_feature get_tactic_sources get_timing_cache hardware_compatibility_level is_device_type_set "
    "max_aux_streams max_num_tactics num_optimization_profiles plugins_to_serialize profile_stream profiling_verbosity "
    "progress_monitor reset reset_device_type runtime_platform set_device_type set_flag set_memory_pool_limit "
    "set_preview_feature set_tactic_sources set_timing_cache"
)
_PARSER = (
    "clear_errors clear_flag flags get_error get_flag get_layer_output_tensor get_subgraph_nodes "
    "get_used_vc_plugin_libraries is_subgraph_supported num_errors num_subgraphs parse parse_from_file set_flag "
    "supports_model_v2 supports_operator"
)
_NETWORK = "builder error_recorder flags get_flag get_input get_layer get_output mark_output name num_inputs num_layers"
_BOTH = {
    "Builder": _BUILDER,
    "IBuilderConfig": _CONFIG,
    "OnnxParser": _PARSER,
    "INetworkDefinition": _NETWORK,
    "ParserError": "code desc file func line node node_name node_operator",
    "EngineInspector": "error_recorder execution_context get_engine_information get_layer_information",
    "IOptimizationProfile": "extra_memory_target get_shape get_shape_input set_shape set_shape_input",
    "ITimingCache": "combine reset serialize",
}
DOCUMENTED = {
    10: {name: frozenset(names.split()) for name, names in _BOTH.items()}
    | {"NetworkDefinitionCreationFlag": frozenset({"EXPLICIT_BATCH", "STRONGLY_TYPED"})},
    11: {name: frozenset(names.split()) for name, names in _BOTH.items()}
    | {"NetworkDefinitionCreationFlag": frozenset({"STRONGLY_TYPED"})},
}


class _Severity(IntEnum):
    INTERNAL_ERROR = 0
    ERROR = 1
    WARNING = 2


class ILogger:
    INTERNAL_ERROR, ERROR, WARNING = _Severity

    def __init__(self) -> None:
        """The real one wants to be called."""


class IProgressMonitor:
    def __init__(self) -> None:
        """The real one wants to be called."""


class TensorIOMode(IntEnum):
    NONE = 0
    INPUT = 1
    OUTPUT = 2


class BuilderFlag(IntEnum):
    TF32 = 7


class MemoryPoolType(IntEnum):
    WORKSPACE = 0


class ProfilingVerbosity(IntEnum):
    LAYER_NAMES_ONLY = 0
    NONE = 1
    DETAILED = 2


class LayerInformationFormat(IntEnum):
    ONELINE = 0
    JSON = 1


class _Flags10(IntEnum):
    EXPLICIT_BATCH = 0
    STRONGLY_TYPED = 1


class _Flags11(IntEnum):
    STRONGLY_TYPED = 0


class ParserError:
    def __init__(self, text: str, node: str = "", operator: str = "") -> None:
        self._said = text, node, operator

    def desc(self) -> str:
        return self._said[0]

    def node_name(self) -> str:
        return self._said[1]

    def node_operator(self) -> str:
        return self._said[2]


class INetworkDefinition:
    def __init__(self, flags: int) -> None:
        self.flags = flags
        self.graph = b""
        self.session: Any = None

    @property
    def num_inputs(self) -> int:
        return len(self.session.get_inputs())

    def get_input(self, index: int) -> Any:  # noqa: ANN401  # as untyped as the real one
        given = self.session.get_inputs()[index]
        shape = tuple(side if isinstance(side, int) else -1 for side in given.shape)
        return SimpleNamespace(name=given.name, shape=shape)


class OnnxParser:
    def __init__(self, network: INetworkDefinition, logger: ILogger) -> None:
        self._network, self._logger, self._errors = network, logger, list[ParserError]()

    def parse(self, model: bytes, path: str | None = None) -> bool:  # noqa: ARG002  # the real one's face
        try:
            self._network.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        except Exception as exc:  # noqa: BLE001  # whatever it is, the graph cannot be read
            self._errors = [ParserError(f"{exc}", "conv1", "Conv"), ParserError("more")]
            return False
        self._network.graph = model
        return True

    @property
    def num_errors(self) -> int:
        return len(self._errors)

    def get_error(self, index: int) -> ParserError:
        return self._errors[index]


class IOptimizationProfile:
    def __init__(self) -> None:
        self.shapes: list[list[int]] = []

    def set_shape(self, input: str, min: Sequence[int], opt: Sequence[int], max: Sequence[int]) -> None:  # noqa: A002, ARG002  # the real one's names
        self.shapes = [list(min), list(opt), list(max)]


class ITimingCache:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def serialize(self) -> bytes:
        return self.content + b"+"


class IBuilderConfig:
    def __init__(self) -> None:
        self.profiles: list[IOptimizationProfile] = []
        self.limits: dict[Any, int] = {}
        self.cleared: list[Any] = []
        self.cache: ITimingCache | None = None
        self.profiling_verbosity = ProfilingVerbosity.LAYER_NAMES_ONLY
        self.progress_monitor: Any = None

    def set_memory_pool_limit(self, pool: MemoryPoolType, pool_size: int) -> None:
        self.limits[pool] = pool_size

    def clear_flag(self, flag: BuilderFlag) -> None:
        self.cleared.append(flag)

    def add_optimization_profile(self, profile: IOptimizationProfile) -> int:
        self.profiles.append(profile)
        return -1 if profile.shapes[2][0] > 1000 else len(self.profiles) - 1

    def create_timing_cache(self, serialized_timing_cache: bytes) -> ITimingCache | None:
        return None if serialized_timing_cache == b"rubbish" else ITimingCache(serialized_timing_cache)

    def get_timing_cache(self) -> ITimingCache | None:
        return self.cache

    def set_timing_cache(self, cache: ITimingCache, ignore_mismatch: bool) -> bool:
        assert not ignore_mismatch
        self.cache = cache
        return not cache.content.startswith(b"elsewhere")


class Builder:
    """``built`` of its module keeps what was asked for; ``fails`` lets the build end without an engine."""

    def __init__(self, logger: Any) -> None:  # noqa: ANN401  # as untyped as the real one
        self.logger = logger

    def create_network(self, flags: int = 0) -> INetworkDefinition:
        return INetworkDefinition(flags)

    def create_builder_config(self) -> IBuilderConfig:
        return IBuilderConfig()

    def create_optimization_profile(self) -> IOptimizationProfile:
        return IOptimizationProfile()

    def build_serialized_network(self, network: INetworkDefinition, config: IBuilderConfig) -> bytes | None:
        module = self.module  # type: ignore[attr-defined]  # set by fake_tensorrt
        module.built.append((network, config))
        monitor = config.progress_monitor
        monitor.phase_start("Building Engine", None, 2)
        monitor.phase_start("Tactics", "Building Engine", module.steps)
        for step in range(module.steps):
            if not monitor.step_complete("Tactics", step):
                return None
        monitor.phase_finish("Tactics")
        monitor.step_complete("Building Engine", 0)
        monitor.phase_finish("Building Engine")
        if module.fails:
            self.logger.log(ILogger.ERROR, module.fails)
            return None
        kinds = [given.type for given in network.session.get_inputs()]
        header = {
            "profiles": [profile.shapes for profile in config.profiles],
            "kind": module.kind_of(network.graph),
            "inputs": kinds,
            "detailed": config.profiling_verbosity == ProfilingVerbosity.DETAILED,
        }
        return b"PLAN" + json.dumps(header).encode() + b"\0" + network.graph


class EngineInspector:
    def __init__(self, header: dict[str, Any], version: int) -> None:
        self._header, self._version = header, version

    def get_engine_information(self, format: LayerInformationFormat) -> str:  # noqa: A002  # the real one's name
        assert format == LayerInformationFormat.JSON
        if not self._header["detailed"]:
            return json.dumps({"Layers": ["conv1", "conv2"], "Bindings": ["x"]})
        old = {"fp32": "Row major linear FP32 format (kLINEAR)", "fp16": "Channel major FP16 format", "int8": "Int8"}
        new = {"fp32": "Float", "fp16": "Half", "int8": "Int8"}
        kind = self._header["kind"]
        said = {"Format/Datatype": old[kind]} if self._version == 10 else {"Format": "kLINEAR", "DataType": new[kind]}
        whole = {"Format/Datatype": "Int32"} if self._version == 10 else {"DataType": "Int32"}
        layer = {"Name": "conv1", "Inputs": [{"Name": "x", **whole}], "Outputs": [{"Name": "a", **said}]}
        return json.dumps({"Layers": [layer], "I/O Tensors": []})


class ICudaEngine:
    def __init__(self, plan: bytes, module: Any) -> None:  # noqa: ANN401  # the module above
        header, _, graph = plan.removeprefix(b"PLAN").partition(b"\0")
        self._header, self._module = json.loads(header), module
        self.session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        self.names = [each.name for each in (*self.session.get_inputs(), *self.session.get_outputs())]
        self.num_io_tensors = len(self.names)
        self.num_optimization_profiles = len(self._header["profiles"])

    def get_tensor_name(self, index: int) -> str:
        return self.names[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        inputs = [each.name for each in self.session.get_inputs()]
        return TensorIOMode.INPUT if name in inputs else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name: str) -> str:
        every = (*self.session.get_inputs(), *self.session.get_outputs())
        return next(each.type for each in every if each.name == name)

    def get_tensor_profile_shape(self, name: str, profile_index: int) -> list[list[int]]:  # noqa: ARG002  # one input
        shapes: list[list[int]] = self._header["profiles"][profile_index]
        return shapes

    def create_engine_inspector(self) -> EngineInspector:
        return EngineInspector(self._header, self._module.version)

    def create_execution_context(self) -> "IExecutionContext":
        context = IExecutionContext(self, self._header["profiles"])
        self._module.contexts.append(context)
        return context


class IExecutionContext:
    def __init__(self, engine: ICudaEngine, profiles: list[list[list[int]]]) -> None:
        self._engine, self._profiles = engine, profiles
        self._profile, self._shape = 0, tuple[int, ...]()
        self._addresses: dict[str, int] = {}
        self.runs: list[tuple[int, int]] = []  # (batch, stream)
        self.breaks = False

    def set_optimization_profile_async(self, profile_index: int, stream_handle: int) -> bool:
        self._profile = profile_index
        return stream_handle > 0

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:  # noqa: ARG002  # one input
        least, _, most = self._profiles[self._profile]
        fits = all(low <= side <= high for low, side, high in zip(least, shape, most, strict=True))
        self._shape = tuple(shape) if fits else self._shape
        return fits

    def infer_shapes(self) -> list[str]:
        return []

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        outputs = self._compute(np.zeros(self._shape, self._kind()))
        return dict(zip(self._engine.names[1:], (each.shape for each in outputs), strict=True))[name]

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self._addresses[name] = memory
        return memory > 0

    def execute_async_v3(self, stream_handle: int) -> bool:
        if self.breaks:
            return False
        self.runs.append((self._shape[0], stream_handle))
        names = self._engine.names
        outputs = self._compute(memory(self._addresses[names[0]], self._kind(), self._shape).copy())
        for name, output in zip(names[1:], outputs, strict=True):
            memory(self._addresses[name], output.dtype.type, output.shape)[:] = output
        return True

    def _kind(self) -> type[np.generic]:
        return nptype(self._engine.session.get_inputs()[0].type)

    def _compute(self, tensor: Any) -> list[Any]:  # noqa: ANN401  # arrays
        outputs: list[Any] = self._engine.session.run(None, {self._engine.names[0]: tensor})
        return outputs


class Runtime:
    def __init__(self, logger: Any) -> None:  # noqa: ANN401  # as untyped as the real one
        self._logger = logger

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
        if not serialized_engine.startswith(b"PLAN"):
            self._logger.log(ILogger.WARNING, "not this")
            self._logger.log(ILogger.ERROR, "IRuntime::deserializeCudaEngine: Error Code 1: magic tag does not match")
            return None
        return ICudaEngine(serialized_engine, self.module)  # type: ignore[attr-defined]  # set by fake_tensorrt


def nptype(kind: str) -> type[np.generic]:
    kinds = {"float": np.float32, "float16": np.float16, "int32": np.int32, "int64": np.int64}
    return kinds[kind.removeprefix("tensor(").removesuffix(")")]


CLASSES = (
    Builder,
    IBuilderConfig,
    OnnxParser,
    INetworkDefinition,
    ParserError,
    EngineInspector,
    IOptimizationProfile,
    ITimingCache,
    Runtime,
    ICudaEngine,
    IExecutionContext,
)


def fake_tensorrt(version: int, kind_of: Any = lambda _graph: "fp32") -> Any:  # noqa: ANN401  # stands for a module
    """Give a module of version 10 or 11; ``kind_of`` says in which precision a graph's layers compute."""
    module = SimpleNamespace(version=version, kind_of=kind_of, built=[], contexts=[], steps=3, fails="", nptype=nptype)
    module.__version__ = {10: "10.7.0", 11: "11.4.0"}[version]
    for each in (ILogger, IProgressMonitor, TensorIOMode, BuilderFlag, MemoryPoolType, ProfilingVerbosity):
        setattr(module, each.__name__, each)
    module.LayerInformationFormat = LayerInformationFormat
    module.NetworkDefinitionCreationFlag = _Flags10 if version == 10 else _Flags11
    for each in CLASSES:
        setattr(module, each.__name__, type(each.__name__, (each,), {"module": module}))
    return module
