"""Rules on gradients, weights, potentials, losses and the recording, on histories made by hand."""

import math

import numpy as np
import pytest
from alarm_histories import brief, found, made

from keras_v1_activity.alarms import (
    dale,
    exploding_gradient,
    looking_degraded,
    not_finite,
    not_learning,
    potential_out_of_range,
    surrogate_starvation,
    vanishing_gradient,
)
from keras_v1_activity.history import History

NORM, RATIO = ("health", "gradient_norm"), ("health", "update_ratio", "all")
OCCUPANCY = ("health", "surrogate_occupancy")


def one(**row):
    return History([{"step": 7, **row}])


@pytest.mark.parametrize(
    ("row", "value", "words"),
    [
        ({"scalars": {"loss": 1e30, "accuracy": 0}, "nan_count": 0}, None, ""),
        ({"health": {"not_finite": {"gradients": 0, "weights": 0}}}, None, ""),
        ({"scalars": {"loss": math.nan}}, 1, "loss"),
        ({"scalars": {"loss": -math.inf}}, 1, "loss"),
        ({"scalars": {"loss": None}}, 1, "loss"),  # as JSON holds NaN
        ({"nan_count": 3}, 3, "potentials, input or readout"),
        (
            {"scalars": {"a": math.nan, "b": 1.0}, "health": {"not_finite": {"weights": 2}}},
            3,
            "a, weights",
        ),
    ],
)
def test_anything_that_is_not_finite_is_red_at_once(row, value, words):
    alarms = found(not_finite, one(**row))
    assert [(a.level, a.value, a.step) for a in alarms] == [("red", value, 7)] * (value is not None)
    for alarm in alarms:
        assert alarm.text.startswith(f"Not finite: {words}.")


def test_only_the_last_look_is_judged_for_what_is_not_finite():
    history = made(("scalars", "loss"), [math.nan, 1.0])
    assert found(not_finite, history) == [] == found(not_finite, History())


@pytest.mark.parametrize(
    ("numbers", "n_alarms"),
    [([1e-7] * 3, 0), ([9e-8] * 3, 1), ([9e-8] * 2, 0), ([9e-8, 1, 9e-8], 0), ([0.0] * 3, 1)],
)
def test_a_mean_gradient_below_a_ten_millionth_has_vanished(numbers, n_alarms):
    history = made(("health", "mean_abs_gradient", "all"), numbers)
    assert brief(vanishing_gradient, history) == [("amber", None)] * n_alarms


@pytest.mark.parametrize(
    ("n_first", "now", "n_last", "n_alarms"),
    [(20, 2.1e-3, 3, 0), (20, 1.9e-3, 3, 1), (20, 0.0, 2, 0), (9, 0.0, 3, 0), (10, 0.0, 3, 1)],
)
@pytest.mark.parametrize(("name", "who"), [("all", None), ("e4", "e4"), ("readout", None)])
def test_a_norm_below_a_thousandth_of_that_at_first_has_vanished(
    n_first, now, n_last, n_alarms, name, who
):
    history = made((*NORM, name), [2.0] * n_first + [now] * n_last)
    assert brief(vanishing_gradient, history) == [("amber", who)] * n_alarms


@pytest.mark.parametrize(("ratio", "n_alarms"), [(1e-8, 0), (9e-9, 1)])
def test_updates_below_a_hundred_millionth_of_the_weights_change_nothing(ratio, n_alarms):
    assert brief(vanishing_gradient, made(RATIO, [ratio] * 3)) == [("amber", None)] * n_alarms


@pytest.mark.parametrize(
    ("norms", "limit"),
    [
        ([1.0] * 9 + [99.0], None),
        ([1.0] * 9 + [101.0], 100.0),
        ([1.0] * 4 + [101.0], None),  # of four looks nothing is usual
        ([1.0] * 5 + [101.0], 100.0),
        # Of the 50 looks before, 30 had a norm of 50.
        ([1.0] * 30 + [50.0] * 30 + [4900.0], None),
        ([1.0] * 30 + [50.0] * 30 + [5100.0], 5000.0),
        ([0.0] * 9 + [101.0], None),
    ],
)
def test_a_norm_of_a_hundred_times_the_median_explodes(norms, limit):
    alarms = found(exploding_gradient, made((*NORM, "e4"), norms))
    assert [(a.level, a.population, a.threshold) for a in alarms] == (
        [] if limit is None else [("red", "e4", limit)]
    )


