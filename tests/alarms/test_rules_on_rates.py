"""Rules on how much neurons fire, on histories made by hand; limits are worked out by hand."""

import pytest
from alarm_histories import brief, found, made

from keras_v1_activity.alarms import dead_neurons, runaway, silent_population
from keras_v1_activity.history import History

LOOK = {"n_steps": 600, "dt_ms": 1.0}  # 0.6 s
RATES = ("population_rates_hz",)


def two(rates, size, other=5.0, **common):
    """A population "e4" that is judged, beside one that fires."""
    both = [{"e4": rate, "i4": other} for rate in rates]
    return made(RATES, both, population_sizes={"e4": size, "i4": 500}, **LOOK, **common)


# 200 neurons for 0.6 s at 0.1 Hz: 12 spikes are expected in one look, three looks are enough.
@pytest.mark.parametrize(
    ("rates", "value"),
    [
        ([5.0, 0.09, 0.09, 0.09], 0.09),
        ([5.0, 0.1, 0.1, 0.1], None),
        ([5.0, 0.0, 0.0], None),
        ([0.13, 0.05, 0.05], None),  # one of three is above
        ([5.0] * 20 + [0.0] * 3, 0.0),
        ([0.0, 0.0, 0.0, 0.2], None),
    ],
)
def test_a_population_below_a_tenth_of_a_hertz_in_three_looks_is_silent(rates, value):
    alarms = found(silent_population, two(rates, 200))
    assert [(a.level, a.population) for a in alarms] == [("amber", "e4")] * (value is not None)
    if alarms:
        assert alarms[0].value == pytest.approx(value) and alarms[0].threshold == 0.1
        assert alarms[0].step == 10 * len(rates) and "e4" in alarms[0].text


# 10 neurons for 0.6 s at 0.1 Hz: 0.6 spikes a look, so that three are expected in five looks.
@pytest.mark.parametrize(
    ("size", "n_looks", "n_alarms"), [(10, 3, 0), (10, 4, 0), (10, 5, 1), (9, 30, 0)]
)
def test_a_small_population_is_silent_when_three_spikes_are_missing(size, n_looks, n_alarms):
    assert len(found(silent_population, two([0.0] * n_looks, size))) == n_alarms


def test_a_small_population_that_used_to_fire_needs_fewer_looks():
    # At its usual 5 Hz ten neurons fire 30 times in a look.
    assert found(silent_population, two([5.0] * 13 + [0.0] * 2, 10)) == []
    assert brief(silent_population, two([5.0] * 13 + [0.0] * 3, 10)) == [("amber", "e4")]


def test_where_all_are_silent_there_is_one_red_alarm():
    assert brief(silent_population, two([0.0, 0.0], 200, other=0.0)) == [("red", None)]


@pytest.mark.parametrize(("means", "n_alarms"), [([0.0] * 4, 0), ([0.0] * 5, 1), ([9.0, 0, 0], 0)])
def test_no_spike_in_five_looks_is_red_however_small_the_network(means, n_alarms):
    history = made(("mean_rate_hz",), means, population_rates_hz={"e4": 0.0},
                   population_sizes={"e4": 1}, n_neurons=1, **LOOK)  # fmt: skip
    assert brief(silent_population, history) == [("red", None)] * n_alarms


@pytest.mark.parametrize(
    ("size", "first", "now", "limit"),
    [
        (10_000, 0.2, 0.50, None),
        (10_000, 0.2, 0.51, 0.5),
        (10_000, 0.45, 0.55, None),
        (10_000, 0.45, 0.56, 0.55),
        (10_000, 0.5, 0.99, None),  # half of it was silent at first
        # 3 sqrt(2 p (1 - p) / 100), p = 47 / 104: chance may add at least 0.211.
        (100, 0.45, 0.65, None),
        (9, 0.0, 1.0, None),  # too small
    ],
)
def test_half_of_a_population_may_not_fall_silent(size, first, now, limit):
    parts = [{"ten_looks": {"e4": part}} for part in (first, now)]
    history = made(("quiet_fractions",), parts, population_rates_hz={"e4": 3.0, "i4": 3.0},
                   population_sizes={"e4": size, "i4": 500}, **LOOK)  # fmt: skip
    alarms = found(silent_population, history)
    assert len(alarms) == (limit is not None)
    if alarms:
        assert (alarms[0].level, alarms[0].population, alarms[0].value) == ("amber", "e4", now)
        assert alarms[0].threshold == pytest.approx(limit, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "size", "first", "now", "n_alarms"),
    [
        ("all", 5000, 0.02, 0.11, 0),
        ("all", 5000, 0.02, 0.13, 1),
        ("e4", 5000, 0.02, 0.11, 0),
        ("e4", 5000, 0.02, 0.13, 1),
        # 3 sqrt(2 p (1 - p) / 20), p = 2 / 24: chance may add at least 0.262.
        ("e4", 20, 0.0, 0.25, 0),
        ("e4", 20, 0.0, 0.55, 1),
        ("e4", 9, 0.0, 1.0, 0),
    ],
)
def test_dead_neurons_are_ten_points_more_than_at_first(name, size, first, now, n_alarms):
    parts = [{name: part} for part in (first, (first + now) / 2, now)]
    history = made(("quiet_fractions", "twenty_looks"), parts, n_neurons=5000,
                   population_sizes={"e4": size})  # fmt: skip
    who = None if name == "all" else name
    assert brief(dead_neurons, history) == [("amber", who)] * n_alarms


