"""Synthetic networks that take seconds to write: each is written once, whoever uses it."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from keras_v1_activity import v1


@cache
def written_network(n_neurons=200, seed=0):
    """Path of a GLIF_network folder that nobody may change."""
    home = Path(tempfile.mkdtemp(prefix="written-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return v1.write_synthetic_network(home / "GLIF_network", n_neurons, seed)


def copy_of_network(folder, n_neurons=200, seed=0):
    """A copy of it in `folder`, in the place of what is there."""
    return shutil.copytree(written_network(n_neurons, seed), folder, dirs_exist_ok=True)