@pytest.mark.parametrize(("ratios", "n_alarms"), [([10.0] * 3, 0), ([10.1] * 3, 1), ([99, 99], 0)])
def test_updates_of_ten_times_the_weights_explode(ratios, n_alarms):
    assert brief(exploding_gradient, made(RATIO, ratios)) == [("red", None)] * n_alarms


@pytest.mark.parametrize(
    ("name", "size", "first", "now", "limit"),
    [
        ("all", 500, 0.1, 0.05, None),
        ("all", 500, 0.1, 0.049, 0.05),
        ("all", 500, 0.4, 0.11, None),
        ("all", 500, 0.4, 0.09, 0.1),
        ("e4", 500, 0.1, 0.03, None),  # a population is compared with itself only
        ("e4", 500, 0.4, 0.09, 0.1),
        ("e4", 9, 0.4, 0.0, None),
    ],
)
def test_few_neurons_near_threshold_starve_the_surrogate(name, size, first, now, limit):
    history = made(
        (*OCCUPANCY, name), [first] * 20 + [now] * 3, population_sizes={"e4": size}
    )  # fmt: skip
    alarms = found(surrogate_starvation, history)
    who = None if name == "all" else name
    assert [(a.level, a.population) for a in alarms] == [("amber", who)] * (limit is not None)
    for alarm in alarms:
        assert alarm.value == now and alarm.threshold == pytest.approx(limit)


@pytest.mark.parametrize(
    ("numbers", "n_alarms"),
    [
        # Until ten looks are known, the potentials of an untrained network may be lower.
        ([0.15] * 3, 0),
        ([0.151] * 3, 1),
        ([0.9, 0.9], 0),
        ([0.9, 0.0, 0.9, 0.9], 0),
        ([0.0] * 20 + [0.1] * 3, 0),
        ([0.0] * 20 + [0.11] * 3, 1),
        ([0.2] * 20 + [0.29] * 3, 0),  # this network is like that
        ([0.2] * 20 + [0.31] * 3, 1),
        ([None] * 3, 0),
    ],
)
def test_potentials_may_not_lie_far_below_rest(numbers, n_alarms):
    history = made(("voltage_below_range_fraction",), numbers)
    assert brief(potential_out_of_range, history) == [("amber", None)] * n_alarms


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"i4Pvalb": 0, "e4": 0, "all": 0}, []),
        ({"i4Pvalb": 1, "e4": 0, "all": 1}, [("i4Pvalb", 1)]),
        ({"i4Pvalb": 2, "e4": 5, "all": 7}, [("i4Pvalb", 2), ("e4", 5)]),
        ({"all": 7}, [(None, 7)]),
        ({"all": None}, []),
    ],
)
def test_any_weight_of_the_wrong_sign_is_red(counts, expected):
    alarms = found(dale, one(health={"dale_violations": counts}))
    assert [(a.population, a.value) for a in alarms] == expected
    assert all(alarm.level == "red" and alarm.threshold == 0 for alarm in alarms)


@pytest.mark.parametrize(
    ("losses", "n_alarms"),
    [
        ([2.3] * 49, 0),
        ([2.3] * 50, 1),
        ([2.0] * 25 + [2.0 * (1 - 0.0011)] * 25, 0),
        ([2.0] * 25 + [2.0 * (1 - 0.0009)] * 25, 1),
        ([2.0] * 25 + [2.2] * 25, 1),
        # +- 0.01 about 2.3: 3.8 standard errors of the difference are 0.7 %, below 2 %.
        ([2.29, 2.31] * 25, 1),
        # +- 1: they are 66 % in 50 looks, and still 33 % in 200.
        ([1.3, 3.3] * 25, 0),
        ([1.3, 3.3] * 100, 0),
        # +- 0.1: 6.6 % in 50 looks, where 2 % must be seen; 4.7 % in 100 (4 %), 3.3 % in 200 (8 %).
        ([2.2, 2.4] * 50, 0),
        ([2.2, 2.4] * 100, 1),
        ([1.0 / (k + 1) for k in range(60)], 0),
        ([None] * 60, 0),
    ],
)
def test_a_loss_that_does_not_fall_in_fifty_looks_learns_nothing(losses, n_alarms):
    history = made(("scalars", "loss"), losses)
    assert brief(not_learning, history) == [("amber", None)] * n_alarms


