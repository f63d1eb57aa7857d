"""NEST's kernel: imported quietly, and reset for each network."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

_MISSING = (
    "this needs the NEST simulator, which could not be imported ({}): "
    "pip install 'keras_v1_activity[nest]'"
)


def check_nest() -> None:
    """Checks that NEST is installed, without the time that importing it takes.

    Raises:
        ImportError: it is not; the message says how to install it.

    Example:
        >>> check_nest()  # says nothing if the module nest is there
    """
    if sys.modules.get("nest", True) is None or find_spec("nest") is None:
        raise ImportError(_MISSING.format("there is no module nest"))


def import_nest() -> Any:
    """The module nest, imported without its banner.

    Raises:
        ImportError: NEST is not installed; the message says how to install it.

    Example:
        >>> nest = import_nest()
        >>> nest.__name__
        'nest'
    """
    if sys.modules.get("nest") is not None:
        return sys.modules["nest"]
    with _quiet_start():
        try:
            import nest
        except ImportError as error:
            raise ImportError(_MISSING.format(error)) from None
    return nest


@contextmanager
def _quiet_start() -> Iterator[None]:
    """NEST reads its start-up options from the environment and from this program's arguments."""
    arguments, quiet = sys.argv, os.environ.get("PYNEST_QUIET")
    sys.argv = arguments[:1]
    os.environ["PYNEST_QUIET"] = "1"
    try:
        yield
    finally:
        sys.argv = arguments
        if quiet is None:
            del os.environ["PYNEST_QUIET"]


def fresh_kernel(resolution: float, seed: int, threads: int) -> Any:
    """NEST with an empty kernel; the nodes and connections that it held are gone.

    Args:
        resolution: NEST's time step, ms.
        seed: of NEST's random numbers, from 1.
        threads: local threads.

    Returns:
        The module nest.

    Example:
        >>> nest = fresh_kernel(resolution=0.1, seed=1, threads=1)
        >>> nest.resolution, nest.network_size
        (0.1, 0)
    """
    nest = import_nest()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=resolution, local_num_threads=threads, rng_seed=seed)
    return nest
