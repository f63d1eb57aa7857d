"""The threads that loops are shared among."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import Any

import numba
import numpy as np
from numba import prange

from keras_v1_activity.v1.kernels.compiled import Floats, parallel_loop
from keras_v1_activity.v1.kernels.elements import clear

_settings: Any = numba.config
_ONE_AT_A_TIME = threading.Lock()


def one_at_a_time() -> AbstractContextManager[object]:
    """Holds a loop on several threads back while another runs.

    Two at once would ask for twice the threads, and numba's own threads forbid it.
    """
    return _ONE_AT_A_TIME


def start_threads() -> int:
    """Starts the threads of numba, unless they run, and gives their number.

    They are numba's own ("workqueue"), unless the user has chosen others. Those of OpenMP, which
    numba prefers, end the process when NEST, which uses OpenMP too, was started before.

    Example:
        >>> start_threads() >= 1
        True
    """
    with _ONE_AT_A_TIME:
        if _settings.THREADING_LAYER == "default" and not _running():
            _settings.THREADING_LAYER = "workqueue"
            try:
                clear_each(np.zeros((2, 1), np.float32))
            finally:
                _settings.THREADING_LAYER = "default"
    return numba.get_num_threads()


def _running() -> bool:
    try:
        numba.threading_layer()
    except ValueError:
        return False
    return True


@parallel_loop
def clear_each(rows: Floats) -> None:
    """Writes 0 to all rows, shared among the threads."""
    for row in prange(len(rows)):
        clear(rows[row])
