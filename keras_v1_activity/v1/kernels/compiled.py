"""How the loops are compiled, and by what."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

try:
    import numba
except ImportError as error:
    raise ImportError(
        "engine='numba' needs numba: pip install 'keras_v1_activity[numba]', or take engine='xla'."
    ) from error

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.uint8]
Function = TypeVar("Function", bound=Callable[..., Any])


def loop(function: Function) -> Function:
    """Compiles a function that others here call; it cannot be called from Python.

    Example:
        >>> double = loop(lambda x: 2 * x)
        >>> numba.njit(lambda x: double(x))(4)
        8
    """
    # Without what calls from Python need, it takes a third less time to compile.
    return _compiled(function, no_cpython_wrapper=True)


def parallel_loop(function: Function) -> Function:
    """Compiles a function whose `prange` are shared by the threads of numba.

    What stands in a `prange` calls one function, and writes nothing itself: numba has been seen to
    lose what is written to an array in a tuple.

    Example:
        >>> parallel_loop(lambda x: x).__name__
        '<lambda>'
    """
    return _compiled(function, parallel=True)


@cache
def _version() -> str:
    """Changes with any file of this room."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _compiled(function: Function, **options: Any) -> Function:
    jit: Any = numba.njit
    # The name of the kept file: numba compiles anew when the file of a function has changed, but
    # not when that of a function has that it calls.
    function.__qualname__ += f"_{_version()}"
    try:
        return jit(**_OPTIONS, **options, cache=True)(function)
    except RuntimeError:
        # There is no folder that it could be kept in: it is compiled in each process.
        return jit(**_OPTIONS, **options)(function)


@loop
def first_at_least(values: NDArray[np.int32], bound: int) -> int:
    """Place of the first of ascending values that is not below `bound`; their number if none is."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] < bound:
            low = middle + 1
        else:
            high = middle
    return low
