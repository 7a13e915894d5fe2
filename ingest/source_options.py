"""What may stand behind the ``?`` of a source of this machine: its picture's size and rate."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from posestream.errors import UsageError

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_SIDES = (16, 7680)
_RATES = (0.1, 240.0)


def split_options(text: str, what: str, known: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Part ``NAME?key=value&key=value`` into name and options; raises UsageError for a key that is not known."""
    name, _, query = text.partition("?")
    options: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in known:
            raise UsageError(f"{what}: there is no option '{key}'; there are {', '.join(known)}")
        if key in options:
            raise UsageError(f"{what}: {key} is given twice")
        options[key] = value
    if query and not options:
        raise UsageError(f"{what}: wanted options as in ?{known[0]}=…, got ?{query}")
    return name, options


def size_option(options: Mapping[str, str], what: str) -> tuple[int, int] | None:
    """Give ``size`` as (width, height) px, both even, None where it is not given; raises UsageError."""
    text = options.get("size")
    if text is None:
        return None
    match = _SIZE.fullmatch(text)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(_SIDES[0] <= side <= _SIDES[1] and side % 2 == 0 for side in (width, height)):
        raise UsageError(f"{what}: size: wanted WIDTHxHEIGHT in even pixels, {_SIDES[0]} to {_SIDES[1]}, got '{text}'")
    return width, height


def rate_option(options: Mapping[str, str], what: str) -> float | None:
    """Give ``fps`` in frames a second, None where it is not given; raises UsageError."""
    text = options.get("fps")
    if text is None:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not _RATES[0] <= rate <= _RATES[1]:  # NaN is refused, too
        raise UsageError(f"{what}: fps: wanted {_RATES[0]:g} to {_RATES[1]:g} frames a second, got '{text}'")
    return rate
