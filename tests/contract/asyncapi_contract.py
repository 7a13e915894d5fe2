"""Whether real messages are what docs/asyncapi.json says of them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import jsonschema
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from posestream.messaging.proto import events_pb2

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.json"
RawHeaders = Iterable[tuple[str, bytes | str | None]]


class Contract:
    """The document as a judge of messages."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    @classmethod
    def committed(cls) -> Self:
        """Give the committed document's."""
        return cls(json.loads(DOCUMENT.read_text(encoding="utf-8")))

    def check(self, stream: str, key: bytes | None, value: bytes | None, headers: RawHeaders | None) -> str:
        """Give the name of the document's message that this one is; AssertionError says why it is none."""
        channel = self._document["channels"][stream]
        if value is None and "compact" in channel["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"]:
            return "deletion"
        texts = {
            name: (text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text)
            for name, text in headers or ()
        }
        reasons = []
        for name, reference in channel["messages"].items():
            reason = self._mismatch(self._at(reference["$ref"]), key, value or b"", texts)
            if reason is None:
                return str(name)
            reasons.append(f"{name}: {reason}")
        raise AssertionError(f"{channel['address']}: {'; '.join(reasons)}")

    def _mismatch(
        self, message: dict[str, Any], key: bytes | None, value: bytes, headers: Mapping[str, str | None]
    ) -> str | None:
        """Say what does not fit, None if all does."""
        try:
            self._validate(headers, message["headers"])
            shown = None if key is None else key.decode("utf-8", "backslashreplace")
            self._validate(shown, message["bindings"]["kafka"]["key"])
            if message["contentType"] == "application/json":
                self._validate(json.loads(value), message["payload"])
            elif message["contentType"] == "application/x-protobuf":
                return _protobuf_mismatch(message["x-protobuf-message"], value)
        except jsonschema.ValidationError as exc:
            return f"{'.'.join(map(str, exc.absolute_path))}: {exc.message}"
        except ValueError as exc:
            return str(exc)
        return None

    def _validate(self, content: object, schema: dict[str, Any]) -> None:
        rooted = schema | {"components": self._document["components"]}
        jsonschema.Draft202012Validator(rooted).validate(content)

    def _at(self, reference: str) -> dict[str, Any]:
        place: Any = self._document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        return dict(place)


def _protobuf_mismatch(name: str, value: bytes) -> str | None:
    """Parse with the message type of that name; fields that it does not have are a mismatch."""
    message = getattr(events_pb2, name.rpartition(".")[2])()
    try:
        message.ParseFromString(value)
    except DecodeError as exc:
        return f"not a {name}: {exc}"
    return None if _is_known(message) else f"fields that {name} does not have"


def _is_known(message: Message) -> bool:
    inner = [item for field, item in message.ListFields() if isinstance(item, Message)]
    return not len(UnknownFieldSet(message)) and all(_is_known(item) for item in inner)
