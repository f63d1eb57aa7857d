"""What training does besides training: best epoch, time limit, Ctrl-C."""

import json
import os
import time

import h5py
import keras
import numpy as np
import pytest

from keras_v1_activity.experiments.callbacks import Checkpoints, StepColumns, TimeLimit
from keras_v1_activity.experiments.run_checkpoints import TrainingProgress, progress_in


class Scores(keras.callbacks.Callback):
    """Gives each epoch the held-out accuracy and loss that the test wants."""

    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def on_epoch_end(self, epoch, logs=None):
        logs["val_accuracy"], logs["val_cross_entropy"] = self.scores[epoch]


def small_fit(callbacks, epochs):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse", jit_compile=False)
    x = np.random.default_rng(0).normal(size=(8, 3))
    model.fit(x, x.sum(1), epochs=epochs, batch_size=2, verbose=0, callbacks=callbacks)
    return model


def test_the_best_epoch_is_of_greatest_accuracy_and_then_least_loss(tmp_path):
    scores = Scores([(0.5, 1.0), (0.75, 2.0), (0.75, 1.5), (0.6, 0.1), (float("nan"), 1.0)])
    kept = Checkpoints(tmp_path, TrainingProgress())
    small_fit([StepColumns(), scores, kept], epochs=5)
    assert kept.progress.best_epoch == 3 and kept.progress.epochs == 5
    steps = {}
    for name in ("best", "last"):
        with h5py.File(tmp_path / "checkpoints" / f"{name}.weights.h5") as file:
            steps[name] = json.loads(file.attrs["v1_training"])["step"]
    assert steps == {"best": 12, "last": 20}
    assert sorted(os.listdir(tmp_path / "checkpoints")) == ["best.weights.h5", "last.weights.h5"]


def test_the_time_limit_ends_training_after_a_batch_and_the_epoch_is_closed(tmp_path):
    limit, columns = TimeLimit(60.0, time.monotonic() - 61.0), StepColumns()
    kept = Checkpoints(tmp_path, TrainingProgress())
    scores = Scores([(0.5, 1.0)])
    small_fit([columns, limit, scores, kept], epochs=3)
    assert limit.reached and len(columns.seconds_per_step) == 1
    assert kept.progress.step == 1 and kept.progress.epochs == 1
    no_limit = TimeLimit(0.0, time.monotonic() - 61.0)
    small_fit([no_limit], epochs=1)
    assert not no_limit.reached


class CtrlC(keras.callbacks.Callback):
    """Interrupts in the second batch of the second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (1, 1):
            raise KeyboardInterrupt


def test_the_steps_of_an_interrupted_epoch_can_be_saved(tmp_path):
    kept = Checkpoints(tmp_path, TrainingProgress())
    with pytest.raises(KeyboardInterrupt):
        small_fit([StepColumns(), Scores([(0.5, 1.0)]), kept, CtrlC()], epochs=3)
    assert kept.progress.step == 4
    kept.save_cut_short()
    with h5py.File(tmp_path / "checkpoints" / "last.weights.h5") as file:
        stored = json.loads(file.attrs["v1_training"])
    assert (stored["step"], stored["epochs"], stored["best_epoch"]) == (6, 1, 1)


@pytest.mark.parametrize("stored", ['{"epochs": ', '{"years": 3}', '{"step": "x"}', "[1]", 7])
def test_progress_that_cannot_be_read_is_said_in_one_sentence(tmp_path, stored):
    path = tmp_path / "last.weights.h5"
    with h5py.File(path, "w") as file:
        file.attrs.update(v1_training=stored, v1_noise="{}")
    with pytest.raises(ValueError, match="damaged or no checkpoint of a network"):
        progress_in(path)
    with h5py.File(path, "w") as file:
        file["layers"] = 1
    assert progress_in(path) is None
