"""Measures of spike trains that were made to have a known value, and of extreme ones."""

import numpy as np
import pytest
from activities import make_activity, poisson_spikes

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations

OF_ONE_LOOK = (
    measures.cv, measures.cv2, measures.lv, measures.lvr, measures.mean_rates,
    measures.population_fano, measures.trial_fano, measures.pairwise_correlation,
    measures.noise_correlation, measures.power_spectrum, measures.band_powers,
    measures.similarity_to_recordings, measures.latency, measures.population_latency,
    measures.branching_ratio,
)  # fmt: skip


def of_names(names, spikes, **others):
    return Activity.from_dense(spikes, neurons=Neurons(Populations.from_names(names)), **others)


def test_independent_poisson_neurons_have_a_population_fano_factor_of_1():
    rng = np.random.default_rng(3)
    look = of_names(["e4Rorb"] * 300, poisson_spikes(6000, 300, 8, 1.0, rng))
    bins, factors = measures.population_fano(look)
    assert bins[0] == 1 and bins[-1] < 6000 / 5 and (np.diff(bins) > 0).all()
    # The variance of n bins has a relative error of about sqrt(2 / n).
    assert (np.abs(factors - 1) < 4 * np.sqrt(2 * bins / 6000)).all()
    assert np.abs(factors[bins < 60] - 1).max() < 0.15


def test_neurons_that_fire_together_have_a_greater_one_and_inhibitory_ones_do_not_count():
    rng = np.random.default_rng(3)
    spikes = poisson_spikes(600, 200, 8, 1.0, rng)
    spikes[:, 100:] |= (np.arange(600) % 25 < 3)[:, None] & (rng.random((600, 100)) < 0.3)
    together = of_names(["i4Pvalb"] * 100 + ["e4Rorb"] * 100, spikes)
    apart = of_names(["e4Rorb"] * 100 + ["i4Pvalb"] * 100, spikes)
    assert measures.population_fano(together, [9, 13])[1].min() > 2
    assert measures.population_fano(apart, [9, 13])[1] == pytest.approx(1, abs=0.35)


def test_draws_follow_the_seed():
    look = make_activity(400, rate_hz=10)
    for measure in (measures.population_fano, measures.pairwise_correlation):
        first, again, other = (
            measure(look, seed=seed, **({"n_neurons": 5} if "pair" in measure.__name__ else {}))
            for seed in (0, 0, 1)
        )
        if isinstance(first, dict):
            first, again, other = (np.concatenate(list(d.values())) for d in (first, again, other))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other, equal_nan=True)


def test_at_most_so_many_neurons_of_a_population_are_paired():
    spikes = poisson_spikes(300, 60, 30, 1.0, np.random.default_rng(0))
    found = measures.pairwise_correlation(of_names(["a"] * 50 + ["b"] * 10, spikes), n_neurons=20)
    assert {name: len(pairs) for name, pairs in found.items()} == {"a": 190, "b": 45}
    every = np.corrcoef(spikes.reshape(30, 10, 60).sum(axis=1).T)
    assert np.isin(found["a"].round(9), every.round(9)).all()


def test_noise_correlation_is_what_the_stimulus_leaves():
    rng = np.random.default_rng(0)
    stimuli = np.repeat([0, 1, 2], 8)
    counts = rng.poisson(10 + 5 * stimuli[:, None] + rng.poisson(4, (24, 1)), (24, 6))
    spikes = np.arange(100)[None, :, None] < counts[:, None, :]
    trials = [of_names(["a"] * 4 + ["b"] * 2, one, label=k)
              for one, k in zip(spikes, stimuli.tolist(), strict=True)]  # fmt: skip
    counts = spikes.sum(axis=1)
    means = np.stack([counts[stimuli == k].mean(axis=0) for k in stimuli])
    expected = np.corrcoef((counts - means).T)
    found = measures.noise_correlation(trials)
    np.testing.assert_allclose(found["a"], expected[:4, :4][np.triu_indices(4, 1)], atol=1e-12)
    np.testing.assert_allclose(found["b"], [expected[4, 5]], atol=1e-12)
    named = measures.noise_correlation(trials, [f"image {k}" for k in stimuli])
    np.testing.assert_array_equal(named["a"], found["a"])
    with pytest.raises(ValueError, match="one for each of the 24 trials; got 2"):
        measures.noise_correlation(trials, [0, 1])


def test_an_oscillation_stands_in_its_band():
    rng = np.random.default_rng(0)
    time = np.arange(2000)
    for hz, band in ((6, "theta"), (10, "alpha"), (20, "beta"), (50, "gamma")):
        rate = 10 * (1 + np.sin(2 * np.pi * hz * time / 1000))[:, None]
        look = Activity.from_dense(rng.random((2000, 200)) < rate / 1000)
        powers = measures.band_powers(look)
        assert max(powers, key=powers.get) == band
        frequencies, density = measures.power_spectrum(look)
        assert abs(frequencies[np.argmax(density)] - hz) <= 2


