"""Looks made from numbers, for the tests of storage and drawing."""

import time

import numpy as np

from keras_v1_activity.activity.activity import Activity, BatchView
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations

# Long enough for a busy machine; nothing is judged by how long it took.
PATIENCE_S = 60
NAMES = ("e23Cux2", "i4Pvalb", "i1Htr3a")


def wait_until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def wait_for_file(path):
    """Figures may be drawn after the end of training; a file is there when it is whole."""
    wait_until(path.exists)
    return path


def make_neurons(n_neurons, seed=0):
    rng = np.random.default_rng(seed)
    return Neurons(
        Populations.from_names(np.array(NAMES)[np.arange(n_neurons) % 3]),
        thresholds=rng.uniform(-50, -40, n_neurons).astype(np.float32),
        readout_neurons=np.arange(0, n_neurons, 7),
    )


def make_spikes(n_steps, n_neurons, probability=0.02, seed=0):
    return np.random.default_rng(seed).random((n_steps, n_neurons)) < probability


def make_look(step, n_steps=60, n_neurons=30, *, spikes=None, neurons=None, **others):
    """A look in which every field is filled, different at each step."""
    rng = np.random.default_rng(step)
    if spikes is None:
        spikes = make_spikes(n_steps, n_neurons, seed=step)
    n_steps, n_neurons = spikes.shape
    fields = {
        "step": step,
        "sample_index": 1,
        "neurons": neurons or make_neurons(n_neurons),
        "voltages": rng.normal(-60, 5, (n_steps, 4)).astype(np.float32),
        "voltage_neurons": np.arange(4),
        "inputs": rng.random((n_steps, 5), dtype=np.float32),
        "n_inputs": 50,
        "outputs": rng.random((3, 10), dtype=np.float32),
        "confidence": rng.random(10, dtype=np.float32),
        "label": 7,
        "source": "probe",
        "batch": BatchView(
            samples=np.arange(2),
            neurons=np.arange(0, n_neurons, 2),
            spikes=rng.random((2, n_steps, len(range(0, n_neurons, 2)))) < 0.1,
            labels=np.array([7, -1]),
            confidences=rng.random((2, 10), dtype=np.float32),
        ),
    }
    return Activity.from_dense(spikes, **{**fields, **others})
