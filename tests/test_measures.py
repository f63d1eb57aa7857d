"""The measures against counting by hand and against known statistics."""

import json

import numpy as np
import pytest
from activities import make_activity, poisson_spikes

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity


def rates_by_hand(activity, width):
    """Hz of each population in bins of `width` time steps, from the dense array."""
    dense = activity.spikes()
    names = activity.populations.names_per_neuron()
    table = []
    for name in activity.populations.names:
        mine = dense[:, names == name]
        row = []
        for start in range(0, activity.n_steps, width):
            part = mine[start : start + width]
            row.append(part.sum() / (part.shape[0] * activity.dt / 1000) / part.shape[1])
        table.append(row)
    return np.array(table)


@pytest.mark.parametrize("n_steps, dt, bin_ms, width", [(600, 1.0, 5, 5), (103, 0.5, 10, 20)])
def test_rates_over_time_equal_counting_by_hand(n_steps, dt, bin_ms, width):
    a = make_activity(200, n_steps=n_steps, dt=dt, rate_hz=30)
    by_hand = rates_by_hand(a, width)
    np.testing.assert_allclose(measures.rates_over_time(a, bin_ms), by_hand)
    mean = (by_hand * a.populations.counts[:, None]).sum(axis=0) / 200
    np.testing.assert_allclose(measures.mean_rate_over_time(a, bin_ms), mean)
    edges = measures.bin_edges_ms(a, bin_ms)
    assert edges[-1] == a.duration_ms and len(edges) == by_hand.shape[1] + 1


def test_rates_over_time_average_to_the_population_rates():
    a = make_activity(300, n_steps=600)
    over_time = measures.rates_over_time(a, 10).mean(axis=1)
    np.testing.assert_allclose(over_time, list(a.population_rates.values()))


def test_a_bin_is_at_least_a_time_step_and_at_most_the_sample():
    assert measures.bin_width(make_activity(20, n_steps=10, dt=5.0), 1.0) == 1
    assert measures.bin_width(make_activity(20, n_steps=10, dt=1.0), 500.0) == 10


def golomb_by_hand(counts):
    """Chi squared of (bins, neurons) counts, less its value 1/N for independent neurons."""
    n = counts.shape[1]
    chi2 = counts.mean(axis=1).var() / counts.var(axis=0).mean()
    return (chi2 - 1 / n) / (1 - 1 / n)


def test_synchrony_equals_golombs_measure_of_the_dense_counts():
    rng = np.random.default_rng(0)
    together = rng.random((600, 1)) < 0.02
    spikes = poisson_spikes(600, 40, 10, 1.0, rng) | (together & (rng.random((600, 40)) < 0.5))
    counts = spikes.reshape(120, 5, 40).sum(axis=1)
    expected = golomb_by_hand(counts)
    assert 0.05 < expected < 0.95
    assert measures.synchrony_index(Activity.from_dense(spikes)) == pytest.approx(expected)


def test_synchrony_is_0_for_independent_neurons_and_1_for_copies():
    rng = np.random.default_rng(1)
    independent = Activity.from_dense(poisson_spikes(2000, 100, 20, 1.0, rng))
    assert measures.synchrony_index(independent) < 0.02
    assert measures.fano_factor(independent) == pytest.approx(1, abs=0.3)
    one = poisson_spikes(2000, 1, 20, 1.0, rng)
    copies = Activity.from_dense(np.repeat(one, 100, axis=1))
    assert measures.synchrony_index(copies) == pytest.approx(1)
    count = 100 * one.reshape(400, 5).sum(axis=1)
    assert measures.fano_factor(copies) == pytest.approx(count.var() / count.mean())
    assert measures.notes(copies) == ["synchronised"]
    assert measures.notes(independent) == []


def test_synchrony_is_unknown_where_nothing_varies():
    for spikes in (np.zeros((100, 5)), np.ones((100, 5)), np.ones((1, 5)), np.ones((100, 1))):
        assert np.isnan(measures.synchrony_index(Activity.from_dense(spikes)))


