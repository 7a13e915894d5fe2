"""A file that gets its name only when it is whole."""

from pathlib import Path

from posestream.errors import PosestreamError, UsageError


class PartialFile:
    """A place to write under a temporary name beside ``path``.

    Guarantee: ``path`` either does not exist, is what it was before, or is whole. After a crash the
    part written so far stays as ``<name>.part``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(path.name + ".part")

    def keep(self) -> None:
        """Give the file its name; an older one is replaced.

        Raises:
            PosestreamError: if the file system refuses.
        """
        try:
            self.part.replace(self.path)
        except OSError as exc:
            raise write_failed(self.path, exc) from exc

    def discard(self) -> None:
        """Remove what was written."""
        self.part.unlink(missing_ok=True)


def cannot_create(path: Path, cause: OSError) -> UsageError:
    """Give the error of a file that cannot be opened for writing."""
    return UsageError(f"{path}: cannot write here: {cause.strerror or cause}; choose another folder with --out")


def write_failed(path: Path, cause: OSError) -> PosestreamError:
    """Give the error of a file that stopped taking data."""
    return PosestreamError(f"{path}: writing failed: {cause.strerror or cause}; free some space and run again")
