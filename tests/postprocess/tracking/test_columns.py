"""Tables of rows."""

import dataclasses

import numpy as np

from postprocess.tracking.columns import join_rows, put_rows, take_rows


@dataclasses.dataclass(frozen=True)
class Inner:
    places: np.ndarray


@dataclasses.dataclass(frozen=True)
class Outer:
    ids: np.ndarray
    inner: Inner


def table(*ids: int) -> Outer:
    return Outer(np.array(ids, np.int64), Inner(np.array(ids, float) * 10))


def content(one: Outer) -> list[tuple[int, float]]:
    return list(zip(one.ids.tolist(), one.inner.places.tolist(), strict=True))


def test_rows_are_taken_by_mask_and_by_index() -> None:
    assert content(take_rows(table(), np.zeros(0, bool))) == []
    assert content(take_rows(table(1, 2, 3), np.array([True, False, True]))) == [(1, 10), (3, 30)]
    assert content(take_rows(table(1, 2, 3), np.array([2, 0]))) == [(3, 30), (1, 10)]


def test_tables_are_joined() -> None:
    assert content(join_rows(table(), table(4))) == [(4, 40)]
    assert content(join_rows(table(1), table(4))) == [(1, 10), (4, 40)]


def test_rows_are_put_into_a_copy() -> None:
    old = table(1, 2, 3)
    assert content(put_rows(old, np.array([1]), table(9))) == [(1, 10), (9, 90), (3, 30)]
    assert content(old) == [(1, 10), (2, 20), (3, 30)]
