"""Alarms of a training: where they are said, noted, handed on, and what ends."""

import json
import logging
import threading

import keras
import numpy as np
import pytest
from kits import KITS
from spiking_models import make_data, make_model

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback, alarms, load_activity
from keras_v1_activity.cli import main

X, Y = make_data(8)


def at_steps(bad, level="amber"):
    """A rule that finds the looks of some steps bad."""

    def rule(history):
        step = int(history.steps[-1])
        if step in bad:
            return alarms.Alarm(
                "odd step", level, "e4Rorb", step, 0.5, step, f"Step {step} is odd."
            )
        return None

    return rule


def fit(folder, kit=keras, **options):
    """Four steps, each logged, in this thread unless it is said otherwise.

    Eagerly: what is judged is the same, and no graph has to be traced.
    """
    model = make_model(kit, run_eagerly=True)
    how = {"figures": (), "background": False, **options}
    callback = V1ActivityCallback(folder, 1, **how)
    model.fit(X, Y, batch_size=2, shuffle=False, verbose=0, callbacks=[callback])
    return callback


def run_json(folder):
    return json.loads((folder / "run.json").read_text())


@pytest.mark.parametrize("background", [False, True])
def test_an_alarm_is_said_once_and_noted_in_every_place(tmp_path, caplog, background):
    with caplog.at_level(logging.INFO, "keras_v1_activity"):
        fit(tmp_path, alarms=[at_steps({1, 2})], background=background)
    said = [r.getMessage() for r in caplog.records if "alarm" in r.getMessage()]
    assert [text.splitlines()[0] for text in said] == [
        "amber alarm at step 1, odd step: Step 1 is odd.", "alarms of this training:",
    ]  # fmt: skip
    assert "odd step" in said[1] and "e4Rorb" in said[1]
    with load_activity(tmp_path) as run:
        (alarm,) = run.alarms
        names = [[found["name"] for found in run[step].details["alarms"]] for step in run.steps]
    assert (alarm.step, alarm.cleared_step, alarm.level) == (1, 4, "amber")
    # Looks 3 and 4 are good: it is gone with the second.
    assert names == [["odd step"], ["odd step"], ["odd step"], []]
    for step in (1, 4):
        summary = json.loads((tmp_path / f"step_{step:06d}/summary.json").read_text())
        assert [found["name"] for found in summary["alarms"]] == names[step - 1]


@pytest.mark.parametrize("kit", KITS)
def test_stop_ends_fit_at_the_batch_and_keeps_the_reason(tmp_path, kit, caplog):
    callback = fit(tmp_path, kit, alarms=[at_steps({2})], on_alarm="stop")
    assert callback.recorder.steps == [1, 2] and callback.model.stop_training
    content = run_json(tmp_path)
    assert content["stopped_by"] == "odd step at step 2: Step 2 is odd."
    assert 'on_alarm="stop"' in caplog.text
    assert (tmp_path / "activity_summary.npz").exists()


def test_a_function_is_called_in_the_thread_that_trains_and_may_fail(tmp_path, caplog):
    called = []

    def on_alarm(alarm):
        called.append((alarm.step, threading.current_thread()))
        raise RuntimeError("my own mistake")

    callback = fit(tmp_path, alarms=[at_steps({1, 2, 3, 4})], on_alarm=on_alarm, background=True)
    callback.wait_for_figures()
    assert called == [(1, threading.main_thread())]
    counts = run_json(tmp_path)["counts"]
    assert counts["on_alarm_failed"] == 1
    assert callback.recorder.steps == [1, 2, 3, 4]


def test_one_that_raises_is_left_out_and_no_alarms_are_none(tmp_path, caplog):
    def broken(history):
        raise KeyError("loss")

    fit(tmp_path / "broken", alarms=[broken, at_steps({3})])
    assert "broken: KeyError" in caplog.text
    with load_activity(tmp_path / "broken") as run:
        assert [alarm.step for alarm in run.alarms] == [3]
    fit(tmp_path / "off", alarms=False)
    with load_activity(tmp_path / "off") as run:
        assert run.alarms == [] and "alarms" not in run[1].details


