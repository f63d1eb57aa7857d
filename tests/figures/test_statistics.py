"""What the figure of statistics draws, read back from its artists."""

import numpy as np
import pytest
from activities import make_activity, poisson_spikes
from drawn import handles_of, words_of
from scipy import stats

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.activity import Activity


@pytest.fixture(scope="module")
def v1():
    """A look with rates between 0 and 30 Hz, and its handles."""
    rng = np.random.default_rng(1)
    spikes = poisson_spikes(600, 2000, rng.uniform(0, 30, 2000), 1.0, rng)
    activity = make_activity(2000, spikes=spikes, n_voltages=0, n_inputs=0)
    return activity, handles_of("statistics", activity)


def test_rates_are_percentiles_of_neurons_and_of_recorded_units(v1):
    activity, handles = v1
    rates = activity.spikes().mean(axis=0) * 1000
    names = activity.populations.names_per_neuron()
    for row, name in enumerate(activity.populations.names):
        expected = np.percentile(rates[names == name], [5, 25, 50, 75, 95])
        np.testing.assert_allclose(handles["rates"][row], expected)
    row = activity.populations.names.index("i5Pvalb")
    recorded = [float(unit["mean_rate_hz"]) for unit in facts.table("neuropixels_rates")
                if unit["cell_type"] == "L5 PV"]  # fmt: skip
    np.testing.assert_allclose(
        handles["recorded"][row], np.percentile(recorded, [5, 25, 50, 75, 95])
    )
    own = rates[names == "i5Pvalb"]
    expected = 1 - stats.ks_2samp(own, recorded).statistic
    assert handles["similarity"]["i5Pvalb"] == pytest.approx(expected)
    assert f"{expected:.2f}" in words_of("statistics", activity)


def test_too_few_recorded_units_are_not_drawn(v1):
    activity, handles = v1
    row = activity.populations.names.index("i5Vip")
    assert np.isnan(handles["recorded"][row]).all() and "i5Vip" not in handles["similarity"]


def test_irregularity_is_of_neurons_with_ten_spikes(v1):
    activity, handles = v1
    enough = np.flatnonzero(activity.spikes().sum(axis=0) >= 10)
    assert handles["n_judged"] == len(enough)
    names = activity.populations.names_per_neuron()
    variation = {
        name: [
            stats.variation(np.diff(np.flatnonzero(activity.spikes()[:, i])))
            for i in enough[names[enough] == name]
        ]
        for name in ("e23Cux2", "i4Pvalb")
    }
    for name, values in variation.items():
        row = activity.populations.names.index(name)
        assert handles["cv"][row][2] == pytest.approx(np.median(values))
    assert f"CV and LV of {len(enough)} neurons" in words_of("statistics", activity)


def test_a_population_that_fires_together_stands_out_of_the_recorded_band():
    rng = np.random.default_rng(0)
    apart = poisson_spikes(600, 400, 10, 1.0, rng)
    waves = np.repeat(rng.random((30, 1)) < 0.3, 20, axis=0)
    together = poisson_spikes(600, 400, 33, 1.0, rng) & waves
    band = np.interp(20, *facts.recorded_fano()[::2])
    names = ["e4Rorb"] * 400
    lines = [
        handles_of("statistics", make_activity(400, spikes=spikes, names=names, n_voltages=0))
        for spikes in (apart, together)
    ]
    apart, together = (np.interp(20, *drawn["fano"].get_data()) for drawn in lines)
    assert apart == pytest.approx(1, abs=0.25) and together > band + 0.5
    np.testing.assert_array_equal(lines[0]["recorded_fano"].get_data(), facts.recorded_fano()[:2])
    # What fires together is correlated, the more in longer bins.
    apart, together = (drawn["correlations"][0] for drawn in lines)
    assert np.abs(apart).max() < 0.02
    assert 0.005 < together[0] < together[1]


def test_a_rhythm_is_a_peak_of_the_spectrum_and_independent_neurons_are_the_dashed_line():
    rng = np.random.default_rng(0)
    times = np.arange(2000)
    rate = 10 * (1 + np.sin(2 * np.pi * 40 * times / 1000))
    spikes = rng.random((2000, 300)) < rate[:, None] / 1000
    hz, density = handles_of("statistics", Activity.from_dense(spikes))["spectrum"].get_data()
    assert hz[np.argmax(density)] == pytest.approx(40, abs=1) and hz[-1] <= 100
    plain = Activity.from_dense(poisson_spikes(20_000, 20, 10, 1.0, rng))
    handles = handles_of("statistics", plain)
    (level,) = {line.get_ydata()[0] for line in handles["panels"]["spectrum"].lines
                if len(set(line.get_ydata())) == 1}  # fmt: skip
    assert np.mean(handles["spectrum"].get_ydata()) == pytest.approx(level, rel=0.1)


def test_numbers_that_came_with_the_look_are_the_ones_drawn():
    activity = make_activity(300, n_voltages=0, n_inputs=0)
    row = {"similarity": 0.123, "correlation_10ms": 0.25, "correlation_2ms": None}
    shown = activity.with_details(
        statistics={
            "populations": {"e4Rorb": row},
            "similarity": 0.456,
            "population_fano": {"bins_ms": [1, 10, 50], "factors": [1.0, 3.0, None]},
            "spectrum": {"hz": [0, 10, 20], "density": [9.0, 2.0, 3.0]},
        }
    )
    handles = handles_of("statistics", shown)
    assert handles["similarity"] == {"e4Rorb": 0.123, "mean": 0.456}
    place = activity.populations.names.index("e4Rorb")
    np.testing.assert_array_equal(handles["correlations"][place], [np.nan, 0.25, np.nan])
    np.testing.assert_array_equal(handles["fano"].get_data(), [[1, 10], [1, 3]])
    np.testing.assert_array_equal(handles["spectrum"].get_data(), [[10, 20], [2, 3]])
    # Rates are always those of the look itself.
    np.testing.assert_array_equal(handles["rates"], handles_of("statistics", activity)["rates"])


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: make_activity(100, rate_hz=0), "no spikes in 600 ms"),
        (lambda: make_activity(100, rate_hz=2), "no neuron\nhas 10\nspikes"),
        (lambda: make_activity(9), "fewer than\n15 neurons"),
        (lambda: make_activity(50, spikes=np.ones((1, 50), bool), n_chunks=1), "too short"),
        (lambda: make_activity(50, spikes=np.ones((600, 50), bool)), "never varies"),
    ],
)
def test_what_cannot_be_known_is_said_in_its_panel(make, words):
    assert words in words_of("statistics", make())
