"""Checkpoints of a training run, as they are and with anything in their attributes."""

import h5py
import keras
import pytest
from oracles import random_network

from keras_v1_activity import v1
from keras_v1_activity.experiments.run_checkpoints import (
    TrainingProgress,
    progress_in,
    restore,
    save,
)


@pytest.fixture(scope="module")
def model():
    model = v1.create_model(random_network(), 50, 2, readout="linear")
    model.compile(keras.optimizers.Adam(), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture
def path(model, tmp_path):
    save(model, tmp_path / "last.weights.h5", TrainingProgress(epochs=2, step=200, best_epoch=1))
    return tmp_path / "last.weights.h5"


def test_progress_comes_back(model, path):
    assert restore(model, path) == TrainingProgress(epochs=2, step=200, best_epoch=1)
    assert int(model.optimizer.iterations) == 200


@pytest.mark.parametrize(
    "name, value",
    [
        ("v1_training", "[" * 10_000),
        ("v1_training", "null"),
        ("v1_training", '{"epochs": -1}'),
        ("v1_training", '{"step": 1e400}'),
        ("v1_training", '{"step": "\\u001b[31m"}'),
        ("v1_training", '{"other": 1}'),
        ("v1_training", "[]," * 900_000),
        ("v1_training", 3.5),
        ("v1_noise", "[]"),
        ("v1_noise", '{"input_layer": [1]}'),
        ("v1_noise", '{"input_layer": [-1, 5000000000]}'),
    ],
)
def test_whatever_its_attributes_say_it_is_one_sentence(model, path, name, value):
    with h5py.File(path, "r+") as file:
        file.attrs[name] = value
    with pytest.raises(ValueError, match="last.weights.h5 is damaged") as caught:
        restore(model, path)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 600


def test_a_lock_that_a_starting_process_still_holds_does_not_end_a_run(tmp_path):
    """A process that is started while Keras writes has the file open too, with its lock."""
    fcntl = pytest.importorskip("fcntl", reason="locks of Unix")
    held = []

    class Locked(keras.Sequential):
        def save_weights(self, path, *arguments, **keywords):
            super().save_weights(path, *arguments, **keywords)
            held.append(open(path, "rb"))
            fcntl.flock(held[0], fcntl.LOCK_EX)

    model = Locked([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    save(model, tmp_path / "last.weights.h5", TrainingProgress(epochs=2, step=200))
    held[0].close()
    assert progress_in(tmp_path / "last.weights.h5")[0].step == 200
