"""Training runs as users start them: what they leave, how they end, how they go on."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import pytest
from places import EXAMPLES
from written_networks import written_network

from keras_v1_activity import load_activity
from keras_v1_activity.experiments.train import train


@pytest.fixture(scope="module")
def settings():
    """Two steps an epoch on 200 neurons and trials of 100 ms; each other epoch ends with a look.

    With numba, whose programs are kept: three processes train here, and XLA compiles in each.
    """
    return {
        "data_dir": str(written_network(200)), "neurons": 200, "seq_len": 100, "pre_delay": 0,
        "im_slice": 50,
        "batch_size": 2, "steps_per_epoch": 2, "val_steps": 1, "log_every_n_steps": 4,
        "learning_rate": 0.01, "engine": "numba",
    }  # fmt: skip


def quiet(**fields):
    return train(**fields, verbose=0, say=lambda text: None)


def log_of(results_dir):
    with open(Path(results_dir) / "training.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def whole(settings, tmp_path_factory):
    """A run of four epochs that nothing interrupts."""
    folder = tmp_path_factory.mktemp("runs") / "results"
    return folder, quiet(task="ori_diff", n_epochs=4, results_dir=str(folder), **settings)


def test_a_run_leaves_log_checkpoints_activity_and_result(whole):
    folder, result = whole
    rows = log_of(folder)
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2, 3]
    assert [int(row["step"]) for row in rows] == [2, 4, 6, 8]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "cross_entropy"} <= rows[0].keys()
    assert json.loads((folder / "result.json").read_text()) == result
    assert result["ended"] == "all epochs" and result["task"] == "ori_diff"
    assert result["steps"] == {"first": 1, "last": 8} and result["chance"] == 0.5
    assert result["validation"]["loss"] == pytest.approx(float(rows[3]["val_loss"]))
    assert result["settings"]["steps_per_epoch"] == 2 and result["network"]["neurons"] == 200
    assert result["seconds"]["all"] > result["seconds"]["first_step"] > 0
    with load_activity(folder / "activity") as run:
        assert list(run.steps) == [4, 8] and run[4].n_steps == 100
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
        assert run.steps[-1] == 2 * epochs // 4 * 4 > done["step"]
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
