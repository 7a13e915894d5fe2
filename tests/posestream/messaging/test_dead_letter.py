from dataclasses import replace

from posestream.config import KafkaConfig
from posestream.messaging.dead_letter import MOST_KEPT_BYTES, DeadLetter
from posestream.messaging.headers import MOST_HEADERS, unpacked
from posestream.messaging.topics import DEAD_LETTERS, topic_specs

LETTER = DeadLetter("not JSON", "alert", "posestream.tracks", 2, 41, b"lobby", b"\xff\0", [("a", b"1")])


def test_of_nothing_the_reason_is_kept() -> None:
    letter = replace(LETTER, key=None, value=None, headers=None)
    assert letter.message_value() == b""
    assert unpacked(letter.message_headers())["original_bytes"] == "0"


def test_it_says_what_lay_where_and_why() -> None:
    assert LETTER.message_value() == b"\xff\0"
    assert unpacked(LETTER.message_headers()) == {
        "reason": "not JSON",
        "service": "alert",
        "source_topic": "posestream.tracks",
        "source_partition": "2",
        "source_offset": "41",
        "original_bytes": "2",
        "schema_version": "1",
        "original.a": "1",
    }


def test_headers_are_kept_as_the_bytes_that_they_were() -> None:
    came = replace(LETTER, headers={"text": "\u00f6", "bytes": b"\xff", "none": None})
    kept = dict(came.message_headers())
    assert (kept["original.text"], kept["original.bytes"], kept["original.none"]) == ("\u00f6".encode(), b"\xff", b"")


def test_the_headers_of_the_letter_itself_cannot_be_forged() -> None:
    forged = replace(LETTER, headers=[("reason", b"fine"), ("source_offset", b"0")])
    texts = unpacked(forged.message_headers())
    assert (texts["reason"], texts["source_offset"], texts["original.reason"]) == ("not JSON", "41", "fine")


def test_the_most_absurd_message_makes_a_letter_that_its_topic_takes() -> None:
    absurd = replace(LETTER, value=bytes(8_000_000), headers=[("n" * 5000, b"x" * 5000)] * 500)
    headers = absurd.message_headers()
    size = len(absurd.message_value()) + sum(len(name) + len(value or b"") for name, value in headers)
    most = {spec.stream: spec.most_bytes for spec in topic_specs(KafkaConfig())}[DEAD_LETTERS]
    assert len(absurd.message_value()) == MOST_KEPT_BYTES
    assert size < most
    assert len(headers) <= MOST_HEADERS
    assert unpacked(headers)["original_bytes"] == "8000000"


def test_a_letter_about_a_letter_can_be_read() -> None:
    first = replace(LETTER, headers=[(str(number), b"") for number in range(60)])
    second = replace(LETTER, headers=first.message_headers())
    assert unpacked(second.message_headers())["original.reason"] == "not JSON"