def test_the_whole_power_of_independent_trains_is_the_variance_of_the_count():
    look = Activity.from_dense(poisson_spikes(4000, 50, 20, 1.0, np.random.default_rng(0)))
    hz, density = measures.power_spectrum(look)
    whole = density.sum() * (hz[1] - hz[0])
    assert whole == pytest.approx(look.spikes().sum(axis=1).var(), rel=0.05)


def branching_process(m, n_bins, drive, rng):
    """Counts of a process in which a spike causes m others on average."""
    counts = np.empty(n_bins, int)
    now = int(drive / (1 - m))
    for t in range(n_bins):
        now = rng.poisson(m * now + drive)
        counts[t] = now
    return counts


@pytest.mark.parametrize("m", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("part", [1.0, 0.3])
def test_branching_ratio_of_a_made_process_also_where_a_part_is_seen(m, part):
    rng = np.random.default_rng(0)
    counts = rng.binomial(branching_process(m, 20_000, 40 * (1 - m), rng), part)
    spikes = np.zeros((len(counts) * 4, counts.max()), bool)
    spikes[::4] = np.arange(counts.max()) < counts[:, None]
    assert measures.branching_ratio(Activity.from_dense(spikes)) == pytest.approx(m, abs=0.03)


def test_branching_ratio_of_independent_neurons_is_0():
    found = [
        measures.branching_ratio(make_activity(100, rate_hz=10, seed=i, n_inputs=0, n_voltages=0))
        for i in range(20)
    ]
    assert np.count_nonzero(found) <= 2  # 3 sd over 20 lags are exceeded by chance


def numbers(value):
    """Every number of a result, flat."""
    values = list(value.values()) if isinstance(value, dict) else value
    parts = values if isinstance(values, (list, tuple)) else [values]
    return np.concatenate([np.ravel(part) for part in [*parts, []]])


@pytest.mark.parametrize("measure", OF_ONE_LOOK, ids=lambda measure: measure.__name__)
@pytest.mark.parametrize(
    "spikes",
    [
        np.zeros((600, 40), bool),
        np.eye(600, 40, dtype=bool),  # one spike each
        np.arange(600 * 40).reshape(600, 40) == 9999,  # one spike in all
        np.ones((600, 40), bool),
        np.zeros((600, 0), bool),
        np.ones((600, 1), bool),
    ],
    ids=["silent", "a spike each", "one spike", "saturated", "no neurons", "one neuron"],
)
def test_extreme_trains_give_numbers_or_nan_and_no_warning(measure, spikes):
    found = numbers(measure(Activity.from_dense(spikes)))
    assert not np.isinf(found).any()


@pytest.mark.parametrize("measure", OF_ONE_LOOK, ids=lambda measure: measure.__name__)
@pytest.mark.parametrize("n_steps", [0, 1, 3])
def test_samples_too_short_for_a_measure_are_unknown(measure, n_steps):
    look = Activity.from_dense(np.ones((n_steps, 20), bool))
    if "latency" in measure.__name__:
        assert np.isnan(numbers(measure(look))).all()
    else:
        assert not np.isinf(numbers(measure(look))).any()


def test_what_extreme_trains_give():
    saturated = Activity.from_dense(np.ones((600, 20), bool))
    for measure in (measures.cv, measures.cv2, measures.lv, measures.lvr):
        np.testing.assert_array_equal(measure(saturated), np.zeros(20))
    assert measures.population_fano(saturated, [10])[1] == 0
    assert np.isnan(measures.pairwise_correlation(saturated)["neurons"]).all()
    assert measures.power_spectrum(saturated)[1] == pytest.approx(0)
    silent = Activity.from_dense(np.zeros((600, 20), bool))
    assert np.isnan(measures.population_fano(silent)[1]).all()
    assert np.isnan(measures.cv(silent)).all() and np.isnan(measures.branching_ratio(silent))
    nine, ten = np.zeros((100, 2), bool), np.zeros((100, 2), bool)
    nine[:90:10], ten[:100:10] = True, True
    assert np.isnan(measures.cv(Activity.from_dense(nine))).all()
    assert (measures.cv(Activity.from_dense(ten)) == 0).all()


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda a: measures.cv([]), "or several of them; got none"),
        (lambda a: measures.cv([a, make_activity(30)]), "trial 0 has 20, trial 1 has 30"),
        (lambda a: measures.power_spectrum(a, "e9"), "population must be one of .*; got 'e9'"),
        (lambda a: measures.power_spectrum([a, make_activity(20, 100)]), "equal length and dt"),
        (lambda a: measures.population_fano(a, [0, 5]), "bins_ms must be widths above 0 ms"),
        (lambda a: measures.pairwise_correlation(a, n_neurons=0), "n_neurons must be a whole"),
        (lambda a: measures.latency(a, 3), "at least two bins of 2 ms"),
        (lambda a: measures.mean_rates(a, (9, 3)), "window must be two times in ms"),
        (lambda a: measures.osi(np.ones((3, 2)), [0, 90]), "rates must be an array of shape"),
        (lambda a: measures.osi(-np.ones((2, 2)), [0, 90]), "at least 0 Hz; got -1"),
        (lambda a: measures.branching_ratio(a, n_lags=1), "n_lags must be a whole number"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(make_activity(20))