# 95 % of recorded excitatory units of layer 4 fire less than 14.5 Hz; three times that is 43.5 Hz.
@pytest.mark.parametrize(
    ("rates", "n_alarms"),
    [
        ([43.0] * 3, 0),
        ([44.0] * 3, 1),
        ([44.0] * 2, 0),
        ([44.0, 5.0, 44.0, 44.0], 0),
        # It has done so from the beginning, and no more than usual: 1.35 times 40 Hz is 54 Hz.
        ([40.0] * 20 + [50.0] * 3, 0),
        ([40.0] * 20 + [55.0] * 3, 1),
    ],
)
def test_a_population_may_not_fire_three_times_what_recorded_ones_do(rates, n_alarms):
    history = made((*RATES, "e4Rorb"), rates, population_sizes={"e4Rorb": 300})
    assert brief(runaway, history) == [("red", "e4Rorb")] * n_alarms
    if n_alarms:
        assert found(runaway, history)[0].threshold == pytest.approx(43.5, abs=0.2)


@pytest.mark.parametrize(
    ("first", "now", "limit"),
    [
        ([4.0], 11.9, None),
        ([4.0], 12.1, 12.0),
        ([1.0], 4.9, None),  # three times 1 Hz is little
        ([1.0], 5.1, 5.0),
        # ln 2 and ln 8 about ln 4: sd 1.4826 ln 2; three of them above 4 Hz are 87.3 Hz.
        ([2.0, 8.0], 87.0, None),
        ([2.0, 8.0], 88.0, 87.3),
    ],
)
@pytest.mark.parametrize("who", ["all", "mine"])
def test_rates_may_not_grow_to_three_times_those_at_first(first, now, limit, who):
    means = (first * 20)[:20] + [now] * 3
    if who == "all":
        history = made(("mean_rate_hz",), means)
    else:
        rates = [{"mine": rate, "other": 4.0} for rate in means]
        history = made(RATES, rates, population_sizes={"mine": 300, "other": 300})
    alarms = found(runaway, history)
    assert len(alarms) == (limit is not None)
    if alarms:
        (alarm,) = alarms
        assert (alarm.level, alarm.value) == ("red", now)
        assert alarm.population == (None if who == "all" else "mine")
        assert alarm.threshold == pytest.approx(limit, abs=0.1)


def test_a_population_of_nine_is_not_compared_with_its_first_looks():
    rates = [{"mine": rate, "other": 4.0} for rate in [4.0] * 20 + [90.0] * 3]
    history = made(RATES, rates, population_sizes={"mine": 9, "other": 300})
    assert found(runaway, history) == []


@pytest.mark.parametrize(
    ("first", "now", "n_alarms"),
    [(0.05, 0.2, 0), (0.05, 0.21, 1), (0.3, 0.4, 0), (0.3, 0.41, 1)],  # 1.35 x 0.3 is 0.405
)
def test_a_fifth_of_all_neurons_may_not_fire_together(first, now, n_alarms):
    history = made(("peak_fraction",), [first] * 20 + [now] * 3, population_rates_hz={})
    assert brief(runaway, history) == [("red", None)] * n_alarms


@pytest.mark.parametrize("rule", [silent_population, dead_neurons, runaway])
@pytest.mark.parametrize(
    "row",
    [
        {},
        {"population_rates_hz": None, "quiet_fractions": {"twenty_looks": None}},
        {"population_rates_hz": {"e4": None}, "quiet_fractions": {"twenty_looks": {"all": None}}},
        {"population_rates_hz": {"": float("nan")}, "population_sizes": "many"},
    ],
)
def test_what_is_unknown_is_no_alarm(rule, row):
    assert found(rule, History([{"step": step, **row} for step in range(30)])) == []
