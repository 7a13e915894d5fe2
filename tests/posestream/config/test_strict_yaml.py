import pytest

from posestream.config.strict_yaml import strict_yaml


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("a: [1, 2.5, x, null]", {"a": [1, 2.5, "x", None]}),
        ("a: {b: 1}\nc: {b: 1}", {"a": {"b": 1}, "c": {"b": 1}}),
    ],
)
def test_plain_yaml(text: str, tree: object) -> None:
    assert strict_yaml(text) == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: [", "line 2: not valid YAML: expected the node content, but found '<stream end>'"),
        ("a: &x 1\nb: *x", "line 2: not valid YAML: aliases are not allowed"),
        ("a: !!int '3'", "line 1: not valid YAML: tags like !name are not allowed"),
        ("a: !!python/object/apply:os.system [ls]", "line 1: not valid YAML: tags like !name are not allowed"),
        ("a: 1\nb: 2\na: 3", "line 3: not valid YAML: key 'a' stands twice"),
        ("x: {a: 1, 'a': 2}", "line 1: not valid YAML: key 'a' stands twice"),
        ("? [a]\n: 1", "line 1: not valid YAML: found unhashable key"),
        ("a: 1\n---\nb: 2", "line 2: not valid YAML: but found another document"),
        ("\t", "line 1: not valid YAML: found character '\\t' that cannot start any token"),
        ("a: 2001-99-99", "not valid YAML: month must be in 1..12"),
        ("[" * 1000, "not valid YAML: nested too deeply"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="not valid YAML") as caught:
        strict_yaml(text)
    assert str(caught.value) == message


def test_characters_that_no_text_holds() -> None:
    with pytest.raises(ValueError, match=r"^not valid YAML: unacceptable character #x0000"):
        strict_yaml("a: \0")


def test_many_keys_take_no_square_of_time() -> None:
    text = "".join(f"k{number}: 1\n" for number in range(3000))
    assert len(strict_yaml(text)) == 3000
