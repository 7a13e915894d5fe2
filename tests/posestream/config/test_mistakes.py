import pytest

from posestream.config.mistakes import one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain", "plain"),
        ("two\nlines\tand \x1b[31m", "two lines and [31m"),
        ("open rtsp://u:p@h", "open rtsp://***@h"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_lines(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_values_become_their_names_again() -> None:
    variables = {"LONG": "canary", "SHORT": "a", "EMPTY": "", "ODD": "it's\\"}
    assert one_line("a cat, canary1 and it's\\", variables) == "${SHORT} cat, ${LONG}1 and ${ODD}"
    assert one_line(repr("it's\\"), variables) == '"${ODD}"'
