"""V1 models with weights of their own, and the weights of a model by name."""

import numpy as np

from keras_v1_activity import v1

T, N_OUTPUT, CHUNK = 100, 3, 50

RECURRENT, INPUT, BACKGROUND = (
    "sparse_recurrent_weights",
    "sparse_input_weights",
    "rest_of_brain_weights",
)

NAMES = {"keras": "w.weights.h5", "tensorflow": "run/ckpt-7", "network": "network.h5"}


def make(network, readout="linear", **options):
    return v1.create_model(network, T, N_OUTPUT, readout=readout, noise=False, **options)


def variables(model):
    """The network's weights by their path, e.g. rsnn/sparse_recurrent_weights."""
    return {v.path: v.numpy() for v in model.weights if "seed" not in v.path}


def shaken(model, seed=1):
    """The same model with every weight changed, signs kept."""
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        if "seed" not in variable.path:
            factor = rng.uniform(0.3, 1.7, variable.shape)
            variable.assign((variable.numpy() + 0.01) * factor)
    return model


def assert_equal_weights(a, b):
    mine, theirs = variables(a), variables(b)
    assert mine.keys() == theirs.keys() and len(mine) >= 4
    for path in mine:
        np.testing.assert_array_equal(mine[path], theirs[path], err_msg=path)
