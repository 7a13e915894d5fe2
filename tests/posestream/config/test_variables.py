import re
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
