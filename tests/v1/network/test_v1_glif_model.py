"""What V1_GLIF_model keeps of a network is read as its SONATA folder is, or refused by name."""

import os
import pickle

import numpy as np
import pytest
import v1_glif_files
from v1_glif_files import FACTORS, GlifModel

from keras_v1_activity import v1

ALL = {"core_only": False, "cache": False}
TABLES = ("recurrent", "inputs", "background")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    model = GlifModel(tmp_path_factory.mktemp("v1_glif_model") / "GLIF_network")
    model.write()
    model.pickle = model.write_pickles()
    return model


def fresh(folder, **options):
    model = GlifModel(folder / "net", **options)
    model.write(edges=False)
    return model.make_groups()


def assert_same(network, other):
    for name in TABLES:
        mine, theirs = getattr(network, name), getattr(other, name)
        for column in ("source", "target", "receptor", "weight", "delay", "model", "factors"):
            one, two = getattr(mine, column), getattr(theirs, column)
            np.testing.assert_array_equal(one, two, f"{name} {column}")
            assert one.dtype == two.dtype
    for name, values in vars(other.parameters).items():
        np.testing.assert_array_equal(getattr(network.parameters, name), values, name)
    for name in ("x", "y", "z", "node_ids", "node_types", "tuning_angles", "background_weights"):
        np.testing.assert_array_equal(getattr(network, name), getattr(other, name), name)
    assert network.populations.names_per_neuron().tolist() == (
        other.populations.names_per_neuron().tolist()
    )
    assert network.background_rate == other.background_rate


@pytest.mark.parametrize(
    "selection", [{}, {"n_neurons": 15, "connected_selection": True, "n_input": 9}]
)
def test_pickles_and_sonata_are_the_same_network(written, selection, caplog):
    sonata = v1.load_network(written.folder, **ALL | selection)
    assert f"name {written.pickle}" in caplog.text
    for path in (written.pickle, written.pickle.parent):
        assert_same(v1.load_network(path, **ALL | selection), sonata)


def test_every_synapse_is_what_the_files_say(written):
    network = v1.load_network(written.pickle, **ALL)
    for table, name in zip(TABLES, ("v1", "lgn", "bkg"), strict=True):
        target, source, delay, weight, factors = written.in_order(name)
        synapses = getattr(network, table)
        np.testing.assert_array_equal(synapses.target, target)
        np.testing.assert_array_equal(synapses.source, source)
        np.testing.assert_array_equal(synapses.weight, weight.astype(np.float32))
        np.testing.assert_array_equal(synapses.factors[synapses.model], factors)
        if table == "recurrent":
            np.testing.assert_array_equal(synapses.delay, delay.astype(np.float32))
    np.testing.assert_allclose(
        network.parameters.tau_syn, np.tile(v1_glif_files.TAUS, (40, 1)), rtol=1e-5
    )
    np.testing.assert_array_equal(network.y, -written.places["y"])
    np.testing.assert_array_equal(network.lgn_units.off, written.lgn["off"])


def test_without_edge_files_the_folder_means_the_pickles(tmp_path):
    model = fresh(tmp_path)
    pickled = model.write_pickles()
    network = v1.load_network(model.folder, **ALL)
    assert_same(network, v1.load_network(pickled, **ALL))
    # Older versions kept the pickles in the folder itself, without tables beside them.
    for file in pickled.parent.iterdir():
        file.unlink()
    older = v1.load_network(model.write_pickles(place="", tables=False).parent, **ALL)
    for name in TABLES:
        mine, theirs = getattr(older, name), getattr(network, name)
        np.testing.assert_array_equal(mine.weight, theirs.weight)
        np.testing.assert_array_equal(mine.factors[mine.model], theirs.factors[theirs.model])
    np.testing.assert_array_equal(older.recurrent.factors, older.background.factors)


def test_the_time_constants_may_lie_beside_the_folder(tmp_path):
    model = fresh(tmp_path)
    (tmp_path / "synaptic_data").mkdir()
    np.save(tmp_path / "synaptic_data/tau_basis.npy", v1_glif_files.TAUS)
    network = v1.load_network(model.write_pickles(), **ALL)
    np.testing.assert_array_equal(network.parameters.tau_syn[0], v1_glif_files.TAUS)


def test_settings_of_the_background(written):
    summed = v1.load_network(written.pickle, background="summed", **ALL)
    _, target = written.tables["bkg"][:2]
    weight, kind = written.tables["bkg"][3], written.kind_of[target]
    expected = np.zeros((40, 4))
    for t, w, k in zip(target, weight, kind, strict=True):
        expected[t] += w * np.float32(FACTORS[f"exc_to_{k}"]).astype(float)
    np.testing.assert_allclose(summed.background_weights, expected, rtol=1e-6)
    assert summed.background is None
    assert v1.load_network(written.pickle, background_rate=80.0, **ALL).background_rate == 80.0


