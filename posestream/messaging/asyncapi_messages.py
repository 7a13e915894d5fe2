"""The messages of each topic for the AsyncAPI document: headers, key and payload, from what reads and writes them."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from pydantic import BaseModel

from posestream.messaging.alert_message import ALERT_TYPE, AlertMessage
from posestream.messaging.cloud_event import JSON_VERSION
from posestream.messaging.control_message import CONTROL_TYPE, Acknowledgement, Mark, Suspension
from posestream.messaging.events import EVENT_VERSION
from posestream.messaging.frame_message import FRAME_VERSION, JPEG, NO_PICTURE, PACKET_CODECS
from posestream.messaging.health_message import CAMERA_TYPE, WORKER_TYPE, CameraHealth, WorkerHealth
from posestream.messaging.topics import ALERTS, CONTROL, DEAD_LETTERS, FRAMES, HEALTH, POSES, TRACKS
from posestream.schemas import TimeSource

Schema = dict[str, Any]
BINDINGS = "0.5.0"
PROTOBUF = "application/vnd.google.protobuf;version=3"
_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_CAMERA: Schema = {"type": "string", "pattern": f"^{_ID}$", "description": "The camera"}
_WHOLE: Schema = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,18})$"}


def messages_by_stream() -> dict[str, dict[str, Schema]]:
    """Give the messages of each topic by name."""
    return {
        FRAMES: {"frame": _frame()},
        POSES: {"poses": _event("Poses", "The persons of one frame, or that time passed.")},
        TRACKS: {"tracks": _event("Tracks", "All live tracks after one frame.")},
        ALERTS: {
            "alert": _cloud_event(AlertMessage, f"^{_dotted(ALERT_TYPE)}(firing|resolved)$", _pattern(f"^{_KEY}$"))
        },
        HEALTH: {
            "cameraHealth": _cloud_event(CameraHealth, f"^{_dotted(CAMERA_TYPE)}$", _CAMERA),
            "workerHealth": _cloud_event(WorkerHealth, f"^{_dotted(WORKER_TYPE)}$", _pattern(f"^worker/{_ID}/{_ID}$")),
        },
        CONTROL: {
            name: _cloud_event(model, f"^{_dotted(CONTROL_TYPE)}{name}$", _pattern(f"^{name}/.+$"))
            for name, model in (("suspension", Suspension), ("acknowledgement", Acknowledgement), ("mark", Mark))
        },
        DEAD_LETTERS: {"deadLetter": _dead_letter()},
    }


def payload_schemas() -> dict[str, Schema]:
    """Give the schemas of the JSON payloads, and what they refer to, by name."""
    schemas: dict[str, Schema] = {}
    for model in (AlertMessage, CameraHealth, WorkerHealth, Suspension, Acknowledgement, Mark):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
    return schemas


_KEY = f"({_ID}|worker/{_ID}(/{_ID})?)"


def _frame() -> Schema:
    headers: dict[str, Schema] = {
        "camera": _CAMERA,
        "epoch": _WHOLE | {"description": "The connect: milliseconds of its wall clock; 0 for files"},
        "frame_index": _WHOLE | {"description": "Number of the decoded frame in its epoch"},
        "pts_seconds": _pattern(r"^-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$"),
        "captured_at_ns": _pattern(r"^-?[0-9]{1,19}$") | {"description": "UTC nanoseconds"},
        "time_source": {"type": "string", "enum": [source.value for source in TimeSource]},
        "width": _WHOLE | {"description": "Of the camera's frame, px"},
        "height": _WHOLE | {"description": "Of the camera's frame, px"},
        "codec": {"type": "string", "enum": [JPEG, NO_PICTURE, *sorted(PACKET_CODECS)]},
        "keyframe": {"type": "string", "enum": ["0", "1"]},
        "schema_version": {"type": "string", "const": str(FRAME_VERSION)},
    }
    return _message(
        "A picture or one access unit of a camera's stream; of codec 'none' a beat: time passes, nothing came.",
        "application/octet-stream",
        _headers(headers),
        _CAMERA,
        {"type": "string", "format": "binary"},
    )


def _event(name: str, summary: str) -> Schema:
    headers: dict[str, Schema] = {
        "schema_version": {"type": "string", "const": str(EVENT_VERSION)},
        "content-type": {"type": "string", "const": "application/x-protobuf"},
    }
    proto = files("posestream.messaging.proto").joinpath("events.proto").read_text(encoding="utf-8")
    payload = {"schemaFormat": PROTOBUF, "schema": proto}
    message = _message(summary, "application/x-protobuf", _headers(headers), _CAMERA, payload)
    return message | {"x-protobuf-message": f"posestream.v1.{name}"}


def _cloud_event(model: type[BaseModel], kind: str, key: Schema) -> Schema:
    headers: dict[str, Schema] = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "minLength": 1, "description": "Deterministic: the same event has the same id"},
        "ce_type": _pattern(kind),
        "ce_source": _pattern("^/.+$"),
        "ce_time": _pattern(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"),
        "content-type": {"type": "string", "const": "application/json"},
        "schema_version": {"type": "string", "const": str(JSON_VERSION)},
    }
    payload = {"$ref": f"#/components/schemas/{model.__name__}"}
    return _message((model.__doc__ or "").strip(), "application/json", _headers(headers), key, payload)


def _dead_letter() -> Schema:
    headers: dict[str, Schema] = {
        "reason": {"type": "string", "minLength": 1},
        "service": {"type": "string", "minLength": 1, "description": "Who could not read it"},
        "source_topic": {"type": "string", "minLength": 1},
        "source_partition": _WHOLE,
        "source_offset": _WHOLE,
        "original_bytes": _WHOLE,
        "schema_version": {"type": "string", "const": "1"},
    }
    schema = _headers(headers) | {"patternProperties": {r"^original\.": {"type": "string"}}}
    summary = (
        "A message that could not be read: its bytes (at most 4 MB) and key as they came, its headers behind original."
    )
    return _message(
        summary,
        "application/octet-stream",
        schema,
        {"type": ["string", "null"]},
        {"type": "string", "format": "binary"},
    )


def _message(summary: str, content_type: str, headers: Schema, key: Schema, payload: Schema) -> Schema:
    return {
        "summary": summary,
        "contentType": content_type,
        "headers": headers,
        "payload": payload,
        "bindings": {"kafka": {"key": key, "bindingVersion": BINDINGS}},
    }


def _headers(properties: Mapping[str, Schema]) -> Schema:
    """Give the schema of headers that must all be there; others, like traceparent, may be."""
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _pattern(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


def _dotted(text: str) -> str:
    return text.replace(".", r"\.")
