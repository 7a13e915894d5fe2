"""Bytes in Quix' store, in parts."""

import pytest

from lab.memory_state import DictState
from sinks.kept_state import MOST_PARTS, PART_BYTES, keep, kept


def test_before_anything_was_kept_there_is_nothing() -> None:
    assert kept(DictState(), "rules") is None


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 7])
def test_what_is_kept_comes_back_in_parts_that_a_message_carries(size: int) -> None:
    state = DictState()
    data = bytes(number % 251 for number in range(size))
    keep(state, "rules", data)
    assert kept(state, "rules") == data
    assert max(len(part) for part in state.content.values()) <= PART_BYTES + 1


def test_a_shorter_state_replaces_a_longer_one() -> None:
    state = DictState()
    keep(state, "rules", b"a" * (2 * PART_BYTES))
    keep(state, "rules", b"b")
    assert kept(state, "rules") == b"b"


def test_a_missing_part_is_no_state() -> None:
    state = DictState()
    keep(state, "rules", b"a" * (2 * PART_BYTES))
    del state.content["rules.1"]
    assert kept(state, "rules") is None


def test_a_state_without_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        keep(DictState(), "rules", bytes(MOST_PARTS * PART_BYTES + 1))
