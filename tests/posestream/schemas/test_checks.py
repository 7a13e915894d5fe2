import numpy as np
import pytest

from posestream.schemas.checks import frozen_array


@pytest.mark.parametrize("shape", [(0, 17, 2), (3, 17, 2)])
def test_a_right_array_becomes_a_read_only_view(shape: tuple[int, ...]) -> None:
    array = np.zeros(shape, np.float32)
    view = frozen_array("Owner", "field", array, np.float32, (None, 17, 2))
    assert np.shares_memory(view, array) or not array.size
    assert array.flags.writeable, "the maker's own array stays as it was"
    with pytest.raises(ValueError, match="read-only"):
        view[...] = 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "Owner.field: wanted float32 array, got NoneType"),
        ([1.0], "Owner.field: wanted float32 array, got list"),
        (np.zeros((2, 4)), "Owner.field: wanted float32 array, got float64 array"),
    ],
)
def test_another_type(value: object, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        frozen_array("Owner", "field", value, np.float32, (2, 4))
    assert str(caught.value) == message


@pytest.mark.parametrize("shape", [(), (8,), (3, 4), (2, 5), (2, 4, 1)])
def test_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^Owner.field: wanted shape \(2, 4\), got \("):
        frozen_array("Owner", "field", np.zeros(shape, np.float32), np.float32, (2, 4))


def test_any_length_is_named_in_the_message() -> None:
    with pytest.raises(ValueError, match=r"wanted shape \(any, 4\), got \(4,\)$"):
        frozen_array("Owner", "field", np.zeros(4, np.float32), np.float32, (None, 4))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_number(value: float) -> None:
    with pytest.raises(ValueError, match=r"^Owner.field: wanted finite numbers, got NaN or infinity$"):
        frozen_array("Owner", "field", np.array([0, value], np.float32), np.float32, (2,))
