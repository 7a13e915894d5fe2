import json
import re

import pytest

from posestream.messaging.control_message import (
    Acknowledgement,
    Mark,
    Suspension,
    control_headers,
    control_key,
    read_control,
    write_control,
)
from posestream.messaging.headers import unpacked
from posestream.messaging.unreadable import Unreadable

ALL = Suspension(kind="suspension", at_ns=5, by="ada", from_ns=10, until_ns=20)
ONE = Suspension(kind="suspension", at_ns=5, by="ada", camera="lobby", rule="fall", from_ns=10, until_ns=20)
SEEN = Acknowledgement(kind="acknowledgement", at_ns=5, by="ada", alert="a-1")
RIGHT = Mark(kind="mark", at_ns=5, by="ada", alert="a-1", right=False)
EACH = [(ALL, "suspension/*/*"), (ONE, "suspension/lobby/fall"), (SEEN, "acknowledgement/a-1"), (RIGHT, "mark/a-1")]
Control = Suspension | Acknowledgement | Mark


@pytest.mark.parametrize(("control", "key"), EACH)
def test_there_and_back(control: Control, key: str) -> None:
    assert control_key(control) == key
    assert read_control(key.encode(), write_control(control), control_headers(control, "site")) == control


@pytest.mark.parametrize(("control", "key"), EACH)
def test_the_head(control: Control, key: str) -> None:
    head = unpacked(control_headers(control, "hq"))
    assert (head["ce_id"], head["ce_source"]) == (f"{key}/5", "/hq")
    assert head["ce_type"] == f"io.posestream.control.{control.kind}"


def test_later_fields_are_passed_over() -> None:
    value = json.dumps(json.loads(write_control(SEEN)) | {"note": "ok"}).encode()
    assert read_control(b"acknowledgement/a-1", value, control_headers(SEEN, "site")) == SEEN


WRONG: list[tuple[dict[str, object], str]] = [
    ({"kind": "wish"}, ": Input tag 'wish' found using 'kind' does not match any of the expected tags"),
    ({"kind": None}, ": "),
    ({"at_ns": -1}, "suspension.at_ns: Input should be greater than or equal to 0"),
    ({"by": "x" * 129}, "suspension.by: String should have at most 128 characters"),
    ({"camera": "../x"}, "suspension.camera: String should match pattern"),
    ({"until_ns": None}, "suspension.until_ns: Input should be a valid integer"),
    ({"camera": "hall"}, "key b'suspension/*/*' is not 'suspension/hall/*'"),
]


@pytest.mark.parametrize(("fields", "reason"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_control(fields: dict[str, object], reason: str) -> None:
    value = json.dumps(json.loads(write_control(ALL)) | fields).encode()
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}"):
        read_control(b"suspension/*/*", value, control_headers(ALL, "site"))


def test_a_deleted_one_is_nothing_to_read() -> None:
    with pytest.raises(Unreadable, match=r"^a JSON object of 0 bytes"):
        read_control(b"mark/a-1", None, control_headers(RIGHT, "site"))
