"""Tables kept as frozen dataclasses of arrays with one row per track: taking rows, putting tables together."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Table = TypeVar("Table")


def take_rows(table: Table, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Table:
    """Give the same kind of table with some rows only, by index or mask; tables inside it alike."""
    return _combined([table], lambda columns: columns[0][rows])


def join_rows(first: Table, second: Table) -> Table:
    """Give one table with the rows of both, those of the second behind."""
    return _combined([first, second], np.concatenate)


def put_rows(table: Table, rows: NDArray[np.int64], values: Table) -> Table:
    """Give the table with ``values`` in the place of some rows."""

    def put(columns: list[NDArray[Any]]) -> NDArray[Any]:
        column = columns[0].copy()
        column[rows] = columns[1]
        return column

    return _combined([table, values], put)


def _combined(tables: list[Table], combine: Callable[[list[NDArray[Any]]], NDArray[Any]]) -> Table:
    columns: dict[str, Any] = {}
    kind: Any = type(tables[0])
    for field in fields(kind):
        values: list[Any] = [getattr(table, field.name) for table in tables]
        columns[field.name] = _combined(values, combine) if is_dataclass(values[0]) else combine(values)
    whole: Table = kind(**columns)
    return whole
