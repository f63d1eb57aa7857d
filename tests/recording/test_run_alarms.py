"""The alarms of a run: in its files, said once, handed on, kept through a resume, inspected."""

import json
import threading

import numpy as np
import pytest
from looks import make_look, make_spikes
from recorders import SILENT, run_json, warnings_in

from keras_v1_activity import NetworkActivityLogger, load_activity
from keras_v1_activity.alarms import Alarm
from keras_v1_activity.cli.main import main
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.run_alarms import RunAlarms

BOTH = pytest.mark.parametrize("background", [False, True])
N_STEPS, N_NEURONS = 60, 30


def silent_look(step):
    """Without a spike: five of them running are a red alarm."""
    return make_look(step, spikes=np.zeros((N_STEPS, N_NEURONS), bool))


def look_of(step, kind):
    if kind == "0":
        return silent_look(step)
    return make_look(step, spikes=make_spikes(N_STEPS, N_NEURONS, 0.004, seed=step))


def recorded(folder, kinds, first=1, *, background=False, rules=True, on_alarm=None):
    """A run of which each character is a look: "0" is silent, "." is healthy."""
    alarms = RunAlarms(rules, on_alarm)
    recorder = Recorder(
        folder, SILENT, background=background, alarms=alarms, settings=alarms.settings()
    )
    recorder.open(first)
    for step, kind in enumerate(kinds, first):
        recorder.record(look_of(step, kind))
    recorder.close(wait_s=60)
    return recorder


def summary(folder, step):
    return json.loads((folder / f"step_{step:06d}/summary.json").read_text())


def steps_of(alarms):
    return [(a.name, a.level, a.population, a.step, a.cleared_step) for a in alarms]


def always(history):
    step = int(history.steps[-1])
    return Alarm("always", "amber", "e4", 1.0, 0.5, step, "Look at it.")


@BOTH
def test_what_fires_is_in_the_files_of_the_run_and_of_the_looks(tmp_path, background):
    recorded(tmp_path, "..00000..", background=background)
    expected = [("silent population", "red", None, 7, 9)]
    with load_activity(tmp_path) as run:
        assert steps_of(run.alarms) == expected
        assert run[7].details["alarms"][0]["name"] == "silent population"
    (entry,) = run_json(tmp_path)["alarms"]
    assert (entry["name"], entry["step"], entry["cleared_step"]) == ("silent population", 7, 9)
    assert (entry["value"], entry["threshold"]) == (0.0, 0.1)
    stood = {step: summary(tmp_path, step)["alarms"] for step in range(1, 10)}
    what = [{"name": "silent population", "level": "red", "population": None}]
    assert [step for step, found in stood.items() if found] == [7, 8]
    assert stood[7] == stood[8] == what


@BOTH
def test_it_is_said_once_when_it_fires_and_in_a_table_at_the_end(tmp_path, caplog, background):
    caplog.set_level("INFO")
    recorded(tmp_path, "..0000000", background=background)
    (said,) = warnings_in(caplog)
    assert said.startswith("red alarm at step 7, silent population: ")
    (table,) = [r.getMessage() for r in caplog.records if "alarms of this training" in r.message]
    assert "silent population" in table.splitlines()[2] and len(table.splitlines()) == 3


def test_a_healthy_run_has_no_alarm_and_says_nothing(tmp_path, caplog):
    caplog.set_level("INFO")
    recorded(tmp_path, "." * 9)
    assert "alarm" not in caplog.text
    assert load_activity(tmp_path).alarms == [] and run_json(tmp_path)["alarms"] == []


def test_what_is_not_finite_is_red_at_once(tmp_path):
    recorder = Recorder(tmp_path, SILENT, background=False, alarms=RunAlarms())
    recorder.open(1)
    voltages = np.full((N_STEPS, 4), np.nan, np.float32)
    recorder.record(make_look(1, voltages=voltages))
    recorder.record_made(2, lambda: make_look(2), scalars={"loss": float("nan")})
    recorder.close()
    (alarm,) = load_activity(tmp_path).alarms
    assert steps_of([alarm]) == [("not finite", "red", None, 1, None)]
    assert alarm.value == 240  # 60 samples of four potentials
    assert summary(tmp_path, 2)["alarms"][0]["name"] == "not finite"


def test_alarms_may_be_turned_off(tmp_path, caplog):
    recorded(tmp_path, "000000", rules=False)
    assert run_json(tmp_path)["settings"]["alarms"] is False
    assert load_activity(tmp_path).alarms == []
    assert not {"alarms", "recording", "quiet_fractions"} & summary(tmp_path, 6).keys()
    assert warnings_in(caplog) == []


def test_rules_of_ones_own_take_the_place_of_the_others_and_are_named(tmp_path):
    recorded(tmp_path, "00000", rules=[always], on_alarm=print)
    settings = run_json(tmp_path)["settings"]
    assert (settings["alarms"], settings["on_alarm"]) == (["always"], "print")
    found = load_activity(tmp_path).alarms
    assert steps_of(found) == [("always", "amber", "e4", 1, None)]


@pytest.mark.parametrize("fails", [lambda history: 1 / 0, lambda history: 7])
def test_a_rule_that_fails_is_told_once_and_the_run_goes_on(tmp_path, caplog, fails):
    recorder = recorded(tmp_path, "...", rules=[fails, always])
    counts = run_json(tmp_path)["counts"]
    assert counts["alarm_rule_failed"] == 1 and counts["looks"] == 3
    said = [line for line in warnings_in(caplog) if "rule of alarms was left out" in line]
    assert len(said) == 1 and ("ZeroDivisionError" in said[0] or "must return" in said[0])
    assert [alarm.name for alarm in recorder.alarms.fired] == ["always"]


