"""Parts that need a library which not every installation has: loaded when a command calls for them."""

import importlib
from types import ModuleType

from posestream.errors import UsageError

_EXTRAS = {"confluent_kafka": "kafka", "quixstreams": "kafka", "prometheus_client": "kafka"} | {
    "influxdb_client": "influx",
    "pyarrow": "archive",
    "openvino": "openvino",
    "onnxruntime": "onnxruntime",
    "onnx": "models",
    "httpx": "discover",
    "lxml": "discover",
    "onvif": "discover",
    "zeep": "discover",
}


def loaded(module: str, command: str) -> ModuleType:
    """Import a module of ours that ``command`` needs.

    Raises:
        UsageError: if a library of an extra is not installed; the message names the extra.
        ImportError: if anything else is missing: a fault of our own stays what it is.
    """
    try:
        return importlib.import_module(module)
    except ImportError as exc:
        extra = _EXTRAS.get((exc.name or "").partition(".")[0])
        if extra is None:
            raise
        raise UsageError(f"{command} needs {exc.name}: pip install 'posestream[{extra}]'") from exc
