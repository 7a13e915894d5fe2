import re
from collections.abc import Mapping

import pytest

from posestream.messaging.headers import (
    LONGEST_VALUE,
    MOST_HEADERS,
    RawHeaders,
    check_version,
    needed,
    packed,
    unpacked,
    whole_number,
)
from posestream.messaging.unreadable import Unreadable


@pytest.mark.parametrize(
    ("headers", "texts"),
    [
        (None, {}),
        ([], {}),
        ({}, {}),
        ([("a", b"1"), ("b", "2"), ("c", None), ("d", b"")], {"a": "1", "b": "2", "c": "", "d": ""}),
        ([("a", b"first"), ("a", b"last")], {"a": "last"}),
        ({"a": "\u00f6".encode()}, {"a": "\u00f6"}),
        ([("a", b"x" * LONGEST_VALUE)], {"a": "x" * LONGEST_VALUE}),
        ([(str(number), b"") for number in range(MOST_HEADERS)], {str(number): "" for number in range(MOST_HEADERS)}),
    ],
)
def test_what_is_read(headers: RawHeaders, texts: Mapping[str, str]) -> None:
    assert unpacked(headers) == texts


@pytest.mark.parametrize("values", [{}, {"a": ""}, {"a": "1", "b": "\u00f6"}])
def test_there_and_back(values: Mapping[str, str]) -> None:
    assert unpacked(packed(values)) == values


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([("a", b"")] * (MOST_HEADERS + 1), "65 headers: at most 64 are read"),
        ([("a" * 99, b"x" * 4097)], f"header '{'a' * 40}' has 4097 bytes: at most 4096 are read"),
        ([("a", b"\xff")], "header 'a' is no text in UTF-8"),
    ],
)
def test_what_is_not(headers: RawHeaders, reason: str) -> None:
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}$"):
        unpacked(headers)


def test_what_must_be_there() -> None:
    assert needed({"a": ""}, "a") == ""
    with pytest.raises(Unreadable, match=r"^header 'a' is missing$"):
        needed({}, "a")


@pytest.mark.parametrize("text", ["0", "7", "-7", "007", str(2**63 - 1)])
def test_whole_numbers(text: str) -> None:
    assert whole_number({"n": text}, "n", -7, 2**63 - 1) == int(text)


@pytest.mark.parametrize(
    "text",
    ["", "-", "--1", "+1", " 1", "1_0", "1.0", "1e3", "0x1", "\u0663", "\u00b2", "-8", "11", "9" * 21, "9" * 4000],
)
def test_what_is_no_whole_number_of_these(text: str) -> None:
    with pytest.raises(Unreadable, match=r"^header 'n': wanted a whole number from -7 to 10, got"):
        whole_number({"n": text}, "n", -7, 10)


def test_versions() -> None:
    check_version({"schema_version": "1"}, 1)
    for text in ("0", "2", "1.0", " 1", "", "one", "9" * 100):
        with pytest.raises(Unreadable, match=r"^schema_version '.{0,40}': this posestream reads 1$"):
            check_version({"schema_version": text}, 1)
    with pytest.raises(Unreadable, match=r"^header 'schema_version' is missing$"):
        check_version({}, 1)
