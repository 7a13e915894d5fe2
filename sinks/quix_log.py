"""What Quix Streams and its clients say, in our log: the same thing at most once a minute."""

import logging
import re
import time
from collections.abc import Callable

from posestream.logs import get_log
from posestream.redact import redact

QUIET_SECONDS = 60.0
_MOST_KINDS = 1000


class QuixLog(logging.Handler):
    """Logs one line at the record's level; what differs in numbers only is the same thing, and comes once a minute.

    While a broker is away the clients say so twenty times a second; our own "waits" line says it once.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._said_at: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Log it, unless the same was said within the last minute."""
        text = redact(record.getMessage())
        # The clients' own words are about connections: whether we wait is told by readiness.
        own = not record.name.startswith("quixstreams.kafka")
        log = get_log("stream")
        say = log.error if record.levelno >= logging.ERROR and own else log.debug
        if self._is_news(text):
            say("quix", text=text)

    def _is_news(self, text: str) -> bool:
        kind, now = re.sub(r"\d+", "0", text), self._monotonic()
        if now - self._said_at.get(kind, -QUIET_SECONDS) < QUIET_SECONDS:
            return False
        if len(self._said_at) >= _MOST_KINDS:
            self._said_at.clear()
        self._said_at[kind] = now
        return True


def hear_quix() -> None:
    """Take what Quix Streams says into our log; a second call does nothing."""
    logger = logging.getLogger("quixstreams")
    if not any(isinstance(handler, QuixLog) for handler in logger.handlers):
        logger.addHandler(QuixLog())
        logger.setLevel(logging.INFO)
        logger.propagate = False
