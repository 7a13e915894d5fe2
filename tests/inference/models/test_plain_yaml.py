import pytest

from inference.models.plain_yaml import refuse_surprises


@pytest.mark.parametrize(
    "number", ["0100", "-017", "+00", "0x10", "0XfF", "0b11", "1:30", "-190:20:30.15", "1_000", "1_0.5", "09"]
)
def test_numbers_that_are_read_as_others_are_refused(number: str) -> None:
    for text in (f"a: 1\nb: {number}\n", f"a: 1\nb: [2, {number}]\n", f"a: 1\n{number}: b\n"):
        with pytest.raises(ValueError, match=r"^line 2: '.*': write a plain number, or quote it if it is a text$"):
            refuse_surprises(text)


@pytest.mark.parametrize(
    "text",
    ["a: [0, 1, -1, 10, 100, 0.5, -0.25, .5, 1.0e-3, 1e6]", "a: '0100'", 'a: "1:30"', "a: v1_0", "a: x:1",
     "a: some_name", "a: |\n  0100\n", "# 0100", "", "'<<': 1", "a: 2026-01-02", "a: 0a1b", "_: __x"],
)  # fmt: skip
def test_all_else_passes(text: str) -> None:
    refuse_surprises(text)


def test_a_merge_key_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^line 2: the merge key << is not allowed$"):
        refuse_surprises("a: 1\n<<: {b: 2}\n")
