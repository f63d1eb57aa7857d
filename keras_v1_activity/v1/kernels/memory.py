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
