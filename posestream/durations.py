"""Durations as people write them: ``500ms``, ``30s``, ``5m``, ``2h``."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PATTERN = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$")


def parse_duration(value: object) -> float:
    """Give seconds; raises ValueError saying which forms there are."""
    match = _PATTERN.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"wanted a duration like 500ms, 30s or 5m, got {value!r}")
    return float(match[1]) * _UNITS[match[2]]


Duration = Annotated[
    float,
    Field(ge=0),
    BeforeValidator(lambda value: value if isinstance(value, float) else parse_duration(value)),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)$", "examples": ["500ms", "30s", "5m"]}),
]
"""A pydantic field that reads ``30s`` and holds seconds."""
