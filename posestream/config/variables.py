"""Values from the environment: ``${NAME}`` in the config file, so that no password stands there."""

import re
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 20
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill_in(
    value: Any,  # noqa: ANN401  # what YAML gives
    environment: Mapping[str, str],
    used: dict[str, str],
    where: str = "",
    depth: int = 0,
) -> Any:  # noqa: ANN401  # the same with texts replaced
    """Give ``value`` with each ``${NAME}`` in its texts (not in keys) replaced; ``used`` gathers what was put in.

    Raises:
        ValueError: ``path: what is wrong``, for a variable that is not set, a text that no system call takes and
            anything nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"{where}: nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {
            key: fill_in(item, environment, used, f"{where}.{key}" if where else str(key), depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [fill_in(item, environment, used, f"{where}[{n}]", depth + 1) for n, item in enumerate(value)]
    return _fill_text(value, environment, used, where) if isinstance(value, str) else value


def _fill_text(text: str, environment: Mapping[str, str], used: dict[str, str], where: str) -> str:
    for variable in _VARIABLE.findall(text):
        if variable not in environment:
            raise ValueError(f"{where}: the environment variable {variable} is not set")
        used[variable] = environment[variable]
    filled = _VARIABLE.sub(lambda match: environment[match[1]], text)
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in filled):
        raise ValueError(f"{where}: a text may not hold NUL or half a surrogate pair")
    return filled
