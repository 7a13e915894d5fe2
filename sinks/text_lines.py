"""Text files that grow line by line."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sinks.partial_file import PartialFile, cannot_create, write_failed


class TextLines:
    """Writes lines of UTF-8 text; a context manager.

    Guarantee: lines keep their order; each is handed to the operating system before ``write`` returns.
    The file has its final name once the block ends well; after an exception the lines so far stay in
    ``<name>.part`` and an older file of that name is left alone.

    Raises:
        UsageError: on creation, if the folder cannot be written.
        PosestreamError: from ``write``, if the disk is full or gone.
    """

    def __init__(self, path: Path) -> None:
        self._place = PartialFile(path)
        try:
            self._file = self._place.part.open("w", encoding="utf-8", newline="\n")
        except OSError as exc:
            raise cannot_create(path, exc) from exc

    def write(self, lines: Iterable[str]) -> None:
        """Append lines, each without its line end."""
        text = "".join(f"{line}\n" for line in lines)
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as exc:
            raise write_failed(self._place.path, exc) from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        if kind is None:
            self._place.keep()


class JsonLines:
    """Writes one JSON object a line (poses.jsonl, alerts.jsonl); a context manager.

    Guarantee and errors: those of TextLines. NaN and infinity are refused (ValueError): they are not JSON.
    """

    def __init__(self, path: Path) -> None:
        self._lines = TextLines(path)

    def write(self, obj: Mapping[str, Any]) -> None:
        """Append one object."""
        self._lines.write([json.dumps(obj, ensure_ascii=False, allow_nan=False, separators=(",", ":"))])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lines.__exit__(kind, error, at)


class MotText:
    """Writes tracks.txt in the MOT format; a context manager.

    Guarantee and errors: those of TextLines. Rows come from ``posestream.json_form.mot_rows``.
    """

    def __init__(self, path: Path) -> None:
        self._lines = TextLines(path)

    def write(self, rows: Iterable[str]) -> None:
        """Append the rows of one frame; none is fine."""
        self._lines.write(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lines.__exit__(kind, error, at)
