"""Structured logs on standard error: readable on a terminal, JSON lines elsewhere; secrets are taken out."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

from posestream.redact import redact

Event = MutableMapping[str, Any]


def hide_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Redact every text of a log line, those inside of lists and exceptions too."""
    for key, value in event.items():
        event[key] = _hidden(value)
    return event


def _hidden(value: Any) -> Any:  # noqa: ANN401  # a log line may carry anything
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(str(key)): _hidden(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(item) for item in value]
    if isinstance(value, BaseException):
        return redact(f"{type(value).__name__}: {value}")
    return redact(str(value))


class _Unfailing:
    """A stream whose full disk or gone reader must not end the watching."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write if it can be written."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush if it can be flushed."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure_logs(*, verbose: bool = False, json_lines: bool | None = None, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process; called once by the command line."""
    out = stream or sys.stderr
    as_json = not out.isatty() if json_lines is None else json_lines
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Unfailing(out))),
    )


def get_log(stage: str) -> Any:  # noqa: ANN401  # structlog's bound loggers have no useful static type
    """Give a logger whose lines carry ``stage``."""
    return structlog.get_logger(stage=stage)
