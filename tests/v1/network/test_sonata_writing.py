"""What `write_sonata` writes: read back by this package, by bmtk, and by plain h5py."""

import csv
import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
import sonata_files
from oracles import random_network, random_synapses

from keras_v1_activity import v1

as_bmtk_warns = pytest.mark.filterwarnings("ignore")  # it uses what pandas will change
COLUMNS = ("source", "target", "receptor", "weight", "delay")


def assert_same_network(network, other):
    for name in ("x", "y", "z", "tuning_angles", "background_weights", "input_channel_of"):
        np.testing.assert_array_equal(getattr(network, name), getattr(other, name), name)
    for name, values in vars(other.parameters).items():
        np.testing.assert_array_equal(getattr(network.parameters, name), values, name)
    names = network.populations.names_per_neuron().tolist()
    assert names == other.populations.names_per_neuron().tolist()
    tables = ["recurrent", "inputs"] + ["background"] * (other.background is not None)
    for table in tables:
        for name in COLUMNS:
            one, two = (getattr(getattr(n, table), name) for n in (network, other))
            np.testing.assert_array_equal(one, two, f"{table} {name}")


def read(folder):
    return v1.load_network(folder, core_only=False)


@pytest.mark.parametrize("background", ["shared", "both", "none"])
def test_what_is_written_is_read_back_bit_for_bit(tmp_path, background):
    network = random_network(background=background != "none")
    angles = np.random.default_rng(0).uniform(0, 360, 50)
    network = replace(network, tuning_angles=angles)
    if background == "both":
        rng = np.random.default_rng(1)
        sources = random_synapses(90, 20, 50, rng)
        sources = replace(sources, delay=np.zeros(90, np.float32))
        network = replace(network, background=sources, background_rate=125.0)
    again = read(v1.write_sonata(network, tmp_path / "net"))
    assert_same_network(again, network)
    assert again.background_rate == network.background_rate
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net"]


def double_alpha(small, **cell):
    small.templates = ["nest:glif_psc_double_alpha"] * 3
    small.cell = {**sonata_files.CELL, "tau_syn_fast": [1.0, 2.0], "tau_syn_slow": [3.0, 6.0],
                  "amp_slow": [0.5, 0.25], **cell}  # fmt: skip


def acting(synapses, parameters):
    """{(source, target, time constant): weight}, without synapses of weight 0."""
    alone = synapses.by_receptor()
    taus = parameters.tau_syn[alone.target, alone.receptor]
    rows = zip(alone.source.tolist(), alone.target.tolist(), taus.tolist(), alone.weight.tolist(),
               strict=True)  # fmt: skip
    return {row[:3]: row[3] for row in rows if row[3]}


@pytest.mark.parametrize("form", ["ports", "table"])
def test_synapses_on_several_receptors_are_read_back(tmp_path, form, caplog):
    small = sonata_files.Small(tmp_path / "first")
    double_alpha(small)
    folder = small.write()
    if form == "table":
        rows = "name,w0,w1,w2,w3\nb,0.1,0.2,0.3,-0.4\na,1,0.5,0.25,0\n"
        (folder / "components/basis_function_weights.csv").write_text(rows)
    network = v1.load_network(folder)
    again = v1.load_network(v1.write_sonata(network, tmp_path / "second"))
    for table in ("recurrent", "inputs"):
        one, two = (acting(getattr(n, table), n.parameters) for n in (network, again))
        assert one == two and len(one) >= 4
        assert len(getattr(again, table)) == len(getattr(network, table))
    np.testing.assert_array_equal(
        *(sorted(n.background_weights[n.background_weights != 0]) for n in (network, again))
    )
    assert ("but NEST does not" in caplog.text) == (form == "table")


