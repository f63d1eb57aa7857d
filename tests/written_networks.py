"""Synthetic network folders, each written once for the whole suite: writing one takes seconds."""

import os
import shutil
import tempfile
from pathlib import Path

from keras_v1_activity import v1

FOLDER_VARIABLE = "KERAS_V1_ACTIVITY_TEST_FOLDER"


def written_network(n_neurons=200, seed=0):
    """The folder of a synthetic network that all tests share: copy it to change anything in it."""
    shared = os.environ.get(FOLDER_VARIABLE) or tempfile.gettempdir()
    folder = Path(shared) / f"GLIF_network_{n_neurons}_{seed}"
    if not folder.exists():
        own = Path(tempfile.mkdtemp(dir=shared)) / "GLIF_network"
        v1.write_synthetic_network(own, n_neurons=n_neurons, seed=seed)
        try:
            own.rename(folder)
        except OSError:
            assert folder.exists()  # another worker was faster, with the same network
        shutil.rmtree(own.parent)
    return folder


def copy_of_network(folder, n_neurons=200, seed=0):
    """A copy of it in `folder`, in the place of what is there."""
    return shutil.copytree(written_network(n_neurons, seed), folder, dirs_exist_ok=True)
