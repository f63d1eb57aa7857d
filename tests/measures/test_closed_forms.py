"""Measures whose value is known in closed form, and those that scipy or plain numpy have."""

import numpy as np
import pytest
from activities import make_activity, placed, poisson_spikes
from scipy.stats import ks_2samp, wasserstein_distance

from keras_v1_activity import measures
from keras_v1_activity.activity import facts
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.populations import Populations

ANGLES = np.arange(0, 360, 45)


def turned(preferred, orientation, direction, base=3.0):
    """Rates (direction, neuron) of cosines of known depth, Hz."""
    away = np.radians(ANGLES[:, None] - np.asarray(preferred))
    return base * (1 + orientation * np.cos(2 * away) + direction * np.cos(away))


def test_selectivity_of_cosines_is_half_their_depth():
    rates = turned([0, 30, 200], 0.6, 0.3)
    np.testing.assert_allclose(measures.osi(rates, ANGLES), 0.3, atol=1e-12)
    np.testing.assert_allclose(measures.dsi(rates, ANGLES), 0.15, atol=1e-12)
    oriented = (1 + np.cos(2 * np.radians(ANGLES)))[:, None]
    np.testing.assert_allclose(measures.osi(oriented, ANGLES), 0.5, atol=1e-12)
    np.testing.assert_allclose(measures.dsi(oriented, ANGLES), 0.0, atol=1e-12)


@pytest.mark.parametrize("orientation, direction", [(0.6, 0.3), (0.9, 0.01), (0.0, 0.5)])
def test_preferred_direction_is_that_of_the_cosine(orientation, direction):
    preferred = np.array([0.0, 1.0, 89.0, 91.0, 180.0, 269.5, 300.0, 359.0])
    rates = turned(preferred, orientation, direction)
    found = measures.preferred_direction(rates, ANGLES)
    assert ((found >= 0) & (found < 360)).all()
    np.testing.assert_allclose((found - preferred + 180) % 360, 180, atol=1e-6)


def test_a_neuron_without_direction_prefers_one_of_its_two():
    found = measures.preferred_direction(turned([30, 120], 0.5, 0.0), ANGLES)
    np.testing.assert_allclose(found % 180, [30, 120], atol=1e-6)


def test_one_direction_alone_is_fully_selective():
    rates = np.zeros((8, 1))
    rates[3] = 5.0
    for measure in (measures.osi, measures.dsi):
        assert measure(rates, ANGLES) == pytest.approx(1)
    assert measures.preferred_direction(rates, ANGLES) == pytest.approx(135)


def test_silent_and_slow_neurons_have_no_tuning():
    rates = np.stack([np.zeros(8), np.full(8, 0.49), np.full(8, 0.5)], axis=1)
    for measure in (measures.osi, measures.dsi):
        found = measure(rates, ANGLES)
        assert np.isnan(found[:2]).all() and found[2] == pytest.approx(0)
        assert measure(rates, ANGLES, least_hz=0)[1] == pytest.approx(0)
    # Equal in all directions: judged, and yet none is preferred.
    assert np.isnan(measures.preferred_direction(rates, ANGLES)).all()


def test_sparseness_of_one_of_all_is_1_and_of_equals_0():
    table = np.zeros((6, 4))
    table[2, 0] = 7.0  # one stimulus only
    table[:, 1] = 2.5  # all alike
    table[:3, 2] = 4.0  # half of them
    lifetime = measures.lifetime_sparseness(table)
    # Half of n: mean^2 / mean of squares is 1/2.
    np.testing.assert_allclose(lifetime[:3], [1, 0, 0.5 / (1 - 1 / 6)], atol=1e-12)
    assert np.isnan(lifetime[3])
    np.testing.assert_array_equal(measures.population_sparseness(table.T), lifetime)


def test_latency_of_a_made_response():
    spikes = np.zeros((200, 4), bool)
    spikes[[3, 20], :] = True
    spikes[70:80, 0] = True  # 20 ms after the onset
    spikes[61, 1] = True  # one bin only, later two
    spikes[90:95, 1] = True
    spikes[53:56, 2] = True  # begins within the second bin
    found = measures.latency(Activity.from_dense(spikes), onset_ms=50)
    np.testing.assert_array_equal(found, [20, 40, 2, np.nan])
    # Two spikes in a bin do not stand out of a population that fires four at once.
    together = Activity.from_dense(spikes)
    assert np.isnan(measures.population_latency(together, onset_ms=50)["neurons"])
    spikes[81:85] = True
    together = Activity.from_dense(spikes)
    assert measures.population_latency(together, onset_ms=50) == {"neurons": 30.0}


