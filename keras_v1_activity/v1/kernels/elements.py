"""Loops over the elements of arrays of equal length.

Written out: numba takes far longer to compile the same as an operation on arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.compiled import Floats, loop


@loop
def copy(x: Floats, out: Floats) -> None:
    """Writes x to `out`."""
    for i in range(len(out)):
        out[i] = x[i]


@loop
def add(x: Floats, total: Floats) -> None:
    """Adds x to `total`."""
    for i in range(len(total)):
        total[i] += x[i]


@loop
def clear(out: Floats) -> None:
    """Writes 0."""
    for i in range(len(out)):
        out[i] = 0


@loop
def in_one_run(rows: NDArray[np.int32]) -> bool:
    """Whether ascending rows, one at least, follow one another, as they most often do."""
    return rows[len(rows) - 1] - rows[0] == len(rows) - 1
