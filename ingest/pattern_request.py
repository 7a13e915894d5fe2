"""Test patterns as people write them: test:pattern, test:bars?fps=10, test:black?size=1280x720."""

from dataclasses import dataclass

from ingest.source_options import rate_option, size_option, split_options
from posestream.errors import UsageError

PATTERNS = ("pattern", "bars", "black")


@dataclass(frozen=True)
class PatternRequest:
    """Which pattern: one of PATTERNS, ``size`` (width, height) px, ``fps`` frames a second."""

    name: str
    size: tuple[int, int] = (640, 360)
    fps: float = 25.0


def read_pattern(text: str) -> PatternRequest:
    """Read ``test:NAME`` with size and fps behind a ``?``; raises UsageError."""
    name, options = split_options(text.partition(":")[2], text.partition("?")[0], ("size", "fps"))
    what = f"test:{name}"
    if name not in PATTERNS:
        raise UsageError(f"{what}: there is no such pattern; there are {', '.join(f'test:{it}' for it in PATTERNS)}")
    plain = PatternRequest(name)
    return PatternRequest(name, size_option(options, what) or plain.size, rate_option(options, what) or plain.fps)
