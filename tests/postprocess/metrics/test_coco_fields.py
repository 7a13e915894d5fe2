import pytest

from posestream.errors import InputError
from postprocess.metrics.coco_fields import finite_number, finite_numbers, list_of, object_of, whole_number

NAN, INFINITY = float("nan"), float("inf")


def test_what_is_right_comes_back() -> None:
    assert object_of({}, "x") == {}
    assert list_of([], "x") == []
    assert finite_numbers([], 0, "x") == []
    assert finite_numbers([1, -2.5], 2, "x") == [1.0, -2.5]
    assert whole_number({"id": 7}, "id", "x") == 7
    assert finite_number(1e7, "x") == 1e7


@pytest.mark.parametrize("value", [None, [], "text", 3, True])
def test_no_object(value: object) -> None:
    with pytest.raises(InputError, match=r"^x: wanted an object, got "):
        object_of(value, "x")


@pytest.mark.parametrize("value", [None, {}, "text", 3])
def test_no_array(value: object) -> None:
    with pytest.raises(InputError, match=r"^x: wanted an array, got "):
        list_of(value, "x")


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({}, "x: wanted a field 'id', there is none"),
        ({"id": None}, "x.id: wanted a whole number, got null"),
        ({"id": True}, "x.id: wanted a whole number, got a bool"),
        ({"id": 1.0}, "x.id: wanted a whole number, got a float"),
        ({"id": 10**400}, "x.id: wanted a whole number up to 2^53, got a larger one"),
    ],
)
def test_no_whole_number(item: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        whole_number(item, "id", "x")
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [NAN, INFINITY, -INFINITY, 1.1e7, 10**400, None, "1", True])
def test_no_finite_number(value: object) -> None:
    with pytest.raises(InputError, match=r"^x\[1\]: wanted a "):
        finite_numbers([0, value], 2, "x")


def test_wrong_count() -> None:
    with pytest.raises(InputError, match=r"^x: wanted 51 numbers, got 2$"):
        finite_numbers([0, 1], 51, "x")
