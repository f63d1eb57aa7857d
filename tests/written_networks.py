"""Synthetic network folders, each written once for the whole suite: writing one takes seconds."""

import os
import pickle
import shutil
import tempfile
from pathlib import Path

import pytest

from keras_v1_activity import v1
from keras_v1_activity.v1.synthetic import writer
from keras_v1_activity.v1.synthetic.calibration import calibrate

FOLDER_VARIABLE = "KERAS_V1_ACTIVITY_TEST_FOLDER"


def written_network(n_neurons=200, seed=0):
    """The folder of a synthetic network that all tests share: copy it to change anything in it."""
    folder = shared_folder() / f"GLIF_network_{n_neurons}_{seed}"
    if not folder.exists():
        own = Path(tempfile.mkdtemp(dir=folder.parent)) / "GLIF_network"
        with pytest.MonkeyPatch.context() as patch:
            calibrate_once(patch)
            v1.write_synthetic_network(own, n_neurons=n_neurons, seed=seed)
        try:
            own.rename(folder)
        except OSError:
            assert folder.exists()  # another worker was faster, with the same network
        shutil.rmtree(own.parent)
    return folder


def shared_folder():
    return Path(os.environ.get(FOLDER_VARIABLE) or tempfile.gettempdir())


def calibrate_once(patch):
    """Until the patch ends, networks are written with the calibration that was found before.

    It takes five seconds, and is the same for the same size and seed: test_writer.py.
    """

    def calibrated(network, targets, seed, progress):
        n_neurons = network.cells.parameters.n_neurons
        path = shared_folder() / f"calibration_{n_neurons}_{seed}.pickle"
        if not path.exists():
            found = calibrate(network, targets, seed, progress)
            own = path.with_suffix(f".{os.getpid()}")
            own.write_bytes(pickle.dumps(found))
            own.replace(path)
        return pickle.loads(path.read_bytes())

    patch.setattr(writer, "calibrate", calibrated)


def copy_of_network(folder, n_neurons=200, seed=0):
    """A copy of it in `folder`, in the place of what is there."""
    return shutil.copytree(written_network(n_neurons, seed), folder, dirs_exist_ok=True)
