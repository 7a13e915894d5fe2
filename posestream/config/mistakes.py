"""What is wrong with a config, in one line per mistake: where, what was wanted, what came; never a secret."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from posestream.redact import redact

LONGEST_LINE = 300
_LARGEST_SHOWN = 10**18  # Python refuses to print whole numbers of thousands of digits
_SECRET_KEYS = {"url", "token", "secret", "password", "properties"}
_WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "this key is needed",
    "model_type": "wanted keys and values",
    "model_attributes_type": "wanted keys and values",
    "string_type": "wanted a text",
    "tuple_type": "wanted a list",
    "union_tag_not_found": "the key 'kind' is needed",
}
_BARE = {"extra_forbidden", "missing", "union_tag_not_found", "union_tag_invalid", "value_error"}


def one_line(text: str, variables: Mapping[str, str] | None = None) -> str:
    """Give text that is safe to show: one line, of bearable length, without logins and values of variables.

    ``variables`` are the environment's values that were put in: they stand as ``${NAME}`` again.
    """
    for name, value in (variables or {}).items():
        for form in sorted({value, repr(value)[1:-1]} - {""}, key=len, reverse=True):
            # A short value would be found inside of other words.
            pattern = re.escape(form) if len(form) > 3 else rf"(?<!\w){re.escape(form)}(?!\w)"
            text = re.sub(pattern, f"${{{name}}}", text)
    flat = " ".join("".join(char if char.isprintable() else " " for char in redact(text)).split())
    return flat if len(flat) <= LONGEST_LINE else flat[: LONGEST_LINE - 1] + "…"


def mistakes_of(exc: ValidationError) -> list[str]:
    """Give ``key.path: what was wanted`` for each mistake; not yet safe to show, see ``one_line``."""
    errors = exc.errors(include_url=False)
    # A list of which an item is wrong is called too short as well: that would send its reader astray.
    around = {error["loc"][:steps] for error in errors for steps in range(len(error["loc"]))}
    return [
        _path(error["loc"]) + _wanted(error)
        for error in errors
        if error["type"] != "too_short" or error["loc"] not in around
    ]


def _path(location: tuple[int | str, ...]) -> str:
    """Give ``cameras[0].zones[1].polygon: `` for pydantic's location."""
    if location[:1] == ("rules",):
        location = location[:2] + location[3:]  # the third step is the rule's kind: pydantic's, not the file's
    if location[:1] in {("store",), ("source",)}:
        location = location[:1] + location[2:]  # likewise the store's kind, and that of a model's source
    if location[-1:] == ("[key]",):
        location = location[:-1]  # the key itself is wrong: it stands there already
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location).removeprefix(".")
    return f"{steps}: " if steps else ""


def _wanted(error: Any) -> str:  # noqa: ANN401  # pydantic's ErrorDetails is a TypedDict of varying keys
    """Give what was wanted; what came only where it can be no secret."""
    kind, value = error["type"], error["input"]
    wanted = _WORDS.get(kind, str(error["msg"]).removeprefix("Value error, "))
    hidden = kind in _BARE or not _SECRET_KEYS.isdisjoint(error["loc"])
    plain = isinstance(value, str | float) or (isinstance(value, int) and abs(value) < _LARGEST_SHOWN)
    return f"{wanted}, got {value!r}" if plain and not hidden else wanted
