"""How the loops are compiled, and by what."""

from __future__ import annotations

from typing import Any

import numba

LOOP: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy"}
"""Options of a loop on one thread."""

loop = numba.njit(**LOOP)
parallel_loop = numba.njit(**LOOP, parallel=True)
