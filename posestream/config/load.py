"""Read a config file; whatever is wrong with it is told in one line per mistake."""

import os
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from posestream.config.root import Config
from posestream.errors import ConfigError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class _StrictLoader(yaml.SafeLoader):
    """The safe loader without aliases (they can blow up) and without silently doubled keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        doubled = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
        if doubled is not None:
            raise yaml.MarkedYAMLError(problem=f"key '{doubled}' stands twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def load_config(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read and check a config file.

    ``${NAME}`` in a value is replaced from ``environment``.

    Raises:
        ConfigError: if the file cannot be read or anything in it is wrong; one line per mistake.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes, this is no config file")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not a text file in UTF-8") from None
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "no file can have this name"
        raise ConfigError(f"{path}: cannot read the config: {reason}") from exc
    return parse_config(text, str(path), environment)


def parse_config(text: str, name: str, environment: Mapping[str, str] = os.environ) -> Config:
    """Check the text of a config file; ``name`` stands in the error messages.

    Raises:
        ConfigError: one line per mistake.
    """
    try:
        tree = yaml.load(text, _StrictLoader)  # noqa: S506  # a subclass of the safe loader
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        place = f" line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{name}:{place} not valid YAML: {_one_line(exc.problem or 'broken')}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as exc:
        reason = "nested too deeply" if isinstance(exc, RecursionError) else _one_line(str(exc))
        raise ConfigError(f"{name}: not valid YAML: {reason}") from None
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{name}: wanted keys and values like 'cameras: […]', got a {type(tree).__name__}")
    try:
        return Config.model_validate(_fill_in(tree, name, "", environment, 0))
    except ValidationError as exc:
        lines = [f"{name}: {_path(error['loc'])}{_wanted(error)}" for error in exc.errors(include_url=False)]
        raise ConfigError("\n".join(lines)) from None


def _fill_in(value: Any, name: str, where: str, environment: Mapping[str, str], depth: int) -> Any:  # noqa: ANN401
    if depth > MAX_DEPTH:
        raise ConfigError(f"{name}: {where}: nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {
            key: _fill_in(item, name, f"{where}.{key}" if where else str(key), environment, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_fill_in(item, name, f"{where}[{number}]", environment, depth + 1) for number, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    for variable in _VARIABLE.findall(value):
        if variable not in environment:
            raise ConfigError(f"{name}: {where}: the environment variable {variable} is not set")
    return _VARIABLE.sub(lambda match: environment[match[1]], value)


def _path(location: tuple[int | str, ...]) -> str:
    """Give ``cameras[0].zones[1].polygon`` for pydantic's location (tags of unions left out)."""
    parts: list[str] = []
    for step in location:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif parts[-1:] and parts[0] == "rules" and len(parts) == 2 and step in {"zone", "loiter", "crowd"}:
            continue  # the discriminator that pydantic puts between the rule and its field
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts) + ": " if parts else ""


def _wanted(error: Any) -> str:  # noqa: ANN401  # pydantic's ErrorDetails is a TypedDict of varying keys
    """Give what was wanted; never the value of a secret, only of plain fields."""
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "this key is needed"
    message = _one_line(error["msg"].removeprefix("Value error, "))
    shown = error["type"] not in {"value_error", "union_tag_invalid"} and "url" not in error["loc"]
    got = f", got {error['input']!r}" if shown and isinstance(error["input"], str | int | float) else ""
    return message + got


def _one_line(text: str) -> str:
    return " ".join(text.split())
