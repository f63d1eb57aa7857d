"""NEST's kernel: imported quietly, and made anew for each network."""

import os
import sys
from contextlib import contextmanager
from importlib.util import find_spec

_MISSING = (
    "this needs the NEST simulator, which could not be imported ({}): "
    "pip install 'keras_v1_activity[nest]'"
)


def check_nest():
    """Finds out that NEST is installed, without the time that importing it takes.

    Raises:
        ImportError: it is not; the message says how to install it.
    """
    if sys.modules.get("nest", True) is None or find_spec("nest") is None:
        raise ImportError(_MISSING.format("there is no module nest"))


def import_nest():
    """The module nest, imported without its banner.

    Raises:
        ImportError: NEST is not installed; the message says how to install it.
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
def _quiet_start():
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


def fresh_kernel(resolution, seed, threads):
    """NEST with an empty kernel; whatever nodes and connections it held are gone.

    Args:
        resolution: of time, ms.
        seed: of NEST's random numbers, from 1.
        threads: local threads.

    Returns:
        The module nest.
    """
    nest = import_nest()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=resolution, local_num_threads=threads, rng_seed=seed)
    return nest
