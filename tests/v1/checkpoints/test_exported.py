"""The exported network file, against plain h5py."""

import re

import h5py
import numpy as np
import pytest
from checkpoint_models import CHUNK, N_OUTPUT, assert_equal_weights, shaken, variables

from keras_v1_activity import v1


def test_picoampere_files_keep_each_bit_too(trained, fresh, network, tmp_path):
    v1.save_checkpoint(trained["linear"], tmp_path / "pa.h5", weight_unit="pA")
    with h5py.File(tmp_path / "pa.h5") as file:
        assert file.attrs["weight_unit"] == "pA"
        scale = network.parameters.voltage_scale[file["recurrent/targets"][:]]
        weights = trained["linear"].get_layer("rsnn").sparse_recurrent_weights.numpy()
        np.testing.assert_allclose(file["recurrent/weights"][:], weights * scale, rtol=1e-6)
    v1.load_checkpoint(fresh["linear"], tmp_path / "pa.h5")
    assert_equal_weights(trained["linear"], fresh["linear"])


def test_an_exported_untrained_network_holds_the_folders_numbers(network, fresh, tmp_path, caplog):
    v1.export_network(network, tmp_path / "n.h5", n_output=N_OUTPUT)
    with h5py.File(tmp_path / "n.h5") as file:
        assert dict(file.attrs)["weight_unit"] == "pA"
        assert [file.attrs[k] for k in ("n_neurons", "n_input", "n_output")] == [50, 40, 3]
        np.testing.assert_array_equal(file["recurrent/weights"][:], network.recurrent.weight)
        np.testing.assert_array_equal(file["recurrent/delays"][:], network.recurrent.delay)
        background = file["input/bkg_weights"][:].reshape(50, 4)
        np.testing.assert_array_equal(background, network.background_weights)
        groups = np.concatenate([network.readout_groups[k] for k in range(3)])
        np.testing.assert_array_equal(file["readout/neuron_ids"][:], groups)
    before = variables(fresh["groups"])
    shaken(fresh["groups"])
    v1.load_checkpoint(fresh["groups"], tmp_path / "n.h5")
    # The published scale is not saved: the file stands for b = 0, which needs no warning.
    assert not caplog.records and not fresh["groups"].get_layer("readout").scale.numpy().any()
    for path, value in variables(fresh["groups"]).items():
        np.testing.assert_array_equal(value, before[path], err_msg=path)


def test_the_exported_file_as_h5py_reads_it(trained, network, tmp_path):
    model = trained["linear"]
    v1.save_checkpoint(model, tmp_path / "n.h5")
    with h5py.File(tmp_path / "n.h5") as file:
        assert file.attrs["weight_unit"] == "V_th - E_L"
        assert set(file) == {"neurons", "recurrent", "input", "readout"}
        table = network.recurrent
        columns = {"sources": table.source, "targets": table.target, "delays": table.delay}
        for name, column in columns.items():
            np.testing.assert_array_equal(file["recurrent"][name][:], column)
        receptors = file["recurrent/receptor_types"][:]
        assert receptors.min() == 0 and receptors.max() == 3
        np.testing.assert_array_equal(
            file["recurrent/weights"][:], model.get_layer("rsnn").sparse_recurrent_weights.numpy()
        )
        types = file["neurons/node_type_ids"][:]
        for name in ("C_m", "E_L", "V_reset", "V_th", "g", "t_ref", "k", "asc_amps", "tau_syn"):
            of_neuron = file[f"neurons/glif3_params/{name}"][:][types]
            np.testing.assert_array_equal(of_neuron, getattr(network.parameters, name))
        for axis in "xyz":
            np.testing.assert_array_equal(
                file[f"neurons/positions_{axis}"][:], getattr(network, axis)
            )
        # The published readout sees mean spikes per step, ours counts per chunk of 50 steps.
        kernel = model.get_layer("projection").kernel.numpy()
        np.testing.assert_array_equal(file["readout/weights"][:], kernel.astype(np.float64) * CHUNK)
        assert file["readout/neuron_ids"].shape == (50,)


def test_synapses_in_another_order_find_their_place(trained, fresh, tmp_path):
    v1.save_checkpoint(trained["linear"], tmp_path / "n.h5")
    with h5py.File(tmp_path / "n.h5", "r+") as file:
        for name in ("recurrent", "input"):
            group = file[name]
            order = np.random.default_rng(0).permutation(len(group["weights"]))
            # Several synapses of one pair cannot be told apart: they keep their order.
            keys = (group["targets"][:], group["receptor_types"][:], group["sources"][:])
            key = (keys[0] * 4 + keys[1]) * 1000 + keys[2]
            place = np.argsort(key[order], kind="stable")
            for one in np.unique(key):
                slots = place[np.flatnonzero(key[order][place] == one)]
                order[slots] = np.sort(order[slots])
            for column in ("sources", "targets", "weights", "receptor_types", "delays"):
                if column in group:
                    group[column][...] = group[column][:][order]
    v1.load_checkpoint(fresh["linear"], tmp_path / "n.h5")
    assert_equal_weights(trained["linear"], fresh["linear"])


def test_an_exported_file_of_other_synapses_neurons_delays(trained, fresh, tmp_path, caplog):
    def changed(key, change):
        path = v1.save_checkpoint(trained["groups"], tmp_path / "n.h5")
        with h5py.File(path, "r+") as file:
            if key in file.attrs:
                file.attrs[key] = change(file.attrs[key])
            else:
                file[key][...] = change(file[key][:])
        return path

    with pytest.raises(ValueError, match=r"n_neurons=51, but .* has 50: load the network with"):
        v1.load_checkpoint(fresh["groups"], changed("n_neurons", lambda n: n + 1))
    with pytest.raises(ValueError, match="the 800 recurrent synapses .* are others than the 800"):
        v1.load_checkpoint(fresh["groups"], changed("recurrent/sources", lambda s: 49 - s))
    with pytest.raises(ValueError, match="'mV': expected one of"):
        v1.load_checkpoint(fresh["groups"], changed("weight_unit", lambda _: "mV"))
    assert not caplog.records
    v1.load_checkpoint(fresh["groups"], changed("recurrent/delays", lambda d: d + 1))
    assert re.search("delays .* published_delay_order", caplog.text)
    assert "reads other neurons out" not in caplog.text
    v1.load_checkpoint(fresh["groups"], changed("readout/neuron_ids", lambda i: i[::-1]))
    assert "reads other neurons out" in caplog.text