def as_keras_gives_them(losses, per_epoch):
    """Rows with the mean of an epoch so far, at each step."""
    rows = []
    for place, loss in enumerate(losses):
        n = place % per_epoch + 1
        mean = loss if n == 1 else rows[-1]["scalars"]["loss"] * (n - 1) / n + loss / n
        rows.append({"step": place + 1, "epoch_batch": n, "scalars": {"loss": float(mean)}})
    return rows


@pytest.mark.parametrize("per_epoch", [1, 10, 60, 200])
def test_a_loss_that_falls_slowly_and_varies_is_not_taken_for_flat(per_epoch):
    """It falls by 10 % in 50 looks, and losses of batches scatter by 40 %."""
    for seed in range(10):
        noise = np.random.default_rng(seed).normal(1.0, 0.4, 200)
        rows = as_keras_gives_them(0.9 ** (np.arange(200) / 50) * noise, per_epoch)
        assert [found(not_learning, History(rows[:n])) for n in range(50, 201, 10)] == [[]] * 16


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("per_epoch", [10, 60, 400])
def test_a_loss_that_ceases_to_fall_in_an_epoch_is_seen_after_fifty_looks(per_epoch, every):
    losses = [3.0 - 0.01 * min(step, 100) for step in range(400)]
    rows = as_keras_gives_them(losses, per_epoch)[every - 1 :: every]
    flat_from = next(place for place, row in enumerate(rows) if row["step"] > 100)
    # The loss of a look is that of the batches since the look before.
    assert found(not_learning, History(rows[: flat_from + 20])) == []
    assert len(found(not_learning, History(rows[: flat_from + 51]))) == 1


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([{"saves_failed": 0}], None),
        ([{"saves_failed": 2}, {"saves_failed": 2}], None),
        ([{"saves_failed": 2}, {"saves_failed": 5}], "3 looks could not be stored"),
        ([{"captures_failed": 1}], "1 looks could not be taken"),
        ([{"figures_dropped": 0}, {"figures_dropped": 1200}], "1,200 figures were left out"),
        ([{"interval_factor": 2}], None),
        ([{"interval_factor": 1}, {"interval_factor": 3}], "3 times fewer steps are logged"),
        ([{"interval_factor": 3}, {"interval_factor": 1}], None),
        ([{"figures_missing": 0}, {"figures_missing": 9}], None),  # they are drawn later
    ],
)
def test_what_was_lost_since_the_look_before_is_told(counts, words):
    alarms = found(looking_degraded, made(("recording",), counts))
    assert [alarm.level for alarm in alarms] == ["amber"] * (words is not None)
    for alarm in alarms:
        assert words in alarm.text


@pytest.mark.parametrize(
    "rule",
    [exploding_gradient, vanishing_gradient, surrogate_starvation, dale, not_learning,
     potential_out_of_range, looking_degraded, not_finite],
)  # fmt: skip
@pytest.mark.parametrize(
    "row",
    [
        {},
        {"health": None, "scalars": {}, "recording": {}, "voltage_below_range_fraction": None},
        {"health": {"gradient_norm": None, "surrogate_occupancy": {"all": None}, "not_finite": 3}},
        {"health": "good", "scalars": "loss", "recording": [1], "nan_count": "many"},
    ],
)  # fmt: skip
def test_what_is_unknown_is_no_alarm(rule, row):
    assert found(rule, History([{"step": step, **row} for step in range(60)])) == []
