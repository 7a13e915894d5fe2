import pytest

from ingest.pattern_request import PatternRequest, read_pattern
from posestream.errors import UsageError


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("test:pattern", PatternRequest("pattern", (640, 360), 25.0)),
        ("test:bars?fps=10", PatternRequest("bars", (640, 360), 10.0)),
        ("test:black?size=1280x720&fps=12.5", PatternRequest("black", (1280, 720), 12.5)),
    ],
)
def test_patterns(text: str, request_: PatternRequest) -> None:
    assert read_pattern(text) == request_


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("test:", "there is no such pattern; there are test:pattern, test:bars, test:black"),
        ("test:people", "there is no such pattern"),
        ("test:bars?speed=2", "there is no option 'speed'"),
        ("test:bars?fps=0", "fps: wanted"),
    ],
)
def test_patterns_that_are_not_there(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_pattern(text)