@as_bmtk_warns
def test_bmtk_reads_the_same(tmp_path):
    """By DPointNet's own dictionaries; it knows a population by its name once in a process."""
    adaptor = pytest.importorskip("bmtk.simulator.dpointnet.network_adaptor")
    ids = pytest.importorskip("bmtk.simulator.dpointnet.id_maps")
    network = random_network(n=30, n_synapses=300)
    folder = v1.write_sonata(network, tmp_path / "net").absolute()
    text = (folder / "config.json").read_text()
    config = json.loads(text.replace("$NETWORK_DIR", f"{folder}/network"))
    models = {name: str(path).replace("$BASE_DIR", str(folder))
              for name, path in config["components"].items()}  # fmt: skip
    cells, sources = adaptor.NetworkAdaptor.from_dict(config["networks"])
    (cells,) = cells
    cells.add_components_dirs(models)
    found = cells.to_dict()
    first = int(ids.TFIDMap().bmtk2tf_id_map("v1")[0])  # it counts on over the networks
    kinds = found["node_type_ids"]
    for name in ("V_th", "g", "E_L", "C_m", "V_reset", "t_ref", "asc_amps", "k"):
        expected = getattr(network.parameters, name).astype(np.float32)
        np.testing.assert_array_equal(np.asarray(found["node_params"][name])[kinds], expected)
    sources = {source.name: source for source in sources}
    assert sorted(sources) == ["bkg", "lgn"]
    sources["lgn"].add_components_dirs(models)
    for synapses, table in (
        (network.recurrent, found["synapses"]), (network.inputs, sources["lgn"].to_dict())
    ):  # fmt: skip
        target, source = np.asarray(table["indices"]).T.astype(int)
        target, source = target - first, source - first * (table is found["synapses"])
        rows = [
            (source, target, table["weights"]),
            (synapses.source, synapses.target, synapses.weight),
        ]
        columns = []
        for s, t, w in rows:
            order = np.lexsort((w, s, t))
            columns.append([np.asarray(c)[order].tolist() for c in (s, t, w)])
        assert columns[0] == columns[1]
    assert sorted(found["synapses"]["delays"]) == sorted(network.recurrent.delay)


