"""A look's numbers by population: each that of its measure, whatever the look is like."""

import json

import numpy as np
import pytest
from activities import make_activity
from scipy.stats import ks_2samp

from keras_v1_activity import measures
from keras_v1_activity.activity import Activity, Neurons, Populations
from keras_v1_activity.measures import population_numbers

POPULATION_KEYS = {
    "n_neurons", "mean_rate_hz", "evoked_rate_hz", "spontaneous_rate_hz", "active_fraction",
    "similarity", "cv", "cv2", "lv", "lvr", "correlation_2ms", "correlation_10ms",
    "correlation_100ms", "sparseness", "latency_ms",
}  # fmt: skip
KEYS = {
    "populations", "all", "similarity", "population_fano", "spectrum", "band_fractions",
    "branching_ratio", "rate_change",
}  # fmt: skip


def close(found, expected):
    return found == pytest.approx(expected, rel=1e-5, abs=1e-9, nan_ok=True)


def known(value):
    return np.nan if value is None else value


def test_each_number_is_that_of_its_measure():
    a = make_activity(400, n_steps=600, rate_hz=30)
    earlier = make_activity(400, n_steps=600, rate_hz=20, seed=1)
    found = measures.look_statistics(a, earlier.rates)
    assert found.keys() == KEYS and tuple(found["populations"]) == a.populations.names
    names = a.populations.names_per_neuron()
    for name, row in [*found["populations"].items(), ("all", found["all"])]:
        mine = np.ones(400, bool) if name == "all" else names == name
        assert row.keys() == POPULATION_KEYS and row["n_neurons"] == mine.sum()
        assert close(row["mean_rate_hz"], a.spikes()[:, mine].mean() * 1000)
        assert close(row["evoked_rate_hz"], a.spikes()[50:150, mine].mean() * 1000)
        assert close(row["spontaneous_rate_hz"], a.spikes()[:50, mine].mean() * 1000)
        assert close(row["active_fraction"], a.spikes()[:, mine].any(axis=0).mean())
        for key in ("cv", "cv2", "lv", "lvr"):
            each = getattr(measures, key)(a)[mine]
            expected = np.median(each[np.isfinite(each)]) if np.isfinite(each).any() else np.nan
            assert close(known(row[key]), expected)
        sparseness = measures.population_sparseness([a.rates[mine]])[0]
        assert close(known(row["sparseness"]), sparseness)
    for name, row in found["populations"].items():
        for bin_ms in (2, 10, 100):
            pairs = measures.pairwise_correlation(a, bin_ms)[name]
            pairs = pairs[np.isfinite(pairs)]
            expected = pairs.mean() if pairs.size else np.nan
            assert close(known(row[f"correlation_{bin_ms}ms"]), expected)
        assert close(known(row["latency_ms"]), measures.population_latency(a)[name])
        similarity = measures.similarity_to_recordings(a).get(name, np.nan)
        assert close(known(row["similarity"]), similarity)
        first, now = earlier.rates[names == name], a.rates[names == name]
        assert close(found["rate_change"][name], ks_2samp(now, first).statistic)
    of_all = Activity.from_dense(a.spikes())
    pairs = measures.pairwise_correlation(of_all, 10)["neurons"]
    assert close(found["all"]["correlation_10ms"], pairs[np.isfinite(pairs)].mean())
    assert close(found["similarity"], measures.similarity_to_recordings(a)["mean"])


def test_the_numbers_of_the_whole_network_are_those_of_their_measures():
    a = make_activity(400, n_steps=600, rate_hz=30)
    found = measures.look_statistics(a)
    bins, factors = measures.population_fano(a)
    assert close(found["population_fano"]["bins_ms"], bins.tolist())
    assert close(found["population_fano"]["factors"], factors.tolist())
    hz, density = measures.power_spectrum(a)
    assert close(found["spectrum"]["hz"], hz[hz <= 100].tolist())
    assert close(found["spectrum"]["density"], density[hz <= 100].tolist())
    powers = measures.band_powers(a)
    total = sum(powers.values())
    assert close(found["band_fractions"], {name: p / total for name, p in powers.items()})
    assert close(found["branching_ratio"], measures.branching_ratio(a))
    assert set(found["rate_change"].values()) == {None}


