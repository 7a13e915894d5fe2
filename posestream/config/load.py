"""Read a config file; whatever is wrong with it is told in one line per mistake."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from posestream.config.mistakes import mistakes_of, one_line
from posestream.config.root import Config
from posestream.config.strict_yaml import strict_yaml
from posestream.config.variables import NOTHING, fill_in
from posestream.errors import ConfigError

MAX_BYTES = 1_000_000
_CAMERA_URL = re.compile(r"cameras\[\d+\]\.url")


def load_config(path: Path, environment: Mapping[str, str] = os.environ, *, opens_cameras: bool = True) -> Config:
    """Read and check a config file.

    ``${NAME}`` in a value is replaced from ``environment``. Who opens no cameras need not know their passwords: a
    variable in a camera's url that is not set is no mistake then.

    Raises:
        ConfigError: if the file cannot be read or anything in it is wrong; one line per mistake.
    """
    try:
        return parse_config(_read(path), str(path), environment, opens_cameras=opens_cameras)
    except UnicodeDecodeError:
        problem = "not a text file in UTF-8"
    except OSError as exc:
        problem = f"cannot read the config: {exc.strerror}"
    except ValueError as exc:
        problem = f"cannot read the config: {exc}"
    raise ConfigError(one_line(f"{path}: {problem}"))


def parse_config(
    text: str, name: str, environment: Mapping[str, str] = os.environ, *, opens_cameras: bool = True
) -> Config:
    """Check the text of a config file; ``name`` stands in the error messages.

    Raises:
        ConfigError: one line per mistake.
    """
    used: dict[str, str] = {}
    try:
        spared = NOTHING if opens_cameras else _CAMERA_URL
        return Config.model_validate(fill_in(_tree(text), environment, used, spared=spared))
    except ValidationError as exc:  # a ValueError too, so it stands before it
        mistakes = mistakes_of(exc)
    except ValueError as exc:
        mistakes = [str(exc)]
    raise ConfigError("\n".join(one_line(f"{name}: {mistake}", used) for mistake in mistakes))


def _read(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)  # a device or pipe does not say its size before
    if len(content) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES} bytes, this is no config file")
    return content.decode("utf-8")


def _tree(text: str) -> dict[str, object]:
    tree = strict_yaml(text)
    if not isinstance(tree, dict | None):
        raise ValueError(f"wanted keys and values like 'cameras: […]', got a {type(tree).__name__}")  # noqa: TRY004  # told as all that is wrong with the text
    return tree or {}
