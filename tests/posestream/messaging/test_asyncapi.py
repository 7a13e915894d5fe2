import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from posestream.config import KafkaConfig
from posestream.messaging.asyncapi import asyncapi_document, document_text
from posestream.messaging.topics import topic_specs

ROOT = Path(__file__).parents[3]
STRUCTURE = json.loads((ROOT / "tests" / "contract" / "asyncapi3.schema.json").read_text(encoding="utf-8"))
Document = dict[str, Any]


@pytest.fixture
def document() -> Document:
    return asyncapi_document(KafkaConfig())


def references(part: object) -> Iterator[str]:
    """Give all ``$ref`` of a part."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for item in part.values():
            yield from references(item)
    elif isinstance(part, list):
        for item in part:
            yield from references(item)


def leads_somewhere(document: Document, reference: str) -> bool:
    place: Any = document
    for step in reference.removeprefix("#/").split("/"):
        place = place.get(step) if isinstance(place, dict) else None
    return place is not None


def test_the_committed_document_is_current() -> None:
    committed = (ROOT / "docs" / "asyncapi.json").read_text(encoding="utf-8")
    assert committed == document_text(), "run 'python -m posestream.messaging.asyncapi > docs/asyncapi.json'"


def test_its_structure_is_asyncapi(document: Document) -> None:
    jsonschema.Draft202012Validator(STRUCTURE).validate(document)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda it: it.pop("channels"),
        lambda it: it["channels"]["frames"].pop("address"),
        lambda it: it["channels"]["frames"]["bindings"]["kafka"].update(partitions=0),
        lambda it: it["operations"]["ingest-sends-frames"].update(action="shout"),
        lambda it: it["components"]["messages"]["poses"]["payload"].pop("schema"),
        lambda it: it["components"]["messages"]["alert"].update(payloads={}),
    ],
)
def test_the_structure_sees_mistakes(document: Document, spoil: Callable[[Document], object]) -> None:
    spoilt = copy.deepcopy(document)
    spoil(spoilt)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(STRUCTURE).validate(spoilt)


def test_every_reference_leads_somewhere(document: Document) -> None:
    found = list(references(document))
    assert found
    assert [it for it in found if not leads_somewhere(document, it)] == []
    assert not leads_somewhere(document, "#/components/schemas/NoSuch")


def test_every_schema_is_one(document: Document) -> None:
    parts = document["components"]
    for schema in parts["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for message in parts["messages"].values():
        jsonschema.Draft202012Validator.check_schema(message["headers"])
        jsonschema.Draft202012Validator.check_schema(message["bindings"]["kafka"]["key"])


def test_channels_are_the_topics_as_they_are_made() -> None:
    kafka = KafkaConfig(topic_prefix="hall", partitions=12, replication=3)
    channels = asyncapi_document(kafka)["channels"]
    for spec in topic_specs(kafka):
        binding = channels[spec.stream]["bindings"]["kafka"]
        assert (binding["topic"], binding["partitions"], binding["replicas"]) == (
            spec.name,
            spec.partitions,
            spec.replication,
        )
        assert binding["topicConfiguration"]["max.message.bytes"] == spec.most_bytes
    assert channels["health"]["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"] == ["compact"]


def test_operations_say_who_sends_and_who_receives(document: Document) -> None:
    operations = document["operations"]
    assert operations["infer-receives-frames"] == {
        "action": "receive",
        "channel": {"$ref": "#/channels/frames"},
        "summary": "infer: frames become poses",
        "tags": [{"name": "infer"}],
        "bindings": {"kafka": {"groupId": {"type": "string", "enum": ["posestream.infer"]}, "bindingVersion": "0.5.0"}},
    }
    assert operations["track-sends-tracks"]["action"] == "send"
    assert "bindings" not in operations["alert-receives-control"]  # each worker reads all of it, in no group
