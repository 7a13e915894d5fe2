from posestream.messaging.asyncapi_messages import messages_by_stream, payload_schemas
from posestream.messaging.topics import CONTROL, DEAD_LETTERS, FRAMES, HEALTH, POSES, TRACKS


def test_every_topic_has_its_messages() -> None:
    names = {stream: list(messages) for stream, messages in messages_by_stream().items()}
    assert names == {
        FRAMES: ["frame"],
        POSES: ["poses"],
        TRACKS: ["tracks"],
        "alerts": ["alert"],
        HEALTH: ["cameraHealth", "workerHealth"],
        CONTROL: ["suspension", "acknowledgement", "mark"],
        DEAD_LETTERS: ["deadLetter"],
    }


def test_events_carry_the_proto_itself() -> None:
    messages = messages_by_stream()
    payload = messages[POSES]["poses"]["payload"]
    assert payload["schemaFormat"] == "application/vnd.google.protobuf;version=3"
    assert "message Poses {" in payload["schema"]
    assert messages[TRACKS]["tracks"]["x-protobuf-message"] == "posestream.v1.Tracks"


def test_json_payloads_have_schemas_with_descriptions() -> None:
    schemas = payload_schemas()
    assert "$defs" not in str(schemas)
    for model in ("AlertMessage", "CameraHealth", "WorkerHealth", "Suspension", "Acknowledgement", "Mark"):
        properties = schemas[model]["properties"]
        assert all("description" in it or it.get("const") for it in properties.values()), model
