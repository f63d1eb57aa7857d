"""Each rule on both sides of its threshold, in a run that is healthy otherwise."""

from functools import partial

import numpy as np
import pytest
from alarm_rows import HZ, POPULATIONS, healthy_row, history_of

from keras_v1_activity import alarms
from keras_v1_activity.activity import facts

N = 60
# The last look, and the last three.
LAST, THREE = [-1], [-3, -2, -1]
NAN = float("nan")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    return [healthy_row(step, rng) for step in range(1, N + 1)]


def found_by(rule, history):
    found = rule(history)
    return [] if found is None else [found] if isinstance(found, alarms.Alarm) else list(found)


RECORDED_E4 = float(np.percentile(facts.recorded_rates_hz()["L4 Exc"], 95))
RECORDED_E23 = float(np.percentile(facts.recorded_rates_hz()["L2/3 Exc"], 95))
HEALTH, STATISTICS = ("health",), ("statistics",)
RATE, SLOW = ("population_rates_hz", "e4Rorb"), ("population_rates_hz", "e23Cux2")
GRADIENT, OCCUPANCY = (*HEALTH, "gradient_norm"), (*HEALTH, "surrogate_occupancy")
FANO, CHANGE = (*STATISTICS, "population_fano"), (*STATISTICS, "rate_change", "e4Rorb")


def fano(factor):
    return {"bins_ms": [1.0, 10.0, 20.0], "factors": [1.0, factor, factor]}


def peak(hz, height):
    return {"hz": HZ, "density": [height if each == hz else 1.0 for each in HZ]}


def bands(**parts):
    rest = (1 - sum(parts.values())) / (4 - len(parts))
    return {**dict.fromkeys(("theta", "alpha", "beta", "gamma"), rest), **parts}


