"""Cells and synapses against the measured tables."""

import numpy as np
import pytest

from keras_v1_activity.activity import facts
from keras_v1_activity.v1.synthetic.cells import make_cells
from keras_v1_activity.v1.synthetic.wiring import connect_recurrent

N = 2000  # neurons of the network that conftest.py writes


def test_cells_lie_where_measured(network):
    assert (np.hypot(network.x, network.z) < 400).all()
    names = network.populations.names_per_neuron()
    rows = facts.table("populations")
    in_core = sum(int(row["n_core_radius_400um"]) for row in rows)
    for row in rows:
        depth = network.y[names == row["pop_name"]]
        assert (depth >= float(row["depth_top_um"])).all()
        assert (depth <= float(row["depth_bottom_um"])).all()
        share = int(row["n_core_radius_400um"]) / in_core
        assert abs(len(depth) - share * N) < 2 + 0.02 * share * N
    # Even density over the disc: half of the cells lie within radius / sqrt(2).
    assert abs((np.hypot(network.x, network.z) < 400 / np.sqrt(2)).mean() - 0.5) < 0.05


def test_larger_networks_widen_the_column():
    cells = make_cells(60_000, np.random.default_rng(0))
    assert cells.radius_um == pytest.approx(400 * np.sqrt(60_000 / 51_978), rel=1e-3)
    assert (np.hypot(cells.x, cells.z) < 400).sum() == pytest.approx(51_978, rel=0.02)


def test_signs_and_receptors_follow_the_source(network):
    excitatory = np.array([name[0] == "e" for name in network.populations.names_per_neuron()])
    syn = network.recurrent
    assert ((syn.weight > 0) == excitatory[syn.source]).all()
    expected = 2 * ~excitatory[syn.target] + ~excitatory[syn.source]
    assert (syn.receptor == expected).all()
    assert (network.inputs.weight > 0).all() and (network.background_weights >= 0).all()
    assert (syn.source != syn.target).all()
    assert len(np.unique(syn.row * N + syn.source)) == len(syn)


def test_delays_grow_with_distance(network):
    syn = network.recurrent
    assert set(np.unique(syn.delay)) == {1.0, 2.0, 3.0, 4.0, 5.0}
    distance = np.sqrt(
        sum(
            (axis[syn.source] - axis[syn.target]) ** 2 for axis in (network.x, network.y, network.z)
        )
    )
    means = [distance[syn.delay == delay].mean() for delay in range(1, 6)]
    assert means == sorted(means)


@pytest.fixture(scope="module")
def thousands():
    cells = make_cells(6000, np.random.default_rng(0))
    return cells, connect_recurrent(cells, np.random.default_rng(1))


def test_mean_in_degree(network, thousands):
    assert len(network.recurrent) / N == pytest.approx(84.5, rel=0.05)
    # 2.54 million synapses at 10,000 neurons, 169,000 at 2,000: a power law between.
    expected = 84.5 * 3 ** (np.log(254 / 84.5) / np.log(5))
    assert len(thousands[1]) / 6000 == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("pre,post,sigma", [("e23Cux2", "e23Cux2", 127.0),
                                            ("e6Ntsr1", "e6Ntsr1", 127.0),
                                            ("e23Cux2", "i4Pvalb", 99.84)])  # fmt: skip
def test_probability_falls_with_distance_as_measured(thousands, pre, post, sigma):
    cells, syn = thousands
    a, b = (cells.population == cells.population_names.index(name) for name in (pre, post))
    sources, targets = np.flatnonzero(a), np.flatnonzero(b)
    distance = np.hypot(
        cells.x[sources][:, None] - cells.x[targets], cells.z[sources][:, None] - cells.z[targets]
    )
    connected = np.zeros((cells.n_neurons, cells.n_neurons), bool)
    connected[syn.source, syn.target] = True
    connected = connected[np.ix_(sources, targets)]
    edges = np.array([0, 60, 120, 180, 240, 300])
    place = np.digitize(distance, edges) - 1
    use = (place < 5) & (distance > 0)
    pairs = np.bincount(place[use], minlength=5)
    found = np.bincount(place[use], connected[use], minlength=5)
    law = np.bincount(place[use], np.exp(-(distance[use] ** 2) / (2 * sigma**2)), minlength=5)
    expected = law * found.sum() / law.sum()
    assert (pairs > 500).all()
    assert (np.abs(found - expected) < 4 * np.sqrt(expected) + 0.02 * expected).all()


def test_ratios_of_probabilities_follow_the_table(thousands):
    cells, syn = thousands
    peak = {row["pre"]: row for row in facts.table("connection_probability_max")}

    def connections(pre, post):
        number = [cells.population_names.index(name) for name in (pre, post)]
        a, b = (cells.population == i for i in number)
        return (a[syn.source] & b[syn.target]).sum() / (a.sum() * b.sum())

    ratio = connections("e23Cux2", "e23Cux2") / connections("e6Ntsr1", "e23Cux2")
    table = float(peak["L2/3_Exc"]["L2/3_Exc"]) / float(peak["L6_Exc"]["L2/3_Exc"])
    assert ratio > 0.4 * table  # few of the latter are expected, so their count scatters
    ratio = connections("e23Cux2", "e23Cux2") / connections("e23Cux2", "e5IT")
    table = float(peak["L2/3_Exc"]["L2/3_Exc"]) / float(peak["L2/3_Exc"]["L5_IT"])
    assert ratio == pytest.approx(table, rel=0.15)


def test_lgn_fields_are_retinotopic_and_elongated(network):
    syn = network.inputs
    row, column = np.divmod(syn.source, 174)
    n = np.bincount(syn.target, minlength=N)
    assert 85 < n.mean() < 130
    centre = [
        np.bincount(syn.target, axis, minlength=N) / np.maximum(n, 1) for axis in (row, column)
    ]
    many = n > 60
    assert np.corrcoef(centre[1][many], network.x[many])[0, 1] > 0.98
    assert np.corrcoef(centre[0][many], network.z[many])[0, 1] > 0.98
    spreads = []
    for neuron in np.flatnonzero(many & (np.hypot(network.x, network.z) < 250))[::20]:
        own = syn.target == neuron
        spread = np.linalg.eigvalsh(np.cov(np.stack([row[own], column[own]])))
        spreads.append(np.sqrt(spread))
    assert np.median([s[1] / s[0] for s in spreads]) > 1.5
    names = network.populations.names_per_neuron()
    assert n[names == "e4Rorb"].mean() > n[names == "e23Cux2"].mean() > n[names == "i23Vip"].mean()
