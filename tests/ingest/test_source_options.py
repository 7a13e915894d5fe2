import pytest

from ingest.source_options import rate_option, size_option, split_options
from posestream.errors import UsageError

KEYS = ("size", "fps")


@pytest.mark.parametrize(
    ("text", "name", "options"),
    [
        ("0", "0", {}),
        ("0?", "0", {}),
        ("bars?fps=5&size=64x48", "bars", {"fps": "5", "size": "64x48"}),
        ("bars?fps=", "bars", {"fps": ""}),
    ],
)
def test_name_and_options(text: str, name: str, options: dict[str, str]) -> None:
    assert split_options(text, "x", KEYS) == (name, options)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0?colour=red", "there is no option 'colour'; there are size, fps"),
        ("0?fps=1&fps=2", "fps is given twice"),
        ("0?&", r"wanted options as in \?size="),
    ],
)
def test_options_that_are_wrong(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=f"^x: {told}"):
        split_options(text, "x", KEYS)


@pytest.mark.parametrize(("text", "size"), [(None, None), ("1280x720", (1280, 720)), ("16x16", (16, 16))])
def test_sizes(text: str | None, size: tuple[int, int] | None) -> None:
    assert size_option({} if text is None else {"size": text}, "x") == size


@pytest.mark.parametrize("text", ["", "1280", "0x0", "641x480", "640x481", "-640x480", "99998x64", "640x480x3", "8x8"])
def test_sizes_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError, match=r"^x: size: wanted WIDTHxHEIGHT in even pixels"):
        size_option({"size": text}, "x")


@pytest.mark.parametrize(("text", "rate"), [(None, None), ("25", 25.0), ("12.5", 12.5)])
def test_rates(text: str | None, rate: float | None) -> None:
    assert rate_option({} if text is None else {"fps": text}, "x") == rate


@pytest.mark.parametrize("text", ["", "fast", "0", "-5", "nan", "inf", "1000"])
def test_rates_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError, match=r"^x: fps: wanted"):
        rate_option({"fps": text}, "x")
