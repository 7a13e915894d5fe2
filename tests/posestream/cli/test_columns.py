import pytest

from posestream.cli.columns import columns


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([], []),
        ([("a", "")], ["a"]),
        ([("topic", "n"), ("x", "12")], ["topic  n", "x      12"]),
    ],
)
def test_columns_are_aligned(rows: list[tuple[str, ...]], lines: list[str]) -> None:
    assert columns(rows) == lines
