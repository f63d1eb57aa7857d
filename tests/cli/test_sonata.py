"""SONATA networks on the command line: convert to and fro, inspect."""

import numpy as np
import pytest
from commands import run
from v1_glif_files import GlifModel
from written_networks import written_network

from keras_v1_activity import v1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("nets")


def converted(words, capsys):
    code, out, err = run(words, capsys)
    assert code == 0, err
    return out[-1]


def test_a_folder_of_pickles_becomes_sonata_and_that_an_exported_network(folder, capsys):
    pickles, sonata = written_network(), folder / "net"
    words = ["convert", pickles, sonata, "--sonata", "--neurons", 60]
    assert converted(words, capsys) == f"wrote {sonata}"
    written = v1.load_network(pickles, n_neurons=60)
    again = v1.load_network(sonata)
    np.testing.assert_array_equal(again.recurrent.weight, written.recurrent.weight)
    np.testing.assert_array_equal(again.background_weights, written.background_weights)
    converted(["convert", sonata / "config.json", folder / "net.h5"], capsys)
    exported = v1.read_exported(folder / "net.h5")
    np.testing.assert_array_equal(exported.recurrent["weights"], written.recurrent.weight)

    code, out, _ = run(["inspect", sonata], capsys)
    assert code == 0
    assert out[1] == "60 nodes v1: 60 cells that are read, 60 within 400 um of the axis"
    assert f"{len(written.inputs):,} edges lgn_to_v1, from lgn to v1, of" in "\n".join(out)


@pytest.mark.parametrize("trained_on", ["sonata", "pickles"])
def test_a_checkpoint_becomes_sonata(trained_on, folder, tmp_path, capsys):
    data = written_network()
    if trained_on == "sonata":
        data = v1.write_sonata(v1.load_network(data, n_neurons=60), tmp_path / "net")
    network = v1.load_network(data, n_neurons=60)
    model = v1.create_model(network, 50, 3, readout="linear")
    weights = model.get_layer("rsnn").sparse_recurrent_weights
    weights.assign(weights * 1.5)
    v1.save_checkpoint(model, tmp_path / "w.weights.h5")
    words = ["convert", tmp_path / "w.weights.h5", tmp_path / "trained", "--sonata"]
    converted([*words, "--data_dir", data, "--neurons", 60], capsys)
    again = v1.load_network(tmp_path / "trained")
    scale = network.parameters.voltage_scale[network.recurrent.target]
    expected = (weights.numpy().astype(float) * scale).astype(np.float32)
    np.testing.assert_array_equal(again.recurrent.weight, expected)
    assert (tmp_path / "trained/v1_v1_edges.h5").is_file() == (trained_on == "sonata")


def test_the_pickles_of_v1_glif_model_are_inspected_and_become_sonata(tmp_path, capsys):
    model = GlifModel(tmp_path / "net")
    model.write(edges=False)
    pickled = model.write_pickles()
    for path in (model.folder, pickled):
        code, out, _ = run(["inspect", path], capsys)
        assert code == 0
        assert out[0] == f"pickles of V1_GLIF_model in {pickled.parent}"
        assert "40 cells that are read, 40 within 400 um" in out[1]
        assert out[-3:] == [
            "network_dat.pkl: 600 edges of 4 synapse models",
            "lgn_input_dat.pkl: 150 edges of 2 synapse models",
            "bkg_input_dat.pkl: 160 edges of 2 synapse models",
        ]
    converted(["convert", pickled, tmp_path / "sonata", "--sonata"], capsys)
    network, again = v1.load_network(pickled), v1.load_network(tmp_path / "sonata")
    np.testing.assert_array_equal(again.recurrent.weight, network.recurrent.weight)
    np.testing.assert_array_equal(again.background.weight, network.background.weight)
    for name in ("x", "y", "off"):
        mine, theirs = getattr(again.lgn_units, name), getattr(network.lgn_units, name)
        np.testing.assert_array_equal(mine, theirs)