def test_cells_with_one_time_constant_a_port_are_joined_by_these(tmp_path):
    # Ports of older builds: the same number means another time constant in another cell.
    model = fresh(tmp_path)
    taus = {"exc": [5.5, 2.8], "pv": [1.7, 8.5]}
    for node, (_, kind) in zip(
        model.groups["v1"]["nodes"], v1_glif_files.TYPES.values(), strict=True
    ):
        for name in ("tau_syn_fast", "tau_syn_slow", "amp_slow"):
            del node["params"][name]
        node["params"]["tau_syn"] = taus[kind]
    for content in model.groups.values():
        for group in content["edges"]:
            del group["params"]["tau_syn_weights"]
    network = v1.load_network(model.write_pickles(tables=False), **ALL)
    synapses = network.recurrent
    own = network.parameters.tau_syn[synapses.target, synapses.receptor]
    port = {"exc_to_exc": 5.5, "pv_to_exc": 2.8, "pv_to_pv": 1.7, "exc_to_pv": 8.5}
    kinds = [
        f"{model.kind_of[s]}_to_{model.kind_of[t]}"
        for s, t in zip(synapses.source, synapses.target, strict=True)
    ]
    np.testing.assert_array_equal(own, [port[kind] for kind in kinds])


def change(groups, name, **params):
    for group in groups[name]["edges"]:
        group["params"] |= params


@pytest.mark.parametrize(
    "name, params, words",
    [
        ("lgn", {"receptor_type": 2}, r"lgn_input_dat.pkl: edge group 0: the factors of 'exc_to_exc"
         r"' make another current than the port 2 of .*network_dat.pkl: node type .*1.47347, "
         r"6.16135 ms.*from port 1 by 0%.*different builds; delete the folder tf_data"),
        ("bkg", {"receptor_type": 9}, r"names the port 9, but .* has 2: use the files of one"),
        ("v1", {"receptor_type": 0}, r"receptor_type must be a whole number from 1; got 0"),
        ("v1", {"tau_syn_weights": np.ones(5)}, r"edge group 0 must have 4 finite factors"),
        ("v1", {"tau_syn_weights": np.ones(4)}, r"has other factors for 'exc_to_exc'"),
        ("v1", {"synaptic_model": "l4_to_l5"}, r"names the synapse model 'l4_to_l5', which"),
        ("v1", {"weight": np.nan}, r"weight must be a finite number of pA"),
    ],
)  # fmt: skip
def test_edges_of_another_build_are_refused(tmp_path, name, params, words):
    model = fresh(tmp_path)
    change(model.groups, name, **params)
    with pytest.raises(ValueError, match=words):
        v1.load_network(model.write_pickles(), **ALL)


def test_time_constants_that_no_port_can_have_are_refused(tmp_path):
    model = fresh(tmp_path)
    model.groups["v1"]["nodes"][0]["params"]["tau_syn_fast"][0] = -1.0
    with pytest.raises(ValueError, match="make another current than the port 1"):
        v1.load_network(model.write_pickles(), **ALL)


class Evil:
    def __reduce__(self):
        return os.system, ("touch touched",)


def test_what_is_missing_damaged_or_hostile_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = fresh(tmp_path)
    path = model.write_pickles()
    (path.parent / "syn_id_to_syn_weights_dict.pkl").write_bytes(pickle.dumps([Evil()]))
    with pytest.raises(ValueError, match="asks for .*system, which is not plain data"):
        v1.load_network(path, **ALL)
    assert not (tmp_path / "touched").exists()
    (path.parent / "syn_id_to_syn_weights_dict.pkl").write_bytes(pickle.dumps({0: np.ones(4)}))
    with pytest.raises(ValueError, match="names 'exc_to_pv', which syn_id_to_syn_weights_dict.pkl"):
        v1.load_network(path, **ALL)
    (path.parent / "bkg_input_dat.pkl").unlink()
    with pytest.raises(FileNotFoundError, match=r"bkg_input_dat.pkl is missing: V1_GLIF_model lea"):
        v1.load_network(path, **ALL)
    path.write_bytes(pickle.dumps({"nodes": [{"ids": np.arange(40)}], "edges": []}))
    (path.parent / "bkg_input_dat.pkl").write_bytes(pickle.dumps({"edges": []}))
    (path.parent / "synaptic_models_to_syn_id_dict.pkl").unlink()
    with pytest.raises(ValueError, match="network_dat.pkl gives nodes of the node type|params"):
        v1.load_network(path, **ALL)
