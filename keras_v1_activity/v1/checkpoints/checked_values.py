"""Numbers out of a file that somebody else may have written: of the right kind, or refused."""

from __future__ import annotations

from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

MOST: Final = 4_000_000
"""Neurons or input channels of a network: more than any has."""


def reals(data: h5py.Dataset) -> NDArray[np.floating[Any]]:
    """An array of numbers; of a type that rounds little."""
    if not isinstance(data, h5py.Dataset) or data.dtype.kind not in "iuf":
        raise TypeError(f"{data.name} holds no numbers")
    values = data[()]
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)


def indices(data: h5py.Dataset, count: int) -> NDArray[np.integer[Any]]:
    """A list of whole numbers from 0 to `count` - 1, whatever their type."""
    if not isinstance(data, h5py.Dataset) or data.dtype.kind not in "iuf":
        raise TypeError(f"{data.name} holds no numbers")
    values = data[()].reshape(-1)
    if values.size and not (values.min() >= 0 and values.max() < max(count, 1)):
        raise TypeError(f"{data.name} must hold numbers from 0 to {count - 1:,}")
    if values.dtype.kind == "i":
        return values
    whole = values.astype(np.int64)
    if values.dtype.kind == "f" and not np.array_equal(whole, values):
        raise TypeError(f"{data.name} must hold whole numbers")
    return whole


def count(value: object, name: str) -> int:
    """`value` as a number of neurons, channels or classes; `name` says in the message of what."""
    number = np.asarray(value)
    if number.size != 1 or number.dtype.kind not in "iuf" or not 0 <= number.min() <= MOST:
        raise TypeError(f"{name} must be a whole number up to {MOST:,}")
    if int(number.min()) != number.min():
        raise TypeError(f"{name} must be a whole number")
    return int(number.min())


def finite_number(value: object, name: str) -> float:
    """`value` as a finite float other than 0; `name` says in the message what it is."""
    number = float(np.asarray(value, np.float64).reshape(()))
    if not np.isfinite(number) or number == 0:
        raise TypeError(f"{name} must be a finite number other than 0")
    return number
