"""Folders that must be refused: with a sentence that names the file, the entry and the advice."""

import os
import pickle

import h5py
import numpy as np
import pytest
from published_folders import N_NODES, PARAMETERS, dump

from keras_v1_activity import v1


@pytest.mark.parametrize(
    "name",
    ["network_dat.pkl", "input_dat.pkl", "network/v1_nodes.h5", "network/v1_node_types.csv"],
)
def test_missing_and_truncated_files_are_named(copy, name):
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=os.path.basename(name)):
        v1.load_network(copy)
    (copy / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"{os.path.basename(name)} is missing"):
        v1.load_network(copy)


def test_positions_missing(copy):
    with h5py.File(copy / "network/v1_nodes.h5", "a") as file:
        del file["nodes/v1/0/y"]
    with pytest.raises(ValueError, match="v1_nodes.h5 has no neuron positions"):
        v1.load_network(copy)


def test_edges_beyond_the_network(copy):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    data["edges"][1]["target"][5] = N_NODES
    dump(copy / "network_dat.pkl", data)
    with pytest.raises(ValueError, match="network_dat.pkl: edge group 1 names cell 60"):
        v1.load_network(copy)


def test_wrong_layout(copy):
    dump(copy / "network_dat.pkl", {"edges": []})
    with pytest.raises(ValueError, match="network_dat.pkl is not laid out as"):
        v1.load_network(copy)


CELL_FAULTS = [
    ("V_th", "high", r"node type 1: V_th must hold numbers; got 'high'"),
    ("V_th", float("nan"), r"V_th must be a finite number; .* 1 of 3 node types, .* node type 1"),
    ("V_th", -70.0, r"V_th must be above E_L \(mV\); .* node type 1 with -70.0"),
    ("C_m", 0.0, "C_m must be above 0 pF"),
    ("g", -1.0, "g must be above 0 nS"),
    ("tau_syn", [5.5, 0.0, 2.8, 5.8], "tau_syn must be above 0 ms"),
    ("t_ref", -1.0, "t_ref must be 0 ms or more"),
    ("asc_amps", [float("inf"), 0.0], "asc_amps must be a finite number"),
    ("k", [0.1, 0.2, 0.3], "node type 1: k must hold 2 numbers; got 3"),
]


@pytest.mark.parametrize("name, value, message", CELL_FAULTS)
def test_cells_that_cannot_be(copy, name, value, message):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    data["nodes"][1]["params"] = PARAMETERS | {name: value}
    dump(copy / "network_dat.pkl", data)
    with pytest.raises(ValueError, match=f"network_dat.pkl: {message}"):
        v1.load_network(copy)


EDGE_FAULTS = [
    ("weight", "x", "edge group 1: weight must hold numbers; got 'x'"),
    ("weight", 10**400, "edge group 1: weight must hold numbers; got 1000"),
    ("weight", np.ones(7), "edge group 1: weight must .* each of the 300 edges; got 7"),
    ("weight", np.array([np.nan] + [1.0] * 299), "weight must be .* 1 of .* edge group 1 with nan"),
    ("weight", 1e300, "weight must be a finite number of pA.* in edge group 1 with inf"),
    ("delay", -5.0, "delay must be .* 0 ms or more; .* in edge group 1 with -5.0"),
    ("receptor_type", "x", "edge group 1: receptor_type must hold numbers; got 'x'"),
    ("receptor_type", 5, "edge group 1: receptor_type must be 1 to 4; got 5"),
    ("receptor_type", 1.5, "edge group 1: receptor_type must be 1 to 4; got 1.5"),
]


@pytest.mark.parametrize("name, value, message", EDGE_FAULTS)
@pytest.mark.parametrize("file", ["network_dat.pkl", "input_dat.pkl"])
def test_synapses_that_cannot_be(copy, file, name, value, message):
    data = pickle.loads((copy / file).read_bytes())
    edges = data["edges"] if file.startswith("network") else data[0][1]
    edges[1]["params"][name] = value
    dump(copy / file, data)
    with pytest.raises(ValueError, match=f"{file}: {message}"):
        v1.load_network(copy, core_only=False)


@pytest.mark.parametrize(
    "end, ids, message",
    [
        ("source", np.arange(299) % 60, "edge group 1 has 299 sources but 300 targets"),
        ("source", np.ones(300), "edge group 1: source must hold whole numbers"),
        ("target", np.full(300, -1), "edge group 1 names cell -1 as target"),
    ],
)
def test_ends_of_edges(copy, end, ids, message):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    data["edges"][1][end] = ids
    dump(copy / "network_dat.pkl", data)
    with pytest.raises(ValueError, match=f"network_dat.pkl: {message}"):
        v1.load_network(copy)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda ids: -1 - ids, "do not name the same 60 neurons"),
        (lambda ids: ids[:1].repeat(len(ids)), "leaves 19 neurons without"),
        (lambda ids: list("abc"), "ids of node type 0 must hold whole numbers"),
    ],
)
def test_ids_of_node_types(copy, change, message):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    data["nodes"][0]["ids"] = change(data["nodes"][0]["ids"])
    dump(copy / "network_dat.pkl", data)
    with pytest.raises(ValueError, match=f"network_dat.pkl.* {message}"):
        v1.load_network(copy)


@pytest.mark.parametrize("content", [[], {}, "abc", 5, [1], [[{"ids": [1]}, 5]], [[5, []]]])
@pytest.mark.parametrize("name", ["network_dat.pkl", "input_dat.pkl"])
def test_other_containers(copy, name, content):
    dump(copy / name, content)
    with pytest.raises(ValueError, match=f"{name} (is not laid out as|and .* do not name)"):
        v1.load_network(copy)


@pytest.mark.parametrize(
    "x, message",
    [
        (np.array([b"a"] * N_NODES), "/nodes/v1/0/x must be a list of numbers"),
        (None, "/nodes/v1/0/x must be a list of numbers"),
        (3.0, "/nodes/v1/0/x must be a list of numbers"),
        (np.zeros(7), "give each one x, y, z"),
        (np.full(N_NODES, np.nan), "x must be a finite number of um; .* 60 of 60 neurons"),
    ],
)
def test_positions_that_are_no_list_of_numbers(copy, x, message):
    with h5py.File(copy / "network/v1_nodes.h5", "a") as file:
        del file["nodes/v1/0/x"]
        if x is None:
            file.create_group("nodes/v1/0/x")
        else:
            file["nodes/v1/0/x"] = x
    with pytest.raises(ValueError, match=f"v1_nodes.h5.* {message}"):
        v1.load_network(copy)


def test_node_types_that_are_no_text(copy):
    (copy / "network/v1_node_types.csv").write_bytes(bytes(range(128, 256)))
    with pytest.raises(ValueError, match="v1_node_types.csv is damaged or no table"):
        v1.load_network(copy)
