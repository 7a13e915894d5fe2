import inspect
import re

import pytest

from posestream import errors
from posestream.errors import OutputMismatch, PosestreamError

CLASSES = {
    name: item for name, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, PosestreamError)
}


def drawn_tree() -> dict[str, tuple[str | None, int]]:
    """Give name -> (parent, exit code) as the module's docstring draws it."""
    tree: dict[str, tuple[str | None, int]] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^( {4}[│├└─ ]*)(\w+) +exit code (\d)", line)
        if match:
            above = [(depth, name) for depth, name in above if depth < len(match[1])]
            tree[match[2]] = (above[-1][1] if above else None, int(match[3]))
            above.append((len(match[1]), match[2]))
    return tree


def test_the_drawn_tree_is_the_real_one() -> None:
    assert set(drawn_tree()) == set(CLASSES)
    for name, (parent, exit_code) in drawn_tree().items():
        assert CLASSES[name].exit_code == exit_code
        assert CLASSES[name].__bases__ == (CLASSES[parent] if parent else Exception,)


@pytest.mark.parametrize("name", CLASSES)
def test_exit_codes_are_those_of_the_manual(name: str) -> None:
    assert CLASSES[name].exit_code in {1, 2, 3, 4, 5}


def test_a_mismatch_names_decoder_wanted_and_got() -> None:
    error = OutputMismatch("simcc", "(1, 17, 384)", "(1, 17)")
    assert str(error) == "simcc: wanted (1, 17, 384), got (1, 17); does the card name the right decoder?"
    assert (error.wanted, error.got, error.exit_code) == ("(1, 17, 384)", "(1, 17)", 1)
