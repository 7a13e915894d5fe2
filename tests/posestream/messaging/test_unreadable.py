import pytest

from posestream.errors import PosestreamError
from posestream.messaging.unreadable import LONGEST_REASON, Unreadable


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", ""),
        ("plain", "plain"),
        ("two\nlines\tand \x1b[31m\0", "two lines and [31m"),
        ("half \ud800 a pair", "half a pair"),
        ("x" * 400, "x" * LONGEST_REASON),
    ],
)
def test_a_reason_is_one_line_that_a_header_can_carry(said: str, told: str) -> None:
    error = Unreadable(said)
    assert (error.reason, str(error)) == (told, told)
    assert error.reason.encode().decode() == told


def test_it_is_an_error_on_purpose() -> None:
    assert isinstance(Unreadable("x"), PosestreamError)
    assert Unreadable.exit_code == 1
