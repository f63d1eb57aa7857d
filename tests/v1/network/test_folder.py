"""load_network against a loader in plain loops, and arguments that must be refused."""

import pickle

import h5py
import numpy as np
import pytest
from published_folders import N_LGN, TYPES

from keras_v1_activity import v1


def choose_in_loops(x, z, n, core_only, connected, seed):
    """The published selection: node ids in ascending order."""
    r = np.sqrt(x**2 + z**2)
    if connected:
        return sorted(int(i) for i in np.argsort(r)[:n])
    ids = [i for i in range(len(r)) if r[i] < 400 or not core_only]
    if n is not None:
        ids = np.random.RandomState(seed).choice(ids, n, replace=False)
    return sorted(int(i) for i in ids)


def synapses_in_loops(groups, source_of, index_of):
    """(row, source, weight, delay) of each kept edge, in file order."""
    found = []
    for group in groups:
        params = group["params"]
        for i, (s, t) in enumerate(zip(group["source"], group["target"], strict=True)):
            if t in index_of and s in source_of:
                weight = np.float32(params["weight"] if np.ndim(params["weight"]) == 0
                                    else params["weight"][i])  # fmt: skip
                delay = params["delay"] if np.ndim(params["delay"]) == 0 else params["delay"][i]
                row = index_of[t] * 4 + params["receptor_type"] - 1
                found.append((row, source_of[s], weight, delay))
    return found


SELECTIONS = [
    dict(n_neurons=None, core_only=True, connected_selection=False),
    dict(n_neurons=None, core_only=False, connected_selection=False),
    dict(n_neurons=25, core_only=True, connected_selection=False),
    dict(n_neurons=25, core_only=False, connected_selection=False),
    dict(n_neurons=25, core_only=True, connected_selection=True),
]


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("n_input", [None, 12])
def test_agrees_with_a_loader_in_loops(folder, selection, n_input, published):
    net = v1.load_network(
        folder, n_input=n_input, seed=7, published_delay_order=published, **selection
    )
    network = pickle.loads((folder / "network_dat.pkl").read_bytes())
    inputs = pickle.loads((folder / "input_dat.pkl").read_bytes())
    with h5py.File(folder / "network/v1_nodes.h5") as file:
        x, y, z = (file[f"nodes/v1/0/{axis}"][:] for axis in "xyz")
        types = file["nodes/v1/node_type_id"][:] - 500
    ids = choose_in_loops(
        x, z, selection["n_neurons"], selection["core_only"], selection["connected_selection"], 7
    )
    index_of = {node: i for i, node in enumerate(ids)}

    assert net.node_ids.tolist() == ids
    np.testing.assert_array_equal(net.y, y[ids])
    assert net.node_types.tolist() == types[ids].tolist()
    assert net.populations.names_per_neuron().tolist() == [TYPES[t] for t in types[ids]]
    np.testing.assert_array_equal(net.parameters.V_th, -45.0 - types[ids])
    assert net.parameters.tau_syn.shape == (len(ids), 4)

    edges = synapses_in_loops(network["edges"], index_of, index_of)
    ordered = sorted(edges, key=lambda e: e[:2])
    delays = [e[3] for e in (edges if published else ordered)]
    assert net.recurrent.row.tolist() == [e[0] for e in ordered]
    assert net.recurrent.source.tolist() == [e[1] for e in ordered]
    assert net.recurrent.weight.tolist() == [e[2] for e in ordered]
    assert net.recurrent.delay.tolist() == delays

    channels = range(N_LGN)
    if n_input is not None:
        channels = np.random.RandomState(7).choice(n_input, size=N_LGN)
    assert net.input_channel_of.tolist() == list(channels)
    lgn = synapses_in_loops(inputs[0][1], dict(enumerate(channels)), index_of)
    if n_input is not None:
        merged = {}
        for row, channel, weight, _ in lgn:
            merged[row, channel] = merged.get((row, channel), 0.0) + float(weight)
        lgn = [(*key, weight) for key, weight in merged.items()]
    lgn.sort(key=lambda e: e[:2])
    assert net.n_input == (n_input or N_LGN)
    assert net.inputs.row.tolist() == [e[0] for e in lgn]
    assert net.inputs.source.tolist() == [e[1] for e in lgn]
    np.testing.assert_allclose(net.inputs.weight, [e[2] for e in lgn], rtol=1e-6)
    assert not net.inputs.delay.any()

    background = np.zeros((len(ids), 4))
    for _, groups in inputs[1:]:
        for row, _, weight, _ in synapses_in_loops(groups, {0: 0}, index_of):
            background[row // 4, row % 4] += weight
    np.testing.assert_allclose(net.background_weights, background, rtol=1e-6)
    assert background[:, 1].any() and background[:, 0].any()


def test_two_synapses_of_one_pair_keep_their_delays(folder):
    net = v1.load_network(folder, core_only=False)
    pair = net.recurrent.row * net.n_neurons + net.recurrent.source
    assert (np.diff(pair) >= 0).all() and (np.diff(pair) == 0).any()


@pytest.mark.parametrize("name", ["n_neurons", "n_input", "neurons_per_output", "seed"])
@pytest.mark.parametrize("value", ["a", "100", [5], 2.5, 50.0, True, -1])
def test_arguments_that_are_no_counts(folder, name, value):
    with pytest.raises(ValueError, match=f"^{name} must be a whole number of at least"):
        v1.load_network(folder, **{name: value})


def test_other_wrong_arguments(folder):
    with pytest.raises(ValueError, match="seed must be at most 4294967295"):
        v1.load_network(folder, seed=2**32)
    for path in (None, 5):
        with pytest.raises(ValueError, match=f"path must be the GLIF_network folder; got {path}"):
            v1.load_network(path)
    assert v1.load_network(folder, n_neurons=np.int64(5)).n_neurons == 5
