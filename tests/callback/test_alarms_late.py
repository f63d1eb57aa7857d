"""Alarms in fit: handed on in its thread, and ending it where that is asked for."""

import threading

import keras
import numpy as np
import pytest
from fits import X, Y, watcher
from kits import KITS
from recorders import run_json, warnings_in
from spiking_models import make_model

from keras_v1_activity import load_activity
from keras_v1_activity.alarms import Alarm
from keras_v1_activity.cli.main import main

MODELS = {}
BOTH = pytest.mark.parametrize("background", [False, True])


def model_of(kit):
    if kit not in MODELS:
        MODELS[kit] = make_model(kit)
    # The steps of a run are those of the optimizer.
    MODELS[kit].optimizer.iterations.assign(0)
    return MODELS[kit]


def from_step(first):
    """A rule that finds each look bad from a step on."""

    def mine(history):
        step = int(history.steps[-1])
        return Alarm("mine", "red", None, step, first, step, "Mine.") if step >= first else None

    return mine


def fit(model, callback, epochs=1, **how):
    """fit with four batches in an epoch; the number of batches that were run."""
    return model.fit(
        X, Y, batch_size=2, shuffle=False, verbose=0, epochs=epochs, callbacks=[callback], **how
    )


@pytest.mark.parametrize("kit", KITS)
def test_stop_ends_fit_after_that_batch_with_the_reason_said_and_kept(tmp_path, caplog, kit):
    model = model_of(kit)
    callback = watcher(tmp_path, alarms=[from_step(6)], on_alarm="stop")
    history = fit(model, callback, epochs=9)
    assert len(history.history["loss"]) == 2 and model.stop_training
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [1, 2, 3, 4, 5, 6]
        assert [(alarm.name, alarm.step) for alarm in run.alarms] == [("mine", 6)]
    assert run_json(tmp_path)["stopped_by"] == "mine at step 6: Mine."
    (said,) = [line for line in warnings_in(caplog) if "training ends" in line]
    assert 'on_alarm="stop"' in said and "mine at step 6" in said
    assert (tmp_path / "activity_summary.npz").exists()


def test_stop_ends_fit_also_where_looks_are_judged_beside_it(tmp_path):
    callback = watcher(tmp_path, alarms=[from_step(2)], on_alarm="stop", background=True)
    history = fit(model_of(keras), callback, epochs=200)
    assert len(history.history["loss"]) < 200
    assert run_json(tmp_path)["stopped_by"] == "mine at step 2: Mine."


def test_an_alarm_that_is_known_when_fit_is_over_ends_the_next_fit_of_the_run(tmp_path):
    is_over = threading.Event()

    def late(history):
        is_over.wait()
        return Alarm("late", "red", None, None, None, int(history.steps[-1]), "Late.")

    model = model_of(keras)
    callback = watcher(tmp_path, 4, alarms=[late], on_alarm="stop", background=True)
    ends = keras.callbacks.LambdaCallback(on_train_end=lambda logs: is_over.set())
    n_epochs = []
    for epochs in (1, 5):
        history = model.fit(
            X, Y, batch_size=2, verbose=0, epochs=epochs, callbacks=[ends, callback]
        )
        n_epochs.append(len(history.history["loss"]))
        reason = run_json(tmp_path).get("stopped_by")
        assert reason == (None if epochs == 1 else "late at step 4: Late.")
    assert n_epochs == [1, 1]


@BOTH
def test_a_function_is_called_with_each_alarm_in_the_thread_that_trains(tmp_path, background):
    called, weights = [], []
    model = model_of(keras)

    def on_alarm(alarm):
        called.append((alarm.name, alarm.step, threading.current_thread()))
        # What it is for: to read or to change the model that trains.
        weights.append(model.get_weights())
        raise RuntimeError("mine fails")

    callback = watcher(tmp_path, alarms=[from_step(2)], on_alarm=on_alarm, background=background)
    fit(model, callback)
    assert called == [("mine", 2, threading.current_thread())]
    assert run_json(tmp_path)["counts"]["on_alarm_failed"] == 1
    assert load_activity(tmp_path).steps.tolist() == [1, 2, 3, 4]


def test_a_loss_that_is_nan_is_a_red_alarm_of_the_default_rules(tmp_path, capsys):
    model = make_model(keras)
    callback = watcher(tmp_path, health=True)
    y = Y.astype(np.float32)
    model.compile(model.optimizer, lambda y, p: p[:, 0] * np.nan, jit_compile=False)
    model.fit(X, y, batch_size=4, shuffle=False, verbose=0, callbacks=[callback])
    (alarm,) = [a for a in load_activity(tmp_path).alarms if a.name == "not finite"]
    assert (alarm.level, alarm.step) == ("red", 1) and "loss" in alarm.text
    assert "gradients" in alarm.text
    assert main(["inspect", str(tmp_path)]) == 3
    assert "not finite" in capsys.readouterr().out
