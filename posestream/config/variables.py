"""Values from the environment: ``${NAME}`` in the config file, so that no password stands there.

Where NAME is not set but NAME_FILE is, the value is the content of that file: the way of secrets in containers.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MAX_DEPTH = 20
MAX_SECRET_BYTES = 64_000
NOTHING = re.compile(r"(?!)")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill_in(
    value: Any,  # noqa: ANN401  # what YAML gives
    environment: Mapping[str, str],
    used: dict[str, str],
    where: str = "",
    depth: int = 0,
    spared: re.Pattern[str] = NOTHING,
) -> Any:  # noqa: ANN401  # the same with texts replaced
    """Give ``value`` with each ``${NAME}`` in its texts (not in keys) replaced; ``used`` gathers what was put in.

    Where the path matches ``spared``, a variable that is not set stays as it is written.

    Raises:
        ValueError: ``path: what is wrong``, for a variable that is not set, a text that no system call takes and
            anything nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"{where}: nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {
            key: fill_in(item, environment, used, f"{where}.{key}" if where else str(key), depth + 1, spared)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [fill_in(item, environment, used, f"{where}[{n}]", depth + 1, spared) for n, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    return _fill_text(value, environment, used, where, spared=spared.fullmatch(where) is not None)


def _fill_text(text: str, environment: Mapping[str, str], used: dict[str, str], where: str, *, spared: bool) -> str:
    found: dict[str, str] = {}
    for variable in _VARIABLE.findall(text):
        if not spared or {variable, f"{variable}_FILE"} & environment.keys():
            used[variable] = found[variable] = _value(variable, environment, where)
    filled = _VARIABLE.sub(lambda match: found.get(match[1], match[0]), text)
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in filled):
        raise ValueError(f"{where}: a text may not hold NUL or half a surrogate pair")
    return filled


def _value(variable: str, environment: Mapping[str, str], where: str) -> str:
    if variable in environment:
        return environment[variable]
    file = environment.get(f"{variable}_FILE")
    if file is None:
        raise ValueError(f"{where}: the environment variable {variable} is not set")
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(MAX_SECRET_BYTES).decode("utf-8")
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not a text in UTF-8"
        raise ValueError(f"{where}: cannot read the file that {variable}_FILE names: {reason}") from None
    return content.removesuffix("\n").removesuffix("\r")