def test_latency_over_trials_stands_above_mean_and_3_sd():
    rng = np.random.default_rng(0)
    rates = np.full((300, 1), 10.0)
    rates[85:130] = 400.0
    several = [Activity.from_dense(rng.random((300, 5)) < rates / 1000, dt=1.0) for _ in range(60)]
    counts = sum(one.spikes().astype(int) for one in several).reshape(150, 2, 5).sum(axis=1)
    threshold = counts[:25].mean(axis=0) + 3 * counts[:25].std(axis=0)
    above = counts[25:] > threshold
    expected = 2 * np.argmax(above[:-1] & above[1:], axis=0)
    np.testing.assert_array_equal(measures.latency(several, onset_ms=50), expected)
    assert ((expected >= 34) & (expected <= 36)).all()


def log_normal(mean, sd, n):
    """A sample whose logarithms have exactly this mean and standard deviation."""
    logs = np.random.default_rng(7).normal(size=n)
    return np.exp(mean + sd * (logs - logs.mean()) / logs.std())


def test_weights_against_two_log_normals():
    names = ["e4Rorb"] * 3 + ["i4Pvalb"] * 2
    populations = Populations.from_names(names)
    n = 500
    source, target = np.repeat([0, 4], n), np.repeat([3, 1], n)
    start = np.concatenate([log_normal(0.2, 0.5, n), -log_normal(-1, 0.3, n)])
    now = np.concatenate([log_normal(0.7, 0.9, n), -log_normal(-1, 0.3, n) - 0.25])
    mixed = np.random.default_rng(1).permutation(2 * n)
    found = measures.weights_by_population(
        now[mixed], source[mixed], target[mixed], populations, start[mixed]
    )
    assert set(found) == {("e4Rorb", "i4Pvalb"), ("i4Pvalb", "e4Rorb")}
    first, second = found["e4Rorb", "i4Pvalb"], found["i4Pvalb", "e4Rorb"]
    assert first["n"] == n and first["mean"] == pytest.approx(now[:n].mean())
    assert (first["log_mean"], first["log_sd"]) == pytest.approx((0.7, 0.9))
    assert first["kl"] == pytest.approx(np.log(0.5 / 0.9) + (0.81 + 0.25) / (2 * 0.25) - 0.5)
    assert first["wasserstein"] == pytest.approx(wasserstein_distance(now[:n], start[:n]))
    assert second["mean"] < 0 and second["wasserstein"] == pytest.approx(0.25)


def test_weights_that_did_not_change_are_not_away_from_the_start():
    weights = log_normal(0, 1, 50)
    same = measures.weights_by_population(
        weights, np.zeros(50, int), np.zeros(50, int), Populations.unnamed(1), weights
    )
    assert same["neurons", "neurons"]["kl"] == same["neurons", "neurons"]["wasserstein"] == 0


def test_norms_and_updates_equal_numpys():
    rng = np.random.default_rng(0)
    populations = Populations.from_names(["e4Rorb", "i4Pvalb", "e4Rorb"])
    target, old = rng.integers(0, 2, 40), rng.normal(size=40)
    new = old + 1e-3 * rng.normal(size=40)
    mine = target == 0
    norms = measures.norms_by_population(old, target, populations)
    assert norms["e4Rorb"] == pytest.approx(np.linalg.norm(old[mine]))
    ratios = measures.update_ratios(old, new, target, populations)
    expected = np.linalg.norm(new[mine] - old[mine]) / np.linalg.norm(old[mine])
    assert ratios["e4Rorb"] == pytest.approx(expected)
    assert np.isnan(measures.update_ratios([0.0], [1.0], [0], Populations.unnamed(1))["neurons"])


def test_occupancy_is_the_part_within_reach_of_the_threshold():
    # exp(-x^2) > 0.01 where |x| < sqrt(ln 100).
    reach = 0.28 * np.sqrt(np.log(100)) * 20.0
    v = np.linspace(-120, 0, 4001)[:, None] + np.zeros(2)
    expected = np.mean(np.abs(v + 50) < reach)
    assert measures.surrogate_occupancy(v, -50.0, [-70.0, -70.0]) == expected
    box = measures.surrogate_occupancy(v, -50.0, -70.0, derivative=lambda x: np.abs(x - 1) < 0.5)
    assert box == np.mean(np.abs(v + 50) < 10)
    refractory = np.zeros(v.shape, bool)
    refractory[:, 0] = True
    half = measures.surrogate_occupancy(v, -50.0, -70.0, refractory=refractory)
    assert half == expected / 2
    assert measures.surrogate_occupancy([np.nan, np.inf, -50.0, -50.0], -50.0, -70.0) == 0.5
    with pytest.raises(ValueError, match="one for each neuron of voltages"):
        measures.surrogate_occupancy(v, [-50.0] * 3, -70.0)


