"""The errors that posestream raises on purpose.

    PosestreamError            exit code 1: failed while running
    ├── UsageError             exit code 2: wrong usage
    │   └── ConfigError        exit code 2: a config file is wrong
    ├── InputError             exit code 3: an input could not be read
    │   └── AccessRefused      exit code 3: the camera refuses the login
    ├── DependencyError        exit code 4: a dependency could not be reached
    ├── ModelMissing           exit code 5: a model is not there
    └── OutputMismatch         exit code 1: a network's output does not fit its decoder

Every message is one line that says what, where and what to do, and holds no secret.
"""

from typing import ClassVar


class PosestreamError(Exception):
    """Base of all errors that a user can act on; ``exit_code`` is the process's answer."""

    exit_code: ClassVar[int] = 1


class UsageError(PosestreamError):
    """Wrong usage: an unknown preset, a size that makes no sense, a port in use."""

    exit_code = 2


class ConfigError(UsageError):
    """A mistake in a config file; the message names file, path to the key and what was wanted."""


class InputError(PosestreamError):
    """An input could not be read, wholly or in part."""

    exit_code = 3


class AccessRefused(InputError):
    """The source refuses user and password (401 or 403)."""


class DependencyError(PosestreamError):
    """Another server or program that is needed could not be reached."""

    exit_code = 4


class ModelMissing(PosestreamError):
    """A model is not in the cache and may not or cannot be fetched."""

    exit_code = 5


class OutputMismatch(PosestreamError):
    """A network's output has another shape or content than its decoder wants."""

    def __init__(self, decoder: str, wanted: str, got: str) -> None:
        super().__init__(f"{decoder}: wanted {wanted}, got {got}; does the card name the right decoder?")
        self.wanted = wanted
        self.got = got