BETA = ((*STATISTICS, "band_fractions"), bands(beta=0.8), THREE)
# (rule, changes that make it fire, changes just below its threshold, level, population)
CASES = {
    "NaN loss": (
        "not_finite", [(("scalars", "loss"), NAN, LAST)], [], "red", None,
    ),
    "null loss of a file": ("not_finite", [(("scalars", "loss"), None, LAST)], [], "red", None),
    "NaN potential": ("not_finite", [(("nan_count",), 1, LAST)], [], "red", None),
    "NaN weight": (
        "not_finite", [((*HEALTH, "not_finite", "weights"), 2, LAST)], [], "red", None,
    ),
    "silent": (
        "silent_population", [(RATE, 0.09, THREE)], [(RATE, 0.11, THREE)], "amber", "e4Rorb",
    ),
    "silent for two looks": (
        "silent_population", [(RATE, 0.0, THREE)], [(RATE, 0.0, [-2, -1])], "amber", "e4Rorb",
    ),
    "all silent": (
        "silent_population",
        [(("population_rates_hz", name), 0.0, [-2, -1]) for name in POPULATIONS], [], "red", None,
    ),
    "half silent in ten looks": (
        "silent_population", [(("quiet_fractions", "ten_looks", "e4Rorb"), 0.51, LAST)],
        [(("quiet_fractions", "ten_looks", "e4Rorb"), 0.49, LAST)], "amber", "e4Rorb",
    ),
    "half silent from the first": (
        "silent_population", [(("quiet_fractions", "ten_looks", "e4Rorb"), 0.8, LAST)],
        [(("quiet_fractions", "ten_looks", "e4Rorb"), 0.6, range(N))], "amber", "e4Rorb",
    ),
    "half silent in looks at first": (
        "silent_population", [(("quiet_fractions", "ten_looks", "e4Rorb"), 0.51, LAST)],
        [(("quiet_fractions", "ten_looks", "e4Rorb"), 0.51, [5, -1])], "amber", "e4Rorb",
    ),
    "dead, but not more than in looks at first": (
        "dead_neurons", [(("quiet_fractions", "twenty_looks", "all"), 0.25, LAST)],
        [(("quiet_fractions", "twenty_looks", "all"), 0.25, [5, -1])], "amber", None,
    ),
    "dead": (
        "dead_neurons", [(("quiet_fractions", "twenty_looks", "all"), 0.21, LAST)],
        [(("quiet_fractions", "twenty_looks", "all"), 0.19, LAST)], "amber", None,
    ),
    "above three times recorded": (
        "runaway", [(RATE, 3.01 * RECORDED_E4, THREE)], [(RATE, 3.01 * RECORDED_E4, [-2, -1])],
        "red", "e4Rorb",
    ),
    "above three times the first": (
        "runaway", [(("mean_rate_hz",), 30.0, THREE)], [(("mean_rate_hz",), 13.0, THREE)],
        "red", None,
    ),
    "faster than at first, and than recorded": (
        "runaway", [(SLOW, 1.0, range(N)), (SLOW, 1.05 * RECORDED_E23, THREE)],
        [(SLOW, 1.0, range(N)), (SLOW, 0.95 * RECORDED_E23, THREE)], "red", "e23Cux2",
    ),
    "all at once": (
        "runaway", [(("peak_fraction",), 0.6, THREE)], [(("peak_fraction",), 0.19, THREE)],
        "red", None,
    ),
    "synchrony": (
        "synchrony", [(FANO, fano(9.0), [-2, -1])], [(FANO, fano(9.0), LAST)], "amber", None,
    ),
    "oscillation": (
        "oscillation", [BETA, ((*STATISTICS, "spectrum"), peak(20.0, 50.0), THREE)],
        [BETA, ((*STATISTICS, "spectrum"), peak(20.0, 4.9), THREE)], "amber", None,
    ),
    "a band without a peak": (
        "oscillation", [BETA, ((*STATISTICS, "spectrum"), peak(20.0, 50.0), THREE)],
        [((*STATISTICS, "spectrum"), peak(20.0, 50.0), THREE)], "amber", None,
    ),
    "a slow response is no oscillation": (
        "oscillation", [BETA, ((*STATISTICS, "spectrum"), peak(20.0, 50.0), THREE)],
        [
            ((*STATISTICS, "band_fractions"), bands(beta=0.8), THREE),
            ((*STATISTICS, "spectrum"),
             {"hz": HZ, "density": [1e4 / max(hz, 1) ** 2 for hz in HZ]}, THREE),
        ], "amber", None,
    ),
    "small gradient": (
        "vanishing_gradient", [((*HEALTH, "mean_abs_gradient", "all"), 0.9e-7, THREE)],
        [((*HEALTH, "mean_abs_gradient", "all"), 1.1e-7, THREE)], "amber", None,
    ),
    "small gradient of a population": (
        "vanishing_gradient", [((*GRADIENT, "e4Rorb"), 0.4e-3, THREE)],
        [((*GRADIENT, "e4Rorb"), 0.6e-3, THREE)], "amber", "e4Rorb",
    ),
    "no updates": (
        "vanishing_gradient", [((*HEALTH, "update_ratio", "all"), 0.9e-8, THREE)],
        [((*HEALTH, "update_ratio", "all"), 1.1e-8, THREE)], "amber", None,
    ),
    "large gradient": (
        "exploding_gradient", [((*GRADIENT, "e4Rorb"), 50.1, LAST)],
        [((*GRADIENT, "e4Rorb"), 49.9, LAST)], "red", "e4Rorb",
    ),
    "large gradient of more than a few neurons": (
        "exploding_gradient", [((*GRADIENT, "e4Rorb"), 300.0, LAST)],
        [((*GRADIENT, "e4Rorb"), 300.0, LAST), (("population_sizes", "e4Rorb"), 9, range(N))],
        "red", "e4Rorb",
    ),
    "large updates": (
        "exploding_gradient", [((*HEALTH, "update_ratio", "all"), 10.1, THREE)],
        [((*HEALTH, "update_ratio", "all"), 9.9, THREE)], "red", None,
    ),
    "starved": (
        "surrogate_starvation", [((*OCCUPANCY, "e4Rorb"), 0.124, THREE)],
        [((*OCCUPANCY, "e4Rorb"), 0.126, THREE)], "amber", "e4Rorb",
    ),
    "starved from the first": (
        "surrogate_starvation", [((*OCCUPANCY, "all"), 0.049, range(N))],
        [((*OCCUPANCY, "all"), 0.051, range(N))], "amber", None,
    ),
    "potentials too low": (
        "potential_out_of_range", [(("voltage_below_range_fraction",), 0.12, THREE)],
        [(("voltage_below_range_fraction",), 0.1, THREE)], "amber", None,
    ),
    "drift": (
        "drift_of_rates", [(CHANGE, 0.4, THREE)], [(CHANGE, 0.19, THREE)], "amber", "e4Rorb",
    ),
    "away": (
        "away_from_data", [((*STATISTICS, "similarity"), 0.5, range(-3, 0))],
        [((*STATISTICS, "similarity"), 0.57, range(-3, 0))], "amber", None,
    ),
    "Dale": (
        "dale", [((*HEALTH, "dale_violations", "i4Pvalb"), 1, LAST)], [], "red", "i4Pvalb",
    ),
    "not learning": (
        "not_learning", [(("scalars", "loss"), 2.3, range(-50, 0))],
        [(("scalars", "loss"), 2.3, range(-50, -25)), (("scalars", "loss"), 2.29, range(-25, 0))],
        "amber", None,
    ),
    "a look lost": (
        "looking_degraded", [(("recording", "saves_failed"), 1, LAST)],
        [(("recording", "saves_failed"), 1, range(N))], "amber", None,
    ),
    "fewer looks": (
        "looking_degraded", [(("recording", "interval_factor"), 2.0, LAST)], [], "amber", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_rule_fires_beyond_its_threshold_and_not_before(name, rows):
    rule, bad, good, level, population = CASES[name]
    (alarm,) = found_by(getattr(alarms, rule), history_of(rows, *bad))
    assert (alarm.level, alarm.population, alarm.step) == (level, population, N)
    assert alarm.text.endswith(".") and "look at" in alarm.text.lower()
    assert found_by(getattr(alarms, rule), history_of(rows, *good)) == []


def test_all_default_rules_are_tried_here():
    assert {rule.__name__ for rule in alarms.DEFAULT_RULES} == {case[0] for case in CASES.values()}
    assert len(alarms.DEFAULT_RULES) == 15


@pytest.mark.parametrize("n_looks", [1, 2, 5, 30, N])
def test_a_healthy_run_has_no_alarm_however_short_it_is(rows, n_looks):
    history = history_of(rows[:n_looks])
    assert [found_by(rule, history) for rule in alarms.DEFAULT_RULES] == [[]] * 15


def test_a_few_odd_looks_are_no_alarm(rows):
    """One image in ten drives the network four times as much."""
    loud = [(("mean_rate_hz",), 28.0, range(0, N, 10)), (RATE, 24.0, range(0, N, 10))]
    for n_looks in range(20, N):
        history = history_of(rows[:n_looks], *[(p, v, range(0, n_looks, 10)) for p, v, _ in loud])
        assert found_by(alarms.runaway, history) == []


def test_a_mean_loss_of_an_epoch_so_far_hardly_varies_and_is_no_proof():
    """Losses that fall by 30 % and scatter by 40 %, as Keras gives them in epochs of ten steps."""
    fired = 0
    for seed in range(100):
        losses = 0.7 ** (np.arange(N) / N) * np.random.default_rng(seed).normal(1.0, 0.4, N)
        means = np.cumsum(losses.reshape(-1, 10), axis=1) / np.arange(1, 11)
        rows = [{"step": k, "scalars": {"loss": float(x)}} for k, x in enumerate(means.ravel())]
        fired += bool(found_by(alarms.not_learning, history_of(rows)))
    assert fired <= 2


def test_a_small_population_may_be_silent_alone(rows):
    silence = (RATE, 0.0, range(-30, 0))
    for size, expected in [(9, []), (10, ["e4Rorb"])]:
        history = history_of(rows, (("population_sizes", "e4Rorb"), size, range(N)), silence)
        found = found_by(alarms.silent_population, history)
        assert [alarm.population for alarm in found] == expected


def test_a_slow_population_must_be_silent_for_longer(rows):
    slow = [(("population_sizes", "e4Rorb"), 10, range(N)), (RATE, 0.4, range(N))]
    silent = partial(found_by, alarms.silent_population)
    assert silent(history_of(rows, *slow, (RATE, 0.0, THREE))) == []
    (alarm,) = silent(history_of(rows, *slow, (RATE, 0.0, range(-10, 0))))
    assert alarm.population == "e4Rorb"


def test_a_population_that_images_now_and_then_do_not_excite_must_be_silent_for_longer(rows):
    """Rates of 0.8 Hz that differ threefold: one look of thirty lies below 0.1 Hz by chance."""
    rng = np.random.default_rng(2)
    scattered = [(RATE, float(rng.lognormal(np.log(0.8), 1.2)), [k]) for k in range(N)]
    silent = partial(found_by, alarms.silent_population)
    assert silent(history_of(rows, *scattered, (RATE, 0.0, THREE))) == []
    (alarm,) = silent(history_of(rows, *scattered, (RATE, 0.0, range(-10, 0))))
    assert (alarm.level, alarm.population) == ("amber", "e4Rorb")


def test_a_population_that_was_silent_for_a_look_and_came_back_must_be_silent_for_longer(rows):
    """Once in 57 looks: four running are chance once in 9e5, five once in 2e7."""
    before = (RATE, 0.0, [20])
    silent = partial(found_by, alarms.silent_population)
    assert len(silent(history_of(rows, (RATE, 0.0, THREE)))) == 1
    assert silent(history_of(rows, before, (RATE, 0.0, range(-4, 0)))) == []
    assert len(silent(history_of(rows, before, (RATE, 0.0, range(-5, 0))))) == 1


@pytest.mark.parametrize(("n_silent", "level"), [(300, "amber"), (301, "red")])
def test_a_network_of_which_most_neurons_are_in_silent_populations_is_red(rows, n_silent, level):
    sizes = {"e23Cux2": 600 - n_silent, "e4Rorb": n_silent - 100, "i4Pvalb": 100}
    silence = [(("population_rates_hz", name), 0.0, THREE) for name in ("e4Rorb", "i4Pvalb")]
    found = found_by(
        alarms.silent_population,
        history_of(rows, (("population_sizes",), sizes, range(N)), *silence),
    )
    assert {alarm.level for alarm in found} == {level}
    assert [alarm.population for alarm in found] == (
        [None] if level == "red" else ["e4Rorb", "i4Pvalb"]
    )
    if level == "red":
        assert found[0].value == pytest.approx(301 / 600) and found[0].threshold == 0.5
        assert "50% of all neurons" in found[0].text


def test_a_noisy_loss_is_judged_over_more_looks(rows):
    noise = np.random.default_rng(1).normal(2.3, 0.5, N)
    noisy = [(("scalars", "loss"), float(noise[k]), [k]) for k in range(N)]
    assert found_by(alarms.not_learning, history_of(rows, *noisy)) == []


def test_rows_of_any_content_are_no_error():
    odd = [{"step": k, "health": 3, "statistics": {"spectrum": {"hz": "x", "density": [None, "y"]},
            "band_fractions": {"beta": 0.9}, "population_fano": {"bins_ms": [1], "factors": "a"}},
            "scalars": [], "recording": None, "population_rates_hz": {"e4": None}, "n_steps": "?"}
           for k in range(40)]  # fmt: skip
    history = history_of(odd)
    assert [found_by(rule, history) for rule in alarms.DEFAULT_RULES] == [[]] * 15
