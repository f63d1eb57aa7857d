"""Training runs as users start them: what they leave, how they end, how they go on."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from places import EXAMPLES

from keras_v1_activity import load_activity, v1
from keras_v1_activity.experiments.arguments import parse
from keras_v1_activity.experiments.callbacks import Checkpoints, StepColumns, TimeLimit
from keras_v1_activity.experiments.options import TrainingOptions
from keras_v1_activity.experiments.results import prepare_results
from keras_v1_activity.experiments.run_checkpoints import TrainingProgress
from keras_v1_activity.experiments.train import train


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Two steps an epoch on 200 neurons and trials of 100 ms."""
    folder = tmp_path_factory.mktemp("network") / "GLIF_network"
    v1.write_synthetic_network(folder, n_neurons=200, seed=0)
    return {
        "data_dir": str(folder), "neurons": 200, "seq_len": 100, "pre_delay": 0, "im_slice": 50,
        "batch_size": 2, "steps_per_epoch": 2, "val_steps": 1, "log_every_n_steps": 2,
        "learning_rate": 0.01,
    }  # fmt: skip


def quiet(**fields):
    return train(**fields, verbose=0, say=lambda text: None)


def log_of(results_dir):
    with open(Path(results_dir) / "training.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def whole(settings, tmp_path_factory):
    """A run of six epochs that nothing interrupts."""
    folder = tmp_path_factory.mktemp("runs") / "results"
    return folder, quiet(task="ori_diff", n_epochs=6, results_dir=str(folder), **settings)


def test_a_run_leaves_log_checkpoints_activity_and_result(whole):
    folder, result = whole
    rows = log_of(folder)
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2, 3, 4, 5]
    assert [int(row["step"]) for row in rows] == [2, 4, 6, 8, 10, 12]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "cross_entropy"} <= rows[0].keys()
    assert json.loads((folder / "result.json").read_text()) == result
    assert result["ended"] == "all epochs" and result["task"] == "ori_diff"
    assert result["steps"] == {"first": 1, "last": 12} and result["chance"] == 0.5
    assert result["validation"]["loss"] == pytest.approx(float(rows[5]["val_loss"]))
    assert result["settings"]["steps_per_epoch"] == 2 and result["network"]["neurons"] == 200
    assert result["seconds"]["all"] > result["seconds"]["first_step"] > 0
    with load_activity(folder / "activity") as run:
        assert list(run.steps) == [2, 4, 6, 8, 10, 12] and run[4].n_steps == 100
    for name in ("last", "best"):
        with h5py.File(folder / "checkpoints" / f"{name}.weights.h5") as file:
            assert len(file["optimizer/vars"]) > 2


def kill_after_an_epoch(words, results):
    """Starts the example, and kills it when it has saved its first checkpoint."""
    command = [sys.executable, str(EXAMPLES / "multi_training.py"), *words]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 180
        while not (results / "checkpoints" / "last.weights.h5").is_file():
            assert killed.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()


def test_a_killed_run_goes_on_as_if_it_had_not_been(whole, settings, tmp_path):
    results = tmp_path / "results"
    words = [f"--{name}={value}" for name, value in settings.items()]
    words += ["--task=ori_diff", "--n_epochs=1000", f"--results_dir={results}", "--verbose=0"]
    kill_after_an_epoch(words, results)
    with h5py.File(results / "checkpoints" / "last.weights.h5") as file:
        done = json.loads(file.attrs["v1_training"])
    assert done["epochs"] >= 1 and done["step"] == 2 * done["epochs"]

    epochs = done["epochs"] + 2
    fields = dict(task="ori_diff", results_dir=str(results), restore_from=str(results), **settings)
    with pytest.raises(ValueError, match=rf"has done {done['epochs']} already.*give more"):
        quiet(n_epochs=done["epochs"], **fields)
    result = quiet(n_epochs=epochs, **fields)
    assert result["steps"] == {"first": done["step"] + 1, "last": 2 * epochs}
    with load_activity(results / "activity") as run:
        assert list(run.steps[-2:]) == [2 * epochs - 2, 2 * epochs]
    rows = log_of(results)
    assert [int(row["epoch"]) for row in rows] == list(range(epochs))
    assert [int(row["step"]) for row in rows] == [2 * k + 2 for k in range(epochs)]
    # Weights, optimizer, noise and trials all went on: the losses are those of the whole run.
    for row, other in zip(rows, log_of(whole[0]), strict=False):
        for name in ("loss", "val_loss"):
            assert float(row[name]) == pytest.approx(float(other[name]), rel=1e-3)


