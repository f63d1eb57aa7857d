"""A state of many populations is one alarm."""

import numpy as np
import pytest
from alarm_rows import healthy_row

from keras_v1_activity import alarms
from keras_v1_activity.history import History


@pytest.mark.parametrize("n_silent, named", [(3, ["p0", "p1", "p2"]), (4, [None])])
def test_of_more_than_three_populations_there_is_one_alarm_that_counts_them(n_silent, named):
    rates = {f"p{k}": 5.0 if k >= n_silent else 0.0 for k in range(6)}
    rows = [
        {"step": step, "n_neurons": 600, "n_steps": 600, "dt_ms": 1.0, "mean_rate_hz": 2.0,
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
