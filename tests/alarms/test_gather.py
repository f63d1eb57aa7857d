"""A state of many populations is one alarm."""

import re

import numpy as np
import pytest
from alarm_rows import healthy_row

from keras_v1_activity import alarms
from keras_v1_activity.history import History


@pytest.mark.parametrize("n_silent, named", [(3, ["p0", "p1", "p2"]), (4, [None])])
def test_of_more_than_three_populations_there_is_one_alarm_that_counts_them(n_silent, named):
    rates = {f"p{k}": 5.0 if k >= n_silent else 0.0 for k in range(10)}
    rows = [
        {"step": step, "n_neurons": 1000, "n_steps": 600, "dt_ms": 1.0, "mean_rate_hz": 2.0,
         "population_rates_hz": rates, "population_sizes": dict.fromkeys(rates, 100)}
        for step in (1, 2, 3)
    ]  # fmt: skip
    found = alarms.silent_population(History(rows))
    assert [alarm.population for alarm in found] == named
    assert {alarm.level for alarm in found} == {"amber"}
    assert ("4 populations (p0, p1, p2 and others)" in found[0].text) == (n_silent == 4)


def test_the_whole_network_stands_for_its_populations():
    rng = np.random.default_rng(0)
    rows = [healthy_row(step, rng) for step in range(1, 40)]
    for row in rows:
        names = [f"mine{k}" for k in range(5)]
        row["population_sizes"] = dict.fromkeys(names, 100)
        loud = 10.0 if row["step"] > 36 else 1.0
        row["population_rates_hz"] = dict.fromkeys(names, 7.0 * loud)
        row["mean_rate_hz"] = 7.0 * loud
    (alarm,) = alarms.runaway(History(rows))
    assert (alarm.level, alarm.population, alarm.value) == ("red", None, 70.0)


def look(step, silent, n=10):
    """A look of ten populations of 100 neurons, of which those numbered in `silent` do not fire."""
    rates = {f"p{k}": 0.0 if k in silent else 5.0 for k in range(n)}
    return {"step": step, "n_neurons": 100 * n, "n_steps": 600, "dt_ms": 1.0, "mean_rate_hz": 4.0,
            "population_rates_hz": rates,
            "population_sizes": dict.fromkeys(rates, 100)}  # fmt: skip


def test_alarms_of_populations_stand_while_one_alarm_stands_for_them():
    watch, history = alarms.Watch([alarms.silent_population]), History()
    # p0 falls silent, then four more; then p0 recovers, then two more, then all.
    stages = [[], [0], [0, 1, 2, 3, 4], [1, 2, 3, 4], [1, 2], []]
    for step in range(1, 61):
        history.merge(step, look(step, stages[(step - 1) // 10]))
        watch.see(history, step)
    spans = {alarm.population: (alarm.step, alarm.cleared_step) for alarm in watch.fired}
    assert spans == {"p0": (13, 32), None: (23, 42), "p1": (43, 52), "p2": (43, 52)}
    assert len(watch.fired) == 4


def test_weights_of_the_input_are_no_population():
    norms = {"all": 1.0, "input": 1.0, "readout": 1.0, **{f"p{k}": 1.0 for k in range(5)}}
    rows = [look(step, []) | {"health": {"gradient_norm": dict(norms)}} for step in range(1, 34)]
    for row in rows[30:]:
        row["health"]["gradient_norm"] |= {"input": 0.0, "p0": 0.0}
    found = alarms.vanishing_gradient(History(rows))
    assert [alarm.population for alarm in found] == [None, "p0"]
    assert "the input weights" in found[0].text and "population" not in found[0].text
    for row in rows[30:]:
        row["health"]["gradient_norm"] |= {f"p{k}": 0.0 for k in range(5)}
    (alarm,) = alarms.vanishing_gradient(History(rows))
    assert alarm.population is None and alarm.populations == ("p0", "p1", "p2", "p3", "p4")
    assert "the input weights" in alarm.text and "weights onto 5 populations" in alarm.text


@pytest.mark.parametrize("rate", [43.6, 44.0, 90.0])
def test_a_rate_just_above_its_limit_is_told_with_enough_digits(rate):
    rows = [{"step": k, "population_rates_hz": {"e4Rorb": rate}} for k in range(3)]
    (alarm,) = alarms.runaway(History(rows))
    now, most = (float(word) for word in re.findall(r"([0-9.]+) Hz", alarm.text))
    assert now > most
    (alarm,) = alarms.runaway(
        History(
            {"step": k, "population_rates_hz": {"e4Rorb": alarm.threshold + 1e-4}} for k in range(3)
        )
    )
    now, most = (float(word) for word in re.findall(r"([0-9.]+) Hz", alarm.text))
    assert now > most
