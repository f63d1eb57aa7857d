"""The folder of a synthetic network against the published format."""

import csv
import json
import pickle

import h5py
import numpy as np
import pytest
from written_networks import written_network

from keras_v1_activity import v1
from keras_v1_activity.activity import facts

N = 200


@pytest.fixture(scope="module")
def folder():
    return written_network(N)


@pytest.fixture(scope="module")
def network(folder):
    return v1.load_network(folder)


def plain(folder, name):
    return pickle.loads((folder / name).read_bytes())


def test_files_are_as_published(folder):
    network = plain(folder, "network_dat.pkl")
    assert set(network) == {"nodes", "edges"}
    ids = np.concatenate([node["ids"] for node in network["nodes"]])
    assert sorted(ids) == list(range(N))
    for node in network["nodes"]:
        assert isinstance(node["ids"], np.ndarray) and node["ids"].dtype.kind == "i"
        params = node["params"]
        for name in ("V_th", "E_L", "V_reset", "g", "C_m", "t_ref"):
            assert isinstance(params[name], float)
        assert np.shape(params["k"]) == np.shape(params["asc_amps"]) == (2,)
        assert list(params["tau_syn"]) == [5.5, 8.5, 2.8, 5.8]
    for edge in network["edges"]:
        assert set(edge) == {"source", "target", "params"}
        params = edge["params"]
        assert params["receptor_type"] in (1, 2, 3, 4)
        assert params["delay"] in (1.0, 2.0, 3.0, 4.0, 5.0)
        assert len(edge["source"]) == len(edge["target"]) == len(params["weight"]) > 0
        assert edge["source"].dtype.kind == "i" and params["weight"].dtype.kind == "f"
    (lgn, lgn_edges), (background, background_edges) = plain(folder, "input_dat.pkl")
    assert list(lgn["ids"]) == list(range(17_400)) and len(lgn["spikes"]) == 17_400
    assert list(background["ids"]) == [0] and len(background["spikes"]) == 1
    assert all((edge["source"] == 0).all() for edge in background_edges)
    assert {edge["params"]["receptor_type"] for edge in lgn_edges} == {1, 3}


def test_pickles_name_modules_that_numpy_1_has(folder):
    for name in ("network_dat.pkl", "input_dat.pkl", "garrett_firing_rates.pkl"):
        assert b"numpy._core" not in (folder / name).read_bytes()


def test_node_files_are_as_published(folder, network):
    with open(folder / "network/v1_node_types.csv") as file:
        rows = list(csv.DictReader(file, delimiter=" "))
    type_ids = np.array([int(row["node_type_id"]) for row in rows])
    assert len(rows) == len(plain(folder, "network_dat.pkl")["nodes"])
    assert len(set(type_ids)) == len(type_ids)
    with h5py.File(folder / "network/v1_nodes.h5") as file:
        assert (file["nodes/v1/node_id"][:] == np.arange(N)).all()
        assert (file["nodes/v1/node_type_id"][:] == type_ids[network.node_types]).all()
    variants = {}
    for row in rows:
        variants[row["pop_name"]] = variants.get(row["pop_name"], 0) + 1
    assert set(variants) == {row["pop_name"] for row in facts.table("populations")}
    assert all(2 <= count <= 5 for count in variants.values())


def test_recorded_rates_are_per_ms(folder, network):
    recorded = [float(r["mean_rate_hz"]) for r in facts.table("neuropixels_rates")
                if r["mean_rate_hz"]]  # fmt: skip
    np.testing.assert_allclose(network.target_rates, np.sort(recorded), rtol=1e-5)
    assert plain(folder, "garrett_firing_rates.pkl").max() < 1.0


def test_marker_tells_what_was_written(folder, network):
    marker = json.loads((folder / "synthetic.json").read_text())
    assert marker["n_neurons"] == N and marker["seed"] == 0
    assert marker["recurrent_synapses"] == len(network.recurrent)