def test_a_checkpoint_of_another_network_is_refused_with_one_sentence(whole, settings):
    folder, _ = whole
    other = {**settings, "neurons": 150}
    with pytest.raises(ValueError, match="another n_neurons") as caught:
        quiet(task="ori_diff", restore_from=str(folder), results_dir=str(folder), **other)
    assert "\n" not in str(caught.value)


def test_a_fresh_run_moves_an_earlier_one_aside_and_a_resumed_one_does_not(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.weights.h5").write_bytes(b"x")
    (tmp_path / "training.csv").write_text("epoch,step\n0,2\n1,4\n2,6\n")
    (tmp_path / "mine.txt").write_text("kept")
    said = []
    resumed = TrainingOptions(restore_from=str(tmp_path / "checkpoints"))
    prepare_results(resumed, tmp_path, TrainingProgress(epochs=2, step=4), said.append)
    assert (tmp_path / "training.csv").read_text().split() == ["epoch,step", "0,2", "1,4"]
    assert not said
    prepare_results(TrainingOptions(), tmp_path, TrainingProgress(), said.append)
    assert sorted(os.listdir(tmp_path)) == ["earlier_001", "mine.txt"]
    assert sorted(os.listdir(tmp_path / "earlier_001")) == ["checkpoints", "training.csv"]
    assert len(said) == 1 and "earlier_001" in said[0]


class Scores(keras.callbacks.Callback):
    """Gives each epoch the held-out accuracy and loss that the test wants."""

    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def on_epoch_end(self, epoch, logs=None):
        logs["val_accuracy"], logs["val_cross_entropy"] = self.scores[epoch]


def small_fit(callbacks, epochs):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse")
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


PROMISED_FLAGS = (
    "data_dir results_dir batch_size neurons seq_len n_epochs steps_per_epoch val_steps "
    "learning_rate rate_cost voltage_cost restore_from task"
).split()


def test_the_command_line_knows_every_option_and_each_way_to_write_a_switch():
    parsed = parse(TrainingOptions, "d", [])
    assert parsed == TrainingOptions()
    assert all(hasattr(parsed, name) for name in PROMISED_FLAGS)
    for word, value in [
        ("--train_recurrent", True), ("--notrain_recurrent", False),
        ("--no-train_recurrent", False),
        ("--train_recurrent=false", False), ("--train_recurrent=True", True),
    ]:  # fmt: skip
        assert parse(TrainingOptions, "d", [word]).train_recurrent is value
    assert parse(TrainingOptions, "d", ["--neurons=300", "--seq_len", "100"]).neurons == 300


@pytest.mark.parametrize(
    "words, message",
    [
        (["--batch_size=0"], "batch_size must be at least 1; got 0"),
        (["--learning_rate=nan"], "learning_rate must be at least 0; got nan"),
        (["--train_input=maybe"], "write --train_input, --notrain_input or --train_input=false"),
        (["--neuron=3"], "unrecognized arguments: --neuron=3"),
    ],
)
def test_a_wrong_word_gets_one_sentence(words, message, capsys):
    with pytest.raises(SystemExit):
        parse(TrainingOptions, "d", words)
    assert re.search(message, capsys.readouterr().err.splitlines()[-1])


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"neurons": 0}, "neurons=0 means all neurons of data_dir"),
        ({"n_output": 1}, "n_output must be at least the 2 classes of task ori_diff; got 1"),
        ({"task": "ori"}, "task must be one of"),
    ],
)
def test_options_that_do_not_go_together_get_one_sentence(fields, message, settings, tmp_path):
    settings = {**settings, "task": "ori_diff", "results_dir": str(tmp_path), **fields}
    if fields == {"neurons": 0}:
        del settings["data_dir"]
    with pytest.raises(ValueError, match=message):
        quiet(**settings)