def test_isi_variation_of_a_clock_and_of_known_intervals():
    spikes = np.zeros((100, 3), bool)
    spikes[::10, 0] = True
    spikes[[0, 10, 40], 1] = True  # intervals 10 and 30: mean 20, standard deviation 10
    spikes[[5, 6], 2] = True
    variation = measures.isi_variation(Activity.from_dense(spikes, dt=0.1))
    np.testing.assert_allclose(variation[:2], [0.0, 0.5], atol=1e-12)
    assert np.isnan(variation[2])


def test_isi_variation_of_poisson_firing_is_near_one():
    spikes = poisson_spikes(50_000, 20, 20, 1.0, np.random.default_rng(2))
    variation = measures.isi_variation(Activity.from_dense(spikes))
    assert np.median(variation) == pytest.approx(1, abs=0.05)


def test_summary_of_a_healthy_network_equals_dense_arithmetic():
    a = make_activity(500, rate_hz=7)
    dense = a.spikes()
    s = json.loads(json.dumps(measures.summarise(a), allow_nan=False))
    assert s["n_spikes"] == dense.sum()
    assert s["mean_rate_hz"] == pytest.approx(dense.mean() * 1000, abs=1e-3)
    assert s["max_rate_hz"] == pytest.approx(dense.mean(axis=0).max() * 1000, abs=1e-3)
    assert s["active_fraction"] == pytest.approx(dense.any(axis=0).mean())
    assert (s["step"], s["label"], s["prediction"]) == (200, 3, int(a.confidence.argmax()))
    np.testing.assert_allclose(s["confidence"], a.confidence, atol=1e-6)
    assert s["voltage_min_mv"] == pytest.approx(a.voltages.min(), abs=1e-3)
    assert s["voltage_max_mv"] == pytest.approx(a.voltages.max(), abs=1e-3)
    names = a.populations.names_per_neuron()
    for name, rate in s["population_rates_hz"].items():
        assert rate == pytest.approx(dense[:, names == name].mean() * 1000, abs=1e-3)
    silent = {n for n in set(names) if not dense[:, names == n].any()}
    assert set(s["silent_populations"]) == silent
    assert s["recorded_rates_hz"]["i5Pvalb"] == pytest.approx(17.33, abs=0.01)
    assert s["nan_count"] == 0 and s["notes"] == []


def test_summary_says_what_is_wrong():
    silent = measures.summarise(make_activity(50, rate_hz=0))
    assert silent["notes"] == ["silent"] and silent["mean_rate_hz"] == 0
    assert len(silent["silent_populations"]) == len(silent["population_rates_hz"])
    all_fire = measures.summarise(make_activity(50, spikes=np.ones((600, 50), bool)))
    assert all_fire["notes"] == ["exploding: mean rate above 100 Hz"]
    broken = make_activity(50, confidence=np.full(10, np.nan, np.float32))
    summary = measures.summarise(broken)
    assert summary["nan_count"] == 10 and summary["notes"] == [
        "NaN or infinite: 10 recorded values"
    ]
    assert summary["confidence"] == [None] * 10 and summary["prediction"] is None
    json.dumps(summary, allow_nan=False)


@pytest.mark.parametrize(
    "options",
    [
        dict(n_neurons=1, n_voltages=1, n_outputs=2, label=1),
        dict(n_neurons=30, n_steps=1, n_chunks=1),
        dict(n_neurons=30, n_voltages=0, n_inputs=0, n_outputs=0, label=None, named=False),
        dict(n_neurons=30, n_steps=40, dt=0.1),
        dict(n_neurons=30, n_steps=40, dt=5.0),
    ],
)
@pytest.mark.filterwarnings("error")
def test_summary_of_odd_cases_is_strict_json(options):
    json.dumps(measures.summarise(make_activity(**options)), allow_nan=False)


@pytest.mark.filterwarnings("error")
def test_infinite_and_nan_potentials_leave_the_range_of_the_finite_ones():
    voltages = np.array([[np.nan], [-60.0], [-50.0], [np.inf]], np.float32)
    a = Activity.from_dense(np.zeros((4, 2)), voltages=voltages, voltage_neurons=np.array([1]))
    s = measures.summarise(a)
    assert (s["voltage_min_mv"], s["voltage_mean_mv"], s["voltage_max_mv"]) == (-60, -55, -50)
    assert s["nan_count"] == 2
