import re
from collections.abc import Callable
from typing import Any

import pytest

from posestream.messaging.cloud_event import MOST_JSON_BYTES, EventHead, read_json, write_json
from posestream.messaging.headers import unpacked
from posestream.messaging.unreadable import Unreadable

HEAD = EventHead(id="a/1", type="io.posestream.test.one", source="/site/a", at_ns=1_500_000_000)
KIND = "io.posestream.test."


def test_the_head_is_that_of_cloud_events_1_0() -> None:
    assert unpacked(HEAD.headers()) == {
        "ce_specversion": "1.0",
        "ce_id": "a/1",
        "ce_type": "io.posestream.test.one",
        "ce_source": "/site/a",
        "ce_time": "1970-01-01T00:00:01.500000Z",
        "content-type": "application/json",
        "schema_version": "1",
    }


@pytest.mark.parametrize("content", [{}, {"a": None}, {"b": [1, 2.5, "\u00f6", {"c": True}]}])
def test_there_and_back(content: dict[str, object]) -> None:
    assert read_json(write_json(content), HEAD.headers(), KIND) == content


def test_the_same_content_gives_the_same_bytes() -> None:
    assert write_json({"b": 1, "a": 2}) == write_json({"a": 2, "b": 1}) == b'{"a":2,"b":1}'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_number_that_json_does_not_have_is_written(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"a": number})


VALUES = [
    (None, "a JSON object of 0 bytes: wanted 1 to 262144"),
    (b"", "a JSON object of 0 bytes: wanted 1 to 262144"),
    (b" " * (MOST_JSON_BYTES + 1), "a JSON object of 262145 bytes: wanted 1 to 262144"),
    (b"{", "not JSON: Expecting property name"),
    (b"\xff", "not JSON: "),
    (b"[]", "wanted a JSON object, got a list"),
    (b"null", "wanted a JSON object, got a NoneType"),
    (b'{"a": NaN}', "not JSON: NaN is no number of JSON"),
    (b'{"a": -Infinity}', "not JSON: -Infinity is no number of JSON"),
    (b"[" * 100_000, "not JSON: maximum recursion depth exceeded"),
    (b'{"a": ' + b"9" * 5000 + b"}", "not JSON: Exceeds the limit"),
]


@pytest.mark.parametrize(("value", "reason"), VALUES, ids=range(len(VALUES)))
def test_values_that_are_no_object(value: bytes | None, reason: str) -> None:
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}"):
        read_json(value, HEAD.headers(), KIND)


HEADERS = [
    ({"schema_version": None}, "header 'schema_version' is missing"),
    ({"schema_version": "9"}, "schema_version '9': this posestream reads 1"),
    ({"ce_specversion": None}, "header 'ce_specversion' is missing"),
    ({"ce_specversion": "0.3"}, "ce_specversion '0.3': 1.0 is read"),
    ({"ce_type": None}, "header 'ce_type' is missing"),
    ({"ce_type": "x" * 200}, f"ce_type '{'x' * 80}': wanted io.posestream.test.…"),
]


@pytest.mark.parametrize(("changed", "reason"), HEADERS, ids=range(len(HEADERS)))
def test_heads_that_are_none(raw: Callable[..., Any], changed: dict[str, str | None], reason: str) -> None:
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}$"):
        read_json(b"{}", raw(HEAD.headers(), **changed), KIND)
