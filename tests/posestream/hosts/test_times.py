import pytest

from posestream.errors import UsageError
from posestream.hosts.times import parse_start_time


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01", 0),
        ("2026-01-31T08:00:00Z", 1_769_846_400_000_000_000),
        ("2026-01-31T08:00:00", 1_769_846_400_000_000_000),
        ("2026-01-31T09:00:00+01:00", 1_769_846_400_000_000_000),
        ("2026-01-31 08:00:00.000001Z", 1_769_846_400_000_001_000),
        ("2199-12-31T23:59:59.999999Z", 7_258_118_399_999_999_000),
    ],
)
def test_times_as_people_write_them(text: str, nanoseconds: int) -> None:
    assert parse_start_time(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "08:00", "2026-01-31T25:00", "0001-01-01T00:00+14:00"])
def test_anything_else_is_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--start-time: wanted .*got") as caught:
        parse_start_time(text)
    assert "\n" not in str(caught.value)


def test_years_that_do_not_fit_into_nanoseconds_are_refused() -> None:
    with pytest.raises(UsageError, match="9999"):
        parse_start_time("9999-12-31T23:59:59Z")


def test_the_option_that_asked_is_named() -> None:
    with pytest.raises(UsageError, match=r"^--from: wanted a time"):
        parse_start_time("noon", "--from")
