"""Arrays for results that TensorFlow takes over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LINE = 64


def aligned(shape: Sequence[int], dtype: Any = np.float32) -> NDArray[Any]:
    """An empty array that begins with a line of the cache, as TensorFlow needs to copy nothing.

    Example:
        >>> aligned((2, 3)).ctypes.data % 64
        0
    """
    size, kind = int(np.prod(shape)), np.dtype(dtype)
    raw = np.empty(size * kind.itemsize + _LINE, np.uint8)
    start = -raw.ctypes.data % _LINE
    return raw[start : start + size * kind.itemsize].view(kind).reshape(shape)


def read_only(x: NDArray[Any]) -> NDArray[Any]:
    """The same array, not to be written to.

    numba compiles anew for arrays that are and for those that are not; TensorFlow gives both.

    Example:
        >>> read_only(np.zeros(2)).flags.writeable
        False
    """
    same = x.view()
    same.flags.writeable = False
    return same
