"""Checks of arrays at birth: each says what was wanted and what came."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


def frozen_array(
    owner: str, name: str, value: object, dtype: type[np.generic], shape: tuple[int | None, ...]
) -> NDArray[Any]:
    """Give a read-only view of ``value`` with this type and shape (None: any length).

    Raises:
        TypeError: if ``value`` is not an array of ``dtype``.
        ValueError: if its shape differs or, for floats, an entry is NaN or infinite.
    """
    if not isinstance(value, np.ndarray) or value.dtype != np.dtype(dtype):
        got = f"{value.dtype} array" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"{owner}.{name}: wanted {np.dtype(dtype)} array, got {got}")
    fits = value.ndim == len(shape) and all(
        want is None or want == have for want, have in zip(shape, value.shape, strict=True)
    )
    if not fits:
        wanted = "(" + ", ".join("any" if want is None else str(want) for want in shape) + ")"
        raise ValueError(f"{owner}.{name}: wanted shape {wanted}, got {value.shape}")
    if np.issubdtype(value.dtype, np.floating) and not np.isfinite(value).all():
        raise ValueError(f"{owner}.{name}: wanted finite numbers, got NaN or infinity")
    view = value.view()
    view.flags.writeable = False
    return view


def freeze_arrays(owner: object, wanted: dict[str, tuple[type[np.generic], tuple[int | None, ...]]]) -> None:
    """Check the named array fields of a frozen dataclass and replace each by a read-only view."""
    for name, (dtype, shape) in wanted.items():
        array = frozen_array(type(owner).__name__, name, getattr(owner, name), dtype, shape)
        object.__setattr__(owner, name, array)
