import re
from pathlib import Path
from typing import Any

import pytest

from posestream.config.variables import MAX_DEPTH, fill_in


@pytest.mark.parametrize("tree", [{}, [], None, 3, True, {"a": [1, None, {"b": 2.5}]}, "$NAME", "${", "${9}", "$${"])
def test_what_holds_no_variable_stays(tree: object) -> None:
    used: dict[str, str] = {}
    assert fill_in(tree, {"NAME": "x"}, used) == tree
    assert used == {}


def test_values_are_filled_and_keys_are_not() -> None:
    used: dict[str, str] = {}
    tree = {"${A}": ["${A}", {"b": "x${A}y${B}${A}"}]}
    assert fill_in(tree, {"A": "1", "B": "${A}", "C": ""}, used) == {"${A}": ["1", {"b": "x1y${A}1"}]}
    assert used == {"A": "1", "B": "${A}"}


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"a": [{"b": "${NO}"}]}, "a[0].b: the environment variable NO is not set"),
        (["\0"], "[0]: a text may not hold NUL or half a surrogate pair"),
        (["${BAD}"], "[0]: a text may not hold NUL or half a surrogate pair"),
    ],
)
def test_what_is_refused(tree: object, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        fill_in(tree, {"BAD": "x\udcff"}, {})


def test_depth() -> None:
    tree: Any = "leaf"
    for _ in range(MAX_DEPTH):
        tree = [tree]
    assert fill_in(tree, {}, {}) == tree
    with pytest.raises(ValueError, match=r"nested deeper than 20 levels$"):
        fill_in([tree], {}, {})


@pytest.mark.parametrize(
    ("content", "value"), [(b"", ""), (b"pw", "pw"), (b"pw\n", "pw"), (b"pw\r\n", "pw"), (b" p\nw \n", " p\nw ")]
)
def test_a_value_may_lie_in_a_file(tmp_path: Path, content: bytes, value: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    used: dict[str, str] = {}
    assert fill_in("x${A}", {"A_FILE": str(secret)}, used) == f"x{value}"
    assert used == {"A": value}


def test_the_variable_itself_comes_first(tmp_path: Path) -> None:
    assert fill_in("${A}", {"A": "near", "A_FILE": str(tmp_path / "missing")}, {}) == "near"


def test_files_that_give_no_value(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, reason in (
        ("missing", "No such file or directory"),
        ("", "Is a directory"),
        ("binary", "not a text in UTF-8"),
        ("a\0b", "not a text in UTF-8"),
    ):
        with pytest.raises(ValueError, match=rf"^k: cannot read the file that A_FILE names: {reason}$") as refused:
            fill_in({"k": "${A}"}, {"A_FILE": str(tmp_path / name)}, {})
        assert str(tmp_path) not in str(refused.value)


def test_of_an_endless_file_not_all_is_read() -> None:
    with pytest.raises(ValueError, match=r"^k: a text may not hold NUL"):
        fill_in({"k": "${A}"}, {"A_FILE": "/dev/zero"}, {})
