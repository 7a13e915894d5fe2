import pytest
from pydantic import TypeAdapter, ValidationError

from posestream.config.base import Fraction, Name, Section


class Part(Section):
    size: float = 1.0


def test_defaults() -> None:
    assert Part().size == 1.0


@pytest.mark.parametrize("fields", [{"sizes": 1}, {"size": float("nan")}, {"size": float("inf")}, {"size": "big"}])
def test_what_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Part.model_validate(fields)


@pytest.mark.parametrize("name", ["a", "0", "Lobby-2_b.c", "x" * 64])
def test_names(name: str) -> None:
    assert TypeAdapter(Name).validate_python(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "-a", "_a", "a b", "a/b", "a\n", "ä", "x" * 65])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(name)


@pytest.mark.parametrize("share", [-0.001, 1.001])
def test_what_is_no_share(share: float) -> None:
    assert [TypeAdapter(Fraction).validate_python(edge) for edge in (0, 1)] == [0.0, 1.0]
    with pytest.raises(ValidationError):
        TypeAdapter(Fraction).validate_python(share)
