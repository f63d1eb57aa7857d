"""The measures that elephant has too, against elephant."""

import numpy as np
import pytest
from activities import make_activity, poisson_spikes

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity

pytest.importorskip("elephant")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

EQUAL = dict(rtol=1e-10, atol=1e-10)


def trains(activity, first=None, end=None):
    """The spikes of each neuron as neo knows them, of the whole sample or of a window in ms."""
    import neo
    import quantities as pq

    first, end = first or 0.0, end or activity.duration_ms
    for neuron in range(activity.n_neurons):
        times = activity.spike_times[activity.spike_neurons == neuron]
        mine = times[(times >= first) & (times < end)]
        yield neo.SpikeTrain(mine * pq.ms, t_start=first * pq.ms, t_stop=end * pq.ms)


@pytest.fixture(scope="module", params=[1.0, 0.5], ids=["dt 1 ms", "dt 0.5 ms"])
def look(request):
    dt = request.param
    rates = np.linspace(2, 120, 40)
    spikes = poisson_spikes(1500, 40, rates, dt, np.random.default_rng(5))
    return Activity.from_dense(spikes, dt=dt)


@pytest.mark.parametrize("name", ["cv", "cv2", "lv", "lvr"])
def test_irregularity(look, name):
    from elephant import statistics

    their = {"cv": statistics.cv, "cv2": statistics.cv2, "lv": statistics.lv}
    their = {**their, "lvr": statistics.lvr}[name]
    expected = [
        their(statistics.isi(train)) if len(train) >= 10 else np.nan for train in trains(look)
    ]
    found = getattr(measures, name)(look)
    assert 0 < np.isnan(found).sum() < 20
    np.testing.assert_allclose(found, np.array(expected, float), **EQUAL)


@pytest.mark.parametrize("name", ["cv2", "lv", "lvr"])
def test_irregularity_of_trials_is_the_mean_over_all_their_pairs_of_intervals(name):
    from elephant import statistics

    several = [make_activity(6, n_steps=500, rate_hz=30, seed=i, names=["a"] * 6) for i in range(3)]
    of_trial = [list(trains(one)) for one in several]
    for neuron, found in enumerate(getattr(measures, name)(several)):
        mine = [each[neuron] for each in of_trial]
        pairs = np.array([max(len(train) - 2, 0) for train in mine])
        values = [
            float(getattr(statistics, name)(statistics.isi(train))) if k else 0.0
            for train, k in zip(mine, pairs, strict=True)
        ]
        enough = sum(map(len, mine)) >= 10
        expected = np.average(values, weights=pairs) if enough else np.nan
        np.testing.assert_allclose(found, expected, **EQUAL)


def test_cv_of_trials_is_that_of_all_their_intervals():
    from elephant import statistics

    several = [make_activity(6, n_steps=500, rate_hz=30, seed=i, names=["a"] * 6) for i in range(3)]
    of_trial = [list(trains(one)) for one in several]
    for neuron, found in enumerate(measures.cv(several)):
        mine = [each[neuron] for each in of_trial]
        intervals = np.concatenate([statistics.isi(train).magnitude for train in mine])
        enough = sum(map(len, mine)) >= 10
        np.testing.assert_allclose(found, statistics.cv(intervals) if enough else np.nan, **EQUAL)


@pytest.mark.parametrize("window", [None, (50.0, 150.0), (0.0, 50.0), (500.0, 700.0)])
def test_rates_in_a_window(look, window):
    from elephant.statistics import mean_firing_rate

    expected = [
        float(mean_firing_rate(train).rescale("Hz")) for train in trains(look, *(window or ()))
    ]
    np.testing.assert_allclose(measures.mean_rates(look, window), expected, **EQUAL)


def test_evoked_and_spontaneous_rates_are_those_of_the_stimulus_and_before_it(look):
    for found, window in (
        (measures.evoked_rates(look, (100, 300)), (100, 300)),
        (measures.spontaneous_rates(look, (100, 300)), (0, 100)),
    ):
        np.testing.assert_array_equal(found, measures.mean_rates(look, window))


def test_fano_factor_over_trials():
    from elephant.statistics import fanofactor

    several = [make_activity(8, rate_hz=15, seed=i, names=["a"] * 8) for i in range(7)]
    for window in (None, (50.0, 150.0)):
        each = [list(trains(one, *(window or ()))) for one in several]
        expected = [fanofactor([mine[i] for mine in each]) for i in range(8)]
        np.testing.assert_allclose(measures.trial_fano(several, window), expected, **EQUAL)


def test_population_fano_where_every_draw_is_the_same_neurons():
    from elephant.statistics import fanofactor

    # Fifteen neurons are the least of a draw, and all that there are.
    look = make_activity(15, n_steps=400, rate_hz=40, names=["e4Rorb"] * 15)
    bins, factors = measures.population_fano(look, bins_ms=[1, 10, 33])
    assert bins.tolist() == [1, 10, 33]
    for width, found in zip(bins, factors, strict=True):
        starts = np.arange(0, look.n_steps - width + 1, width)
        counted = [look.spike_times[(look.spike_times >= s) & (look.spike_times < s + width)]
                   for s in starts]  # fmt: skip
        np.testing.assert_allclose(found, fanofactor(counted), **EQUAL)


@pytest.mark.parametrize("bin_ms", [2, 10, 100])
def test_correlation_of_pairs(bin_ms):
    import quantities as pq
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient

    look = make_activity(60, n_steps=600, rate_hz=20)
    found = measures.pairwise_correlation(look, bin_ms)
    assert list(found) == list(look.populations.names)
    every = list(trains(look))
    for i, (name, pairs) in enumerate(found.items()):
        ids = np.flatnonzero(look.populations.index == i)
        assert pairs.shape == (len(ids) * (len(ids) - 1) // 2,), name
        if len(ids) < 2:
            continue
        binned = BinnedSpikeTrain([every[k] for k in ids], bin_size=bin_ms * pq.ms)
        expected = correlation_coefficient(binned)[np.triu_indices(len(ids), 1)]
        np.testing.assert_allclose(pairs, expected, **EQUAL)


@pytest.mark.parametrize("n_steps, dt, width", [(600, 1.0, 1), (601, 0.5, 2), (3100, 1.0, 1)])
def test_power_spectrum(n_steps, dt, width):
    from elephant.spectral import welch_psd

    look = make_activity(50, n_steps=n_steps, dt=dt, rate_hz=20, n_voltages=0)
    names = look.populations.names_per_neuron()
    for population in (None, "e4Rorb"):
        mine = np.ones(50, bool) if population is None else names == population
        n_bins = n_steps // width
        summed = look.spikes()[: n_bins * width, mine].reshape(n_bins, -1).sum(axis=1)
        hz, density = welch_psd(summed, fs=1000.0, len_segment=min(1000, n_bins // 2))
        found = measures.power_spectrum(look, population)
        np.testing.assert_allclose(found[0], hz, **EQUAL)
        np.testing.assert_allclose(found[1], density, **EQUAL)
