"""Typed fields out of parsed COCO JSON: what is wrong is told in one line that names the place."""

from collections.abc import Mapping
from typing import Any

from posestream.errors import InputError

PERSON = 1
"""COCO's category of persons; the only one with keypoints."""

LARGEST_ID = 2**53
"""JSON numbers are exact up to here."""

FARTHEST = 1e7
"""No coordinate, area or score in a file is larger than this; beyond it squares lose their meaning."""


def object_of(value: object, where: str) -> Mapping[str, Any]:
    """Give a JSON object; raises InputError if ``value`` is none."""
    if not isinstance(value, dict):
        raise InputError(f"{where}: wanted an object, got {_kind(value)}")
    return value


def list_of(value: object, where: str) -> list[Any]:
    """Give a JSON array; raises InputError if ``value`` is none."""
    if not isinstance(value, list):
        raise InputError(f"{where}: wanted an array, got {_kind(value)}")
    return value


def field_of(item: Mapping[str, Any], key: str, where: str) -> Any:  # noqa: ANN401  # JSON: the caller checks its type
    """Give a field that must be there; raises InputError if it is missing."""
    if key not in item:
        raise InputError(f"{where}: wanted a field '{key}', there is none")
    return item[key]


def whole_number(item: Mapping[str, Any], key: str, where: str) -> int:
    """Give a whole number, such as an id; raises InputError."""
    value = field_of(item, key, where)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{where}.{key}: wanted a whole number, got {_kind(value)}")
    if abs(value) > LARGEST_ID:
        raise InputError(f"{where}.{key}: wanted a whole number up to 2^53, got a larger one")
    return value


def finite_number(value: object, where: str) -> float:
    """Give a finite number of sensible size; raises InputError, for NaN and infinity too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{where}: wanted a number, got {_kind(value)}")
    if not abs(value) <= FARTHEST:  # NaN is neither less nor more
        raise InputError(f"{where}: wanted a finite number up to {FARTHEST:g}, got NaN or something larger")
    return float(value)


def finite_numbers(value: object, count: int, where: str) -> list[float]:
    """Give an array of ``count`` finite numbers; raises InputError."""
    numbers = list_of(value, where)
    if len(numbers) != count:
        raise InputError(f"{where}: wanted {count} numbers, got {len(numbers)}")
    return [finite_number(number, f"{where}[{place}]") for place, number in enumerate(numbers)]


def _kind(value: object) -> str:
    return "null" if value is None else f"a {type(value).__name__}"
