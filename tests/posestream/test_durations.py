import pytest
from pydantic import TypeAdapter, ValidationError

from posestream.durations import Duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0.0), ("500ms", 0.5), ("30s", 30.0), ("1.5m", 90.0), ("2h", 7200.0), ("1d", 86400.0), (" 5 m ", 300.0)],
)
def test_forms(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value", ["", "s", "5", "-5s", "5 s s", "1e3s", "five s", ".5s", "5S", "5us", 5, 5.0, None, [], True]
)
def test_what_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match=r"^wanted a duration like 500ms, 30s or 5m, got "):
        parse_duration(value)


def test_as_a_field() -> None:
    field = TypeAdapter[float](Duration)
    assert field.validate_python("2m") == 120.0
    assert field.validate_python(2.5) == 2.5, "programs give seconds"
    for wrong in (-1.0, "-1s", 1):
        with pytest.raises(ValidationError):
            field.validate_python(wrong)
