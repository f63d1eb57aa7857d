"""Node types in any order, tables in any usual form, numbers of any type: the same network."""

import csv
import io
import pickle

import h5py
import numpy as np
import pytest
from published_folders import TYPES, dump

from keras_v1_activity import v1

TABLE = "network/v1_node_types.csv"
NODES = "network/v1_nodes.h5"


def load(folder):
    return v1.load_network(folder, core_only=False, cache=False)


def names_of(folder):
    return load(folder).populations.names_per_neuron().tolist()


def same(a, b):
    for end in ("source", "target", "receptor", "weight", "delay"):
        np.testing.assert_array_equal(getattr(a.recurrent, end), getattr(b.recurrent, end))
    assert a.populations.names_per_neuron().tolist() == b.populations.names_per_neuron().tolist()
    np.testing.assert_array_equal(a.node_ids, b.node_ids)


@pytest.fixture
def truth(copy):
    """The name of each neuron, from the type ids that the file of the nodes gives it."""
    with h5py.File(copy / NODES) as file:
        return [TYPES[type_id - 500] for type_id in file["nodes/v1/node_type_id"]]


def rows_of(copy):
    return [line.split(" ") for line in (copy / TABLE).read_text().splitlines()]


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0], [0, 2, 1]])
def test_names_are_joined_by_the_node_type_id(copy, truth, order):
    assert names_of(copy) == truth
    header, *rows = rows_of(copy)
    text = "\n".join(" ".join(row) for row in [header, *(rows[i] for i in order)])
    (copy / TABLE).write_text(text + "\n")
    assert names_of(copy) == truth


@pytest.mark.parametrize("separator", [" ", ",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_every_usual_form_of_the_table(copy, truth, separator, encoding, end, quoting):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting)
    header, *rows = rows_of(copy)
    writer.writerow([header[0], 'note, with "all" kinds;\tof it', *header[1:]])
    for row in rows:
        writer.writerow([row[0], "a, b; c\td", *row[1:]])
    (copy / TABLE).write_bytes(text.getvalue().encode(encoding))
    assert names_of(copy) == truth


@pytest.mark.parametrize(
    "text, message",
    [
        ("node_type_id|pop_name\n500|e5Rbp4\n", "names no column pop_name between blanks, commas"),
        ("node_type_id name\n500 a\n501 b\n502 c\n", "names no column pop_name"),
        ("node_type_id pop_name\n500 a\n501 b\n", "one row for each of the 3 .* it has 2 rows"),
        ("node_type_id pop_name\n500 a\n501 b\n501 c\n", "more than one row for .* 501"),
        ("node_type_id pop_name\n500 a\n501 b\nx c\n", "must be a whole number .* 'x'"),
        ("node_type_id pop_name\n1 a\n2 b\n3 c\n", "no row for the node_type_id 50"),
        ("node_type_id pop_name\n500 a\n501 b\n502\n", "a column pop_name and one row"),
        ("", "names no column pop_name"),
    ],
)
def test_a_wrong_table_gets_one_sentence(copy, text, message):
    (copy / TABLE).write_text(text)
    with pytest.raises(ValueError, match=f"v1_node_types.csv .*{message}|{message}") as error:
        load(copy)
    assert str(error.value).isprintable()


def test_without_type_ids_the_rows_count_as_the_types_do(copy, truth):
    with h5py.File(copy / NODES, "r+") as file:
        del file["nodes/v1/node_type_id"]
    assert names_of(copy) == truth


@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", ">u8", ">i4"])
@pytest.mark.parametrize("what", ["nodes", "edges", "both"])
def test_ids_of_any_integer_type(copy, kind, what):
    expected = load(copy)
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    if what != "edges":
        for node in data["nodes"]:
            node["ids"] = node["ids"].astype(kind)
    if what != "nodes":
        for edge in data["edges"]:
            edge["source"] = edge["source"].astype(kind)
            edge["target"] = edge["target"].astype(kind)
    dump(copy / "network_dat.pkl", data)
    same(load(copy), expected)


@pytest.mark.parametrize("kind", ["u8", "i4", "f8"])
def test_a_type_without_neurons(copy, kind):
    expected = load(copy)
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    for node in data["nodes"]:
        node["ids"] = node["ids"].astype("u8")
    empty = {"ids": np.zeros(0, kind), "params": data["nodes"][0]["params"]}
    dump(copy / "network_dat.pkl", {**data, "nodes": [*data["nodes"], empty]})
    with open(copy / TABLE, "a") as file:
        file.write("503 glif3 i1Htr3a\n")
    same(load(copy), expected)


def test_ids_beyond_63_bits_are_refused(copy):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    data["nodes"][0]["ids"] = data["nodes"][0]["ids"].astype("u8")
    data["nodes"][0]["ids"][0] = 2**64 - 1
    dump(copy / "network_dat.pkl", data)
    with pytest.raises(ValueError, match=r"ids of node type 0 .* up to 2\*\*63; got 1844"):
        load(copy)


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8", "u2", "f2", "f4", "f8", ">f8", "f16"])
def test_positions_of_any_type_choose_the_same_neurons(copy, kind):
    """300 um squared does not fit 16 bits, nor float16."""
    x = np.arange(60) * 2.0 if kind == "i1" else np.where(np.arange(60) % 2, 300.0, 390.0)
    z = np.where(np.arange(60) % 3, 100.0, 120.0)
    inside = np.flatnonzero(np.hypot(x, z) < 400)
    with h5py.File(copy / NODES, "r+") as file:
        for name, column in (("x", x), ("z", z)):
            del file[f"nodes/v1/0/{name}"]
            file[f"nodes/v1/0/{name}"] = column.astype(np.longdouble if kind == "f16" else kind)
    network = v1.load_network(copy, cache=False)
    np.testing.assert_array_equal(network.node_ids, inside)
    assert 0 < len(inside) <= 60


@pytest.mark.parametrize("kind", ["f2", "f8", "u1", "i8"])
def test_weights_and_delays_of_any_type(copy, kind):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    for edge in data["edges"]:
        n = len(edge["source"])
        edge["params"] |= {"weight": np.arange(n) % 100, "delay": np.arange(n) % 5 + 1}
    dump(copy / "network_dat.pkl", data)
    expected = load(copy)
    for edge in data["edges"]:
        for name in ("weight", "delay"):
            edge["params"][name] = edge["params"][name].astype(kind)
    dump(copy / "network_dat.pkl", data)
    same(load(copy), expected)
