"""SONATA files that are damaged, or laid out otherwise: one sentence that names the file."""

import h5py
import numpy as np
import pytest
import sonata_files

from keras_v1_activity import v1


@pytest.fixture
def net(tmp_path):
    return sonata_files.Small(tmp_path / "net").write()


def replace(group, name, data):
    del group[name]
    group[name] = data


EDGES, NODES = "network/v1_v1_edges.h5", "network/v1_nodes.h5"
CHANGES = {
    "no sources": (EDGES, lambda f: f["edges/v1_to_v1"].pop("source_node_id")),
    "ids that are no whole numbers": (
        EDGES, lambda f: replace(f["edges/v1_to_v1"], "edge_type_id", [0.5, 1.5])),
    "columns of unequal length": (
        EDGES, lambda f: replace(f["edges/v1_to_v1"], "edge_group_index", [0])),
    "a place that the group does not have": (
        EDGES, lambda f: replace(f["edges/v1_to_v1"], "edge_group_index", [0, 7])),
    "weights that are a table": (
        EDGES, lambda f: replace(f["edges/v1_to_v1/0"], "syn_weight", np.ones((2, 2)))),
    "weights that are texts": (
        EDGES, lambda f: replace(f["edges/v1_to_v1/0"], "syn_weight", ["a", "b"])),
    "weights that are not finite": (
        EDGES, lambda f: replace(f["edges/v1_to_v1/0"], "syn_weight", [1.0, np.nan])),
    "a link to another file": (
        EDGES, lambda f: replace(f["edges/v1_to_v1"], "edge_type_id",
                                 h5py.ExternalLink("x.h5", "/a"))),
    "a node beyond the network": (
        EDGES, lambda f: f["edges/v1_to_v1/target_node_id"].write_direct(np.array([1, 3], "u8"))),
    "a number beyond all numbers": (
        EDGES, lambda f: f["edges/v1_to_v1/source_node_id"].write_direct(
            np.array([0, 2**64 - 1], "u8"))),
    "a place that is not finite": (
        NODES, lambda f: replace(f["nodes/v1/0"], "x", [0.0, np.inf, 1.0])),
    "a node twice": (NODES, lambda f: replace(f["nodes/v1"], "node_id", [0, 1, 1])),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_wrong_file_is_named_in_one_sentence(name, net):
    path, change = CHANGES[name]
    with h5py.File(net / path, "r+") as file:
        change(file)
    with pytest.raises(ValueError) as error:
        v1.load_network(net)
    assert path in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("path", [EDGES, NODES, "network/v1_node_types.csv", "config.json"])
@pytest.mark.parametrize("content", [b"", b"not what it should be", None])
def test_a_file_that_is_none_or_half(path, content, net):
    whole = (net / path).read_bytes()
    (net / path).write_bytes(whole[: len(whole) // 2] if content is None else content)
    named = net / path if path == "config.json" else net
    with pytest.raises(ValueError) as error:
        v1.load_network(named)
    assert path in str(error.value) and "\n" not in str(error.value)


def test_a_small_file_that_says_it_holds_much_is_refused(net):
    with h5py.File(net / EDGES, "r+") as file:
        edges = file["edges/v1_to_v1"]
        for name in ("source_node_id", "target_node_id", "edge_type_id", "edge_group_id",
                     "edge_group_index"):  # fmt: skip
            del edges[name]
            edges.create_dataset(name, (10**10,), "u8", chunks=(10**6,))
    with pytest.raises(ValueError, match="too much for a file of"):
        v1.load_network(net)