def test_a_folder_that_holds_something_is_not_replaced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="is not empty: choose another folder"):
        v1.write_sonata(random_network(n=5, n_synapses=9), tmp_path)
    with pytest.raises(ValueError, match="network must be a V1Network, .*; got 'net'"):
        v1.write_sonata("net", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


class Trained:
    """A model with other weights than its network's, and the rows of the network's edge files."""

    def __init__(self, folder, **selection):
        self.folder = folder
        self.network = v1.load_network(folder, core_only=False, **selection)
        self.model = v1.create_model(self.network, 20, 2, chunk_ms=20, readout="linear")
        rng = np.random.default_rng(0)
        self.weights = {}
        for layer, name in (("rsnn", "recurrent"), ("input_layer", "input")):
            variable = getattr(self.model.get_layer(layer), f"sparse_{name}_weights")
            values = variable.numpy() * rng.uniform(0.5, 2, variable.shape).astype(np.float32)
            values[::3] = variable.numpy()[::3]  # these were not trained
            variable.assign(values)
            table = self.network.recurrent if name == "recurrent" else self.network.inputs
            scale = self.network.parameters.voltage_scale[table.target]
            trained = (values.astype(float) * scale).astype(np.float32)
            trained[::3] = table.weight[::3]
            self.weights[name] = trained


def stored(path, name):
    with h5py.File(path) as file:
        group = file[f"edges/{name}"]
        columns = [group[c][()] for c in ("source_node_id", "target_node_id", "edge_type_id")]
        return [*columns, group["0/syn_weight"][()]]


def test_trained_weights_go_back_row_for_row(folder, tmp_path):
    rng = np.random.default_rng(3)
    written = sonata_files.Writer(folder, tmp_path / "net", rng=rng).write()
    trained = Trained(written, n_neurons=40, seed=7)
    paths = v1.export_weights(trained.model, trained.network, tmp_path / "trained")
    assert {path.parent for path in paths} == {tmp_path / "trained"}
    again = v1.load_network(tmp_path / "trained", core_only=False, n_neurons=40, seed=7)
    np.testing.assert_array_equal(again.recurrent.weight, trained.weights["recurrent"])
    np.testing.assert_array_equal(again.inputs.weight, trained.weights["input"])
    np.testing.assert_array_equal(again.recurrent.delay, trained.network.recurrent.delay)
    np.testing.assert_array_equal(again.background_weights, trained.network.background_weights)

    before = stored(written / "network/v1_v1_edges.h5", "v1_to_v1")
    after = stored(tmp_path / "trained/v1_v1_edges.h5", "v1_to_v1")
    for one, other in zip(before[:3], after[:3], strict=True):
        np.testing.assert_array_equal(one, other)
    chosen = np.isin(before[0], again.node_ids) & np.isin(before[1], again.node_ids)
    changed = before[3] != after[3]
    assert not changed[~chosen].any() and 0.5 < changed[chosen].mean() < 0.8


def test_stored_weights_that_are_multiplied_and_weights_of_types(tmp_path):
    small = sonata_files.Small(tmp_path / "net")
    small.nodes["tuning_angle"] = [0.0, 20.0, 45.0]
    small.types["v1_v1"] |= {"weight_function": ["DirectionRule_others"] * 2,
                             "weight_sigma": [50.0] * 2, "syn_weight": [2.0, -3.0]}  # fmt: skip
    small.columns["v1_v1"] = {"nsyns": [2, 3]}
    trained = Trained(small.write())
    v1.export_weights(trained.model, trained.network, tmp_path / "trained")
    again = v1.load_network(tmp_path / "trained")
    np.testing.assert_array_equal(again.recurrent.weight, trained.weights["recurrent"])
    with h5py.File(tmp_path / "trained/v1_v1_edges.h5") as file:
        weights = file["edges/v1_to_v1/0/syn_weight"][()]
    assert weights[0] == 2.0 and weights[1] != -3.0


@pytest.mark.parametrize("n_background", [1, 2])
def test_trained_weights_of_the_background(n_background, tmp_path):
    trained = Trained(sonata_files.Small(tmp_path / "net", n_background).write())
    layer, network = trained.model.get_layer("input_layer"), trained.network
    if n_background == 1:
        layer.rest_of_brain_weights.assign(layer.rest_of_brain_weights * 2.0)
    else:
        weights = layer.independent_background_weights
        weights.assign(weights * 2.0)
    v1.export_weights(trained.model, network, tmp_path / "trained")
    again = v1.load_network(tmp_path / "trained")
    if n_background == 1:
        np.testing.assert_allclose(again.background_weights, network.background_weights * 2.0)
    else:
        np.testing.assert_allclose(again.background.weight, network.background.weight * 2.0)


def test_what_export_refuses(folder, tmp_path, caplog):
    written = sonata_files.Small(tmp_path / "net").write()
    trained = Trained(written, n_input=1)
    with pytest.raises(ValueError, match="must not be the one of the network's own edge files"):
        v1.export_weights(trained.model, trained.network, written / "network")
    v1.export_weights(trained.model, trained.network, tmp_path / "trained")
    assert "the weights of the 1 input channels are not written" in caplog.text
    pickled = v1.load_network(folder)
    with pytest.raises(ValueError, match="read from a SONATA folder; '.*' is none"):
        v1.export_weights(trained.model, pickled, tmp_path / "other")
    with pytest.raises(ValueError, match="synapses of the model's network are others"):
        other = v1.load_network(written, n_neurons=2)
        v1.export_weights(trained.model, other, tmp_path / "other")
    with h5py.File(written / "network/v1_v1_edges.h5", "r+") as file:
        file["edges/v1_to_v1/0/syn_weight"][0] = 99.0
    with pytest.raises(ValueError, match="they have changed since"):
        v1.export_weights(trained.model, trained.network, tmp_path / "other")


def test_tables_of_types_have_quoted_queries_and_known_columns(tmp_path):
    folder = v1.write_sonata(random_network(n=10, n_synapses=60), tmp_path / "net")
    with open(folder / "network/v1_v1_edge_types.csv") as file:
        rows = list(csv.DictReader(file, delimiter=" "))
    assert {"edge_type_id", "delay", "dynamics_params", "model_template"} <= {*rows[0]}
    assert {row["model_template"] for row in rows} == {"static_synapse"}


@as_bmtk_warns
def test_bmtk_builds_it_in_nest_with_the_same_connections(tmp_path, monkeypatch):
    nest = pytest.importorskip("nest")
    pointnet = pytest.importorskip("bmtk.simulator.pointnet")
    network = random_network(n=20, n_input=5, n_synapses=150)
    monkeypatch.chdir(v1.write_sonata(network, tmp_path / "net"))
    configured = pointnet.Config.from_json("config.json")
    built = pointnet.PointNetwork.from_config(configured)
    pointnet.PointSimulator.from_config(configured, built)
    names = ("source", "target", "weight", "receptor")
    found = {name: np.array(nest.GetConnections().get(name)) for name in (*names, "synapse_model")}
    cells = np.array(nest.GetNodes({"model": "glif_psc"}).tolist())
    own = np.isin(found["source"], cells) & np.isin(found["target"], cells)
    recurrent = network.recurrent
    columns = [found[name][own] for name in names]
    order = np.lexsort((columns[2], columns[0], columns[3], columns[1]))
    mine = np.lexsort((recurrent.weight, recurrent.source, recurrent.receptor, recurrent.target))
    first = int(cells.min())
    for column, name, offset in zip(columns, names, (first, first, 0, 1), strict=True):
        expected = getattr(recurrent, name)[mine] + offset
        np.testing.assert_array_equal(column[order], expected, name)
