"""Tuning in numbers: what chance gives, curves aligned to the preferred direction, populations."""

import numpy as np
import pytest
from tunings import DIRECTIONS, made_tuning

from keras_v1_activity import measures
from keras_v1_activity.activity import Populations, Tuning


def poisson(n_neurons, n_trials, mean, seed=0):
    """A `Tuning` of neurons that fire alike in all directions."""
    counts = np.random.default_rng(seed).poisson(mean, (8, n_trials, n_neurons))
    return Tuning(DIRECTIONS, counts, counted_ms=500)


@pytest.mark.parametrize("mean", [0.2, 1.0, 5.0])
def test_chance_is_what_untuned_poisson_neurons_show(mean):
    tuning = poisson(4000, 1, mean)
    angles, rates = tuning.directions_deg, tuning.rates
    for measure, chance in zip(
        (measures.osi, measures.dsi), measures.chance_selectivity(tuning, seed=3), strict=True
    ):
        found = measure(rates, angles)
        np.testing.assert_array_equal(np.isnan(found), np.isnan(chance))
        assert np.nanmean(found) == pytest.approx(np.nanmean(chance), abs=0.02)
        # Few spikes give few different values, between which a median jumps.
        assert np.nanmedian(found) == pytest.approx(np.nanmedian(chance), abs=0.06)


def test_chance_of_many_spikes_is_the_mean_of_a_random_walk():
    tuning = poisson(4000, 4, 10.0)
    # |sum of n unit vectors| / n: Rayleigh, whose mean is sqrt(pi / (4 n)).
    expected = np.sqrt(np.pi / (4 * 320))
    for chance in measures.chance_selectivity(tuning):
        assert chance.mean() == pytest.approx(expected, rel=0.03)


def test_aligned_rates_are_flat_without_tuning_and_peak_with_it():
    flat = measures.aligned_rates(poisson(4000, 2, 3.0))
    means = np.nanmean(flat, axis=1)
    np.testing.assert_allclose(means, means.mean(), rtol=0.03)
    tuned = np.nanmean(measures.aligned_rates(made_tuning(4000, n_trials=4, rate_hz=30.0)), axis=1)
    assert tuned.argmax() == 0 and tuned[[2, 6]].max() < tuned[4] < tuned[0]
    with pytest.raises(ValueError, match="at least 2 trials"):
        measures.aligned_rates(poisson(3, 1, 1.0))


def test_numbers_by_population_are_medians_means_and_standard_errors():
    tuning = made_tuning(60, n_trials=3)
    names = np.repeat(["e4", "i4Pvalb", "one"], [40, 19, 1])
    told = measures.tuning_by_population(tuning, Populations.from_names(names))
    osi = measures.osi(tuning.rates, DIRECTIONS)
    for name in ("e4", "i4Pvalb"):
        own = tuning.counts[:, :, names == name].reshape(8, -1) / 0.5
        numbers = told["populations"][name]
        assert numbers["osi"] == pytest.approx(np.nanmedian(osi[names == name]))
        np.testing.assert_allclose(numbers["rates_hz"], own.mean(axis=1), atol=1e-8)
        sem = own.std(axis=1, ddof=1) / np.sqrt(own.shape[1])
        np.testing.assert_allclose(numbers["sem_hz"], sem, atol=1e-8)
    assert told["all"]["judged_fraction"] == pytest.approx(np.isfinite(osi).mean())
    silent = Tuning(DIRECTIONS, np.zeros((8, 1, 3)), counted_ms=500)
    nothing = measures.tuning_by_population(silent, Populations.unnamed(3))["all"]
    assert nothing["osi"] is None and nothing["preferred_direction_deg"] is None
    assert nothing["rates_hz"] == [0.0] * 8 and nothing["judged_fraction"] == 0


def test_the_known_angle_takes_the_place_of_the_preferred_one():
    angles, n = np.arange(0, 360, 45.0), 16
    known = np.arange(n) * 22.5
    rates = 10 + np.arange(8)[:, None] + np.zeros(n)
    tuning = Tuning(angles, rates[:, None], counted_ms=1000)
    turned = measures.aligned_rates(tuning, known)
    for neuron in range(n):
        first = int(np.rint(known[neuron] / 45)) % 8
        np.testing.assert_array_equal(turned[:, neuron], np.roll(rates[:, neuron], -first))
    told = measures.tuning_by_population(tuning, Populations.from_names(["e4Rorb"] * n), known)[
        "all"
    ]
    preferred = measures.preferred_direction(tuning.rates, angles)
    apart = np.degrees(np.arccos(np.cos(np.radians(preferred - known))))
    assert told["from_tuned_deg"] == pytest.approx(np.median(apart))
    with pytest.raises(ValueError, match="tuning_angles"):
        measures.aligned_rates(tuning, known[:3])


def test_angles_apart_go_around_the_circle():
    rng = np.random.default_rng(0)
    one, other = rng.uniform(-720, 720, (2, 500))
    expected = np.degrees(np.arccos(np.cos(np.radians(one - other))))
    np.testing.assert_allclose(measures.angles_apart(one, other), expected, atol=1e-6)