def odd_looks():
    ones, names = np.ones((300, 40), bool), np.repeat(["e4Rorb", "i4Pvalb"], 20)
    neurons = Neurons(Populations.from_names(names))
    voltages = np.full((300, 3), np.nan, np.float32)
    yield "silent", Activity.from_dense(~ones, neurons=neurons)
    yield "saturated", Activity.from_dense(ones, neurons=neurons)
    yield "nan", Activity.from_dense(ones, voltages=voltages, voltage_neurons=[0, 1, 2])
    yield "one neuron", Activity.from_dense(ones[:, :1])
    yield "no neuron", Activity.from_dense(ones[:, :0])
    yield "one step", Activity.from_dense(ones[:1])
    yield "no step", Activity.from_dense(ones[:0])
    yield "long steps", Activity.from_dense(ones, dt=40.0)
    yield "short steps", Activity.from_dense(ones, dt=0.1)
    yield "one spike", Activity.from_dense(np.eye(300, 40) * (np.arange(40) == 7))
    nowhere = Neurons(Populations.unnamed(40), positions=np.full((40, 3), np.nan))
    yield "no place", Activity.from_dense(ones, neurons=nowhere)


ODD = list(odd_looks())


@pytest.mark.parametrize(("name", "look"), ODD, ids=[name for name, _ in ODD])
def test_odd_looks_have_unknown_numbers_and_no_errors(name, look):
    found = measures.look_statistics(look, np.zeros(look.n_neurons))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found.keys() == KEYS and found["all"].keys() == POPULATION_KEYS
    assert found["all"]["n_neurons"] == look.n_neurons
    if name == "silent":
        assert found["all"]["mean_rate_hz"] == 0 and found["all"]["active_fraction"] == 0
        assert found["all"]["cv"] is None and found["all"]["latency_ms"] is None
        assert set(found["rate_change"].values()) == {0.0}
        assert set(found["band_fractions"].values()) == {None}
    if name == "saturated":
        assert found["all"]["mean_rate_hz"] == 1000 and found["all"]["cv"] == 0
        assert found["populations"]["e4Rorb"]["sparseness"] == 0
    if name in ("one step", "no step"):
        assert found["all"]["evoked_rate_hz"] is None and found["spectrum"]["hz"] == []


def test_a_measure_that_raises_costs_its_number_alone(monkeypatch):
    def fails(activity):
        raise ZeroDivisionError("odd data")

    monkeypatch.setattr(population_numbers, "branching_ratio", fails)
    a, errors = make_activity(50), []
    found = measures.look_statistics(a, on_error=lambda name, e: errors.append((name, str(e))))
    assert errors == [("branching_ratio", "odd data")] and found["branching_ratio"] is None
    assert close(found["all"]["mean_rate_hz"], a.mean_rate)
    with pytest.raises(ZeroDivisionError):
        measures.look_statistics(a)


def test_the_summary_knows_silence_peaks_and_low_potentials():
    spikes = np.zeros((25, 4), bool)
    spikes[[0, 5, 9], [0, 1, 1]] = True
    spikes[[10, 19, 20], [0, 1, 2]] = True
    neurons = Neurons(
        Populations.from_names(["a", "a", "b", "b"]),
        thresholds=[-50, -50, np.nan, -50], resting=[-70, -70, -70, -70],
    )  # fmt: skip
    voltages = np.full((25, 3), -60.0)
    voltages[:5, 0], voltages[5:7, 0], voltages[:, 1] = -90.5, np.nan, -200
    look = Activity.from_dense(
        spikes, neurons=neurons, voltages=voltages, voltage_neurons=[0, 2, 3]
    )
    found = measures.summarise(look)
    assert found["silent_fractions"] == {"a": 0.0, "b": 0.5}
    assert found["peak_fraction"] == 0.5
    # Neuron 2, whose threshold is unknown, is not judged.
    assert found["voltage_below_range_fraction"] == pytest.approx(5 / 48, abs=1e-6)
    for none in (Activity.from_dense(spikes), make_activity(20)):
        assert measures.summarise(none)["voltage_below_range_fraction"] is None
    assert measures.peak_fraction(Activity.from_dense(spikes[:0])) == 0