def test_a_loss_that_is_not_finite_is_red_and_inspect_says_so(tmp_path, capsys):
    model = make_model(keras, run_eagerly=True)
    model.get_layer("prediction").kernel.assign(np.full((9, 3), np.nan))
    callback = V1ActivityCallback(tmp_path, 1, figures=(), background=False)
    model.fit(X, Y, batch_size=2, verbose=0, callbacks=[callback])
    with load_activity(tmp_path) as run:
        found = {alarm.name: alarm for alarm in run.alarms}
    assert found["not finite"].level == "red" and "loss" in found["not finite"].text
    assert main(["inspect", str(tmp_path)]) == 3
    assert "not finite" in capsys.readouterr().out
    fit(tmp_path / "healthy")
    assert main(["inspect", str(tmp_path / "healthy")]) == 0


def test_a_loop_of_ones_own_is_told_in_log_step_and_goes_on_with_what_stood(tmp_path):
    called = []
    how = {"figures": (), "background": False, "alarms": [at_steps({1, 2})]}
    with NetworkActivityLogger(tmp_path, 1, on_alarm=called.append, **how) as logger:
        for _ in range(2):
            logger.log_step(spikes=np.zeros((1, 10, 4)))
        assert [alarm.step for alarm in called] == [1] == [a.step for a in logger.alarms]
    with NetworkActivityLogger(tmp_path, 1, start_step=2, on_alarm=called.append, **how) as logger:
        for _ in range(2):
            logger.log_step(spikes=np.zeros((1, 10, 4)))
        assert len(called) == 1
        assert [(a.step, a.cleared_step) for a in logger.alarms] == [(1, 4)]


@pytest.mark.parametrize("wrong", ["go", 3])
def test_what_is_no_action_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="on_alarm must be"):
        V1ActivityCallback(tmp_path, on_alarm=wrong)
    with pytest.raises(ValueError, match="alarms must be"):
        V1ActivityCallback(tmp_path, alarms=[wrong])


def test_stop_ends_fit_also_where_looks_are_judged_beside_it(tmp_path):
    how = {"figures": (), "alarms": [at_steps({2})], "on_alarm": "stop"}
    model = make_model(keras)
    callback = V1ActivityCallback(tmp_path, 1, **how)
    history = model.fit(X, Y, batch_size=2, epochs=200, verbose=0, callbacks=[callback])
    assert len(history.history["loss"]) < 200
    assert run_json(tmp_path)["stopped_by"] == "odd step at step 2: Step 2 is odd."


def test_an_alarm_that_is_known_when_fit_is_over_ends_the_next_fit_of_the_run(tmp_path):
    is_over = threading.Event()

    def late(history):
        is_over.wait()
        return at_steps({4})(history)

    model = make_model(keras)
    callback = V1ActivityCallback(tmp_path, 4, figures=(), alarms=[late], on_alarm="stop")
    ends = keras.callbacks.LambdaCallback(on_train_end=lambda logs: is_over.set())
    n_epochs, reasons = [], []
    for epochs in (1, 5):
        history = model.fit(
            X, Y, batch_size=2, verbose=0, epochs=epochs, callbacks=[ends, callback]
        )
        n_epochs.append(len(history.history["loss"]))
        reasons.append(run_json(tmp_path).get("stopped_by"))
    assert n_epochs == [1, 1] and reasons == [None, "odd step at step 4: Step 4 is odd."]


def test_what_a_function_raises_at_the_end_of_fit_is_counted_in_its_files(tmp_path):
    def on_alarm(alarm):
        raise OSError("no mail")

    # The last look is judged beside the training, when that is over.
    callback = fit(tmp_path, alarms=[at_steps({4})], on_alarm=on_alarm, background=True)
    assert run_json(tmp_path)["counts"]["on_alarm_failed"] == 1
    callback.wait_for_figures()