@BOTH
def test_what_stands_goes_on_in_a_resumed_run(tmp_path, caplog, background):
    caplog.set_level("INFO")
    recorded(tmp_path, "00000", background=background)
    caplog.clear()
    recorded(tmp_path, "00", 6, background=background)
    assert warnings_in(caplog) == []  # it stood already
    assert "alarms of this training" in caplog.text
    recorded(tmp_path, "..", 8, background=background)
    with load_activity(tmp_path) as run:
        assert steps_of(run.alarms) == [("silent population", "red", None, 5, 9)]
    caplog.clear()
    recorded(tmp_path, ".", 10, background=background)
    assert "alarm" not in caplog.text
    assert len(run_json(tmp_path)["alarms"]) == 1


def test_a_second_training_of_one_recorder_knows_the_looks_of_the_first(tmp_path):
    alarms = RunAlarms()
    recorder = Recorder(tmp_path, SILENT, background=False, alarms=alarms)
    # Ten looks of which a neuron is quiet are counted through several trainings.
    for first in (1, 6):
        recorder.open(first)
        for step in range(first, first + 5):
            recorder.record(make_look(step))
        recorder.close()
    assert "ten_looks" in summary(tmp_path, 10)["quiet_fractions"]


def test_a_new_run_has_no_alarms_of_the_run_that_it_moves_aside(tmp_path):
    recorded(tmp_path, "00000")
    recorded(tmp_path, "...")
    assert load_activity(tmp_path).alarms == []
    assert len(load_activity(tmp_path / "earlier_001").alarms) == 1


def batch(rate):
    spikes = np.random.default_rng(0).random((2, N_STEPS, N_NEURONS)) < rate
    return {"spikes": spikes, "outputs": np.zeros((2, 3), np.float32)}


@BOTH
def test_on_alarm_is_called_in_the_thread_of_the_loop_and_may_fail(tmp_path, caplog, background):
    called = []

    def on_alarm(alarm):
        called.append((alarm.name, alarm.step, threading.current_thread()))
        raise OSError("no mail")

    with NetworkActivityLogger(
        tmp_path, 1, figures=(), background=background, alarms=[always, too_fast],
        on_alarm=on_alarm,
    ) as logger:  # fmt: skip
        for rate in (0.01, 0.01, 0.5, 0.5):
            assert logger.log_step(**batch(rate))
    here = threading.current_thread()
    assert called == [("always", 1, here), ("too fast", 3, here)]
    assert [alarm.name for alarm in logger.alarms] == ["always", "too fast"]
    counts = run_json(tmp_path)["counts"]
    assert counts["on_alarm_failed"] == 2 and counts["looks"] == 4
    (said,) = [line for line in warnings_in(caplog) if "on_alarm" in line]
    assert "OSError: no mail" in said and not logger.should_stop


def too_fast(history):
    rate = history.value(-1, "mean_rate_hz")
    if rate > 100:
        return Alarm("too fast", "red", None, rate, 100.0, int(history.steps[-1]), "Too fast.")
    return None


def test_a_loop_of_ones_own_is_told_when_to_stop_and_why(tmp_path, caplog):
    logger = NetworkActivityLogger(
        tmp_path, 1, figures=(), background=False, alarms=[too_fast], on_alarm="stop"
    )
    with logger:
        for rate in (0.01, 0.01, 0.5, 0.5, 0.5):
            logger.log_step(**batch(rate))
            if logger.should_stop:
                break
    assert logger.step == 3
    assert run_json(tmp_path)["stopped_by"] == "too fast at step 3: Too fast."
    assert any("training ends" in line and "Too fast." in line for line in warnings_in(caplog))


@pytest.mark.parametrize(
    ("kinds", "code", "lines"),
    [
        ("..00000", 3, ["alarms: 1 fired, 1 stand", "red    silent population"]),
        ("..00000..", 0, ["alarms: 1 fired, 0 stand", "red    silent population"]),
        ("....", 0, []),
    ],
)
def test_inspect_shows_alarms_and_its_exit_code_says_whether_a_red_one_stands(
    tmp_path, capsys, kinds, code, lines
):
    recorded(tmp_path, kinds)
    for path in (tmp_path, tmp_path / "run.json"):
        assert main(["inspect", str(path)]) == code
        printed = capsys.readouterr().out
        assert all(line in printed for line in lines)
        assert ("alarms:" in printed) == bool(lines)


def test_inspect_says_that_an_alarm_ended_the_training_and_amber_is_no_failure(tmp_path, capsys):
    with NetworkActivityLogger(
        tmp_path, 1, figures=(), background=False, alarms=[always], on_alarm="stop"
    ) as logger:
        logger.log_step(**batch(0.01))
    assert main(["inspect", str(tmp_path)]) == 0
    assert "training was ended by an alarm: always at step 1: Look at it." in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("given", ["halt", 7, True])
def test_on_alarm_must_be_a_function_or_stop(tmp_path, given):
    with pytest.raises(ValueError, match='on_alarm must be a function of an alarm, "stop" or None'):
        NetworkActivityLogger(tmp_path, on_alarm=given)


@pytest.mark.parametrize("given", ["all", 7, [always, 3]])
def test_alarms_must_be_rules(tmp_path, given):
    with pytest.raises(ValueError, match="alarms must be True, False or a list of rules"):
        NetworkActivityLogger(tmp_path, alarms=given)