def test_similarity_to_recordings_is_one_less_ks_of_scipy():
    look = make_activity(800, rate_hz=7)
    names = look.populations.names_per_neuron()
    found = measures.similarity_to_recordings(look)
    class_of = {"e": "Exc", "Pvalb": "PV", "Sst": "SST", "Vip": "VIP", "Htr3a": "Htr3a"}
    expected = {}
    for name in look.populations.names:
        digits = "23" if name[1:3] == "23" else name[1]
        kind = class_of["e" if name[0] == "e" else name[1 + len(digits) :]]
        cell_type = f"L{'2/3' if digits == '23' else digits} {kind}"
        recorded = [float(row["mean_rate_hz"]) for row in facts.table("neuropixels_rates")
                    if row["cell_type"] == cell_type]  # fmt: skip
        if (names == name).sum() >= 15 and len(recorded) >= 15:
            expected[name] = 1 - ks_2samp(look.rates[names == name], recorded).statistic
    assert len(expected) > 5
    mean = found.pop("mean")
    assert found == pytest.approx(expected, abs=1e-12)
    assert mean == pytest.approx(np.mean(list(expected.values())))


def test_what_fires_as_recorded_is_similar():
    recorded = np.array(facts.recorded_rates_hz()["L4 Exc"])
    spikes = np.arange(8_000)[:, None] % np.maximum(1000 / recorded, 1).astype(int) == 0
    found = measures.similarity_to_recordings(
        make_activity(names=["e4Rorb"] * len(recorded), n_neurons=len(recorded), spikes=spikes,
                      n_voltages=0, n_inputs=0)
    )  # fmt: skip
    assert found["e4Rorb"] == found["mean"] > 0.9


def test_neurons_far_from_the_axis_are_not_drawn():
    rng = np.random.default_rng(0)
    look = placed(make_activity(400, n_steps=400, names=["e4Rorb"] * 400, n_voltages=0))
    x, _, z = look.neurons.positions.T
    far = np.hypot(x, z) > 200
    spikes = poisson_spikes(400, 400, 20, 1.0, rng)
    spikes[:, far] = rng.random((400, 1)) < 0.05  # all far ones fire together
    mixed = Activity.from_dense(spikes, neurons=look.neurons)
    near = measures.population_fano(mixed, bins_ms=[5])[1]
    everywhere = measures.population_fano(mixed, bins_ms=[5], radius_um=1000)[1]
    assert near == pytest.approx(1, abs=0.3) and everywhere > 5


def test_nothing_gives_nothing_and_no_warning():
    nobody = Populations.unnamed(0)
    assert measures.weights_by_population([], [], [], nobody, start=[]) == {}
    assert measures.norms_by_population([], [], nobody) == {"neurons": 0.0}
    assert np.isnan(measures.update_ratios([], [], [], nobody)["neurons"])
    assert np.isnan(measures.surrogate_occupancy(np.zeros((3, 0)), -50.0, -70.0))
    for measure in (measures.osi, measures.dsi, measures.preferred_direction):
        assert measure(np.zeros((8, 0)), ANGLES).shape == (0,)
        assert np.isnan(measure(np.zeros((0, 2)), [])).all()
    assert measures.lifetime_sparseness(np.zeros((3, 0))).shape == (0,)
    assert np.isnan(measures.population_sparseness(np.ones((3, 1)))).all()
    assert np.isnan(measures.ks_distance([], [1.0]))


def test_weights_that_are_all_0_or_alike_have_no_divergence():
    one = Populations.unnamed(1)
    none = measures.weights_by_population([0.0, 0.0], [0, 0], [0, 0], one, start=[1.0, 2.0])
    assert none["neurons", "neurons"]["mean"] == 0
    assert np.isnan(none["neurons", "neurons"]["log_mean"])
    alike = measures.weights_by_population([2.0, 2.0], [0, 0], [0, 0], one, start=[1.0, 1.0])
    assert np.isnan(alike["neurons", "neurons"]["kl"])
    assert alike["neurons", "neurons"]["wasserstein"] == 1
