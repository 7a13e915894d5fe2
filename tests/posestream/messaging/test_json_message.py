import pytest
from pydantic import TypeAdapter, ValidationError

from posestream.messaging.json_message import Count, Key, Message, Worker, first_mistake


class Note(Message):
    count: Count
    size: float = 0.0


def test_later_fields_are_passed_over() -> None:
    assert Note.model_validate({"count": 0, "later": [1]}) == Note(count=0)


def test_it_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Note(count=1).count = 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "count: Field required"),
        ({"count": -1}, "count: Input should be greater than or equal to 0"),
        ({"count": 2**63}, "count: Input should be less than or equal to 9223372036854775807"),
        ({"count": "many"}, "count: Input should be a valid integer, unable to parse string as an integer"),
        ({"count": 1, "size": float("inf")}, "size: Input should be a finite number"),
    ],
)
def test_the_first_mistake_in_one_line(fields: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Note.model_validate(fields)
    assert first_mistake(refused.value).reason == told


@pytest.mark.parametrize("key", ["lobby", "a..b", "worker/host", "worker/infer/host-1.b"])
def test_keys(key: str) -> None:
    assert TypeAdapter(Key).validate_python(key) == key


@pytest.mark.parametrize(
    "key", ["", "../x", "a/b", "worker/", "worker/../x", "worker/a/..", "worker/a/b/c", "/a", "a\n"]
)
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Key).validate_python(key)


@pytest.mark.parametrize("worker", ["infer", "infer/", "/host", "a/b/c", "../..", "infer/a b"])
def test_what_is_no_worker(worker: str) -> None:
    assert TypeAdapter(Worker).validate_python("infer/host") == "infer/host"
    with pytest.raises(ValidationError):
        TypeAdapter(Worker).validate_python(worker)
