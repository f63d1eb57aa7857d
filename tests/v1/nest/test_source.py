"""From folders and exported files to networks in pA."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from oracles import random_network
from written_networks import written_network

from keras_v1_activity import v1
from keras_v1_activity.v1 import nest as v1_nest
from keras_v1_activity.v1.checkpoints.exporting import write_exported
from keras_v1_activity.v1.checkpoints.saved_variables import BIAS, KERNEL
from keras_v1_activity.v1.network.v1_network import LgnUnits

N_OUTPUT = 10


@pytest.fixture(scope="module")
def network():
    return random_network(n=60, n_input=30, n_synapses=600)


def assert_same_synapses(a, b):
    for column in ("source", "target", "receptor", "delay"):
        np.testing.assert_array_equal(getattr(a, column), getattr(b, column))
    np.testing.assert_allclose(a.weight, b.weight, rtol=1e-6)


def assert_same_network(a, b):
    assert_same_synapses(a.recurrent, b.recurrent)
    assert_same_synapses(a.inputs, b.inputs)
    np.testing.assert_allclose(a.background_weights, b.background_weights, rtol=1e-6)
    for name in vars(a.parameters):
        np.testing.assert_allclose(getattr(a.parameters, name), getattr(b.parameters, name))
    for axis in "xyz":
        np.testing.assert_allclose(getattr(a, axis), getattr(b, axis))


@pytest.mark.parametrize("given", [True, False])
def test_trained_weights_become_picoampere_by_the_target_s_voltage_scale(network, tmp_path, given):
    scale = network.parameters.V_th - network.parameters.E_L
    groups = network.class_groups(N_OUTPUT)
    values = {
        "sparse_recurrent_weights": network.recurrent.weight / scale[network.recurrent.target],
        "sparse_input_weights": network.inputs.weight / scale[network.inputs.target],
        "rest_of_brain_weights": (10 * network.background_weights / scale[:, None]).reshape(-1),
    }
    path = write_exported(
        tmp_path / "trained.h5", network, values, weight_unit="V_th - E_L", n_output=N_OUTPUT,
        groups=groups,
    )  # fmt: skip
    found = v1_nest.load_source(path, network if given else None)
    assert_same_network(found.network, network)
    np.testing.assert_array_equal(found.groups, groups)
    assert found.network.populations.names == network.populations.names
    np.testing.assert_array_equal(found.network.populations.index, network.populations.index)
    np.testing.assert_array_equal(found.network.input_channel_of, network.input_channel_of)


def test_untrained_weights_in_a_file_are_picoampere_already(network, tmp_path):
    path = v1.export_network(network, tmp_path / "network.h5", n_output=N_OUTPUT)
    assert_same_network(v1_nest.load_source(path).network, network)


def test_a_file_says_where_the_units_of_the_lgn_look(network, tmp_path):
    units = LgnUnits(x=np.arange(30.0), y=-np.arange(30.0), off=np.arange(30) % 3 == 0)
    path = v1.export_network(replace(network, lgn_units=units), tmp_path / "network.h5")
    found = v1_nest.load_source(path).network.lgn_units
    for name in ("x", "y", "off"):
        np.testing.assert_array_equal(getattr(found, name), getattr(units, name))
    with h5py.File(path, "a") as file:
        del file["input/unit_off"]
        file["input/unit_off"] = np.zeros(7)
    with pytest.raises(ValueError, match="unit_off must hold a truth value for each LGN unit"):
        v1_nest.load_source(path)


def test_a_file_of_another_program_needs_no_names_and_no_order(network, tmp_path):
    path = v1.export_network(network, tmp_path / "network.h5", n_output=N_OUTPUT)
    order = np.random.default_rng(0).permutation(len(network.recurrent))
    with h5py.File(path, "a") as file:
        del file["neurons/population_names"], file["input/channel_of_unit"]
        for name in ("sources", "targets", "weights", "receptor_types", "delays"):
            file[f"recurrent/{name}"][:] = file[f"recurrent/{name}"][:][order]
    found = v1_nest.load_source(path).network
    twins = network.recurrent.row * 60 + network.recurrent.source
    once = np.bincount(twins)[twins] == 1  # twins may come in either order
    np.testing.assert_array_equal(found.recurrent.row, network.recurrent.row)
    np.testing.assert_allclose(found.recurrent.weight[once], network.recurrent.weight[once])
    assert found.populations.names_per_neuron()[5].startswith("type ")


def test_a_folder_is_loaded_as_it_is():
    folder = written_network()
    assert_same_network(v1_nest.load_source(folder).network, v1.load_network(folder))


def test_a_linear_readout_comes_with_its_file(network, tmp_path):
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(60, 3)), rng.normal(size=3)
    values = {
        "sparse_recurrent_weights": network.recurrent.weight,
        "sparse_input_weights": network.inputs.weight,
        "rest_of_brain_weights": network.background_weights.reshape(-1),
        KERNEL: kernel,
        BIAS: bias,
    }
    path = write_exported(tmp_path / "n.h5", network, values, weight_unit="pA", n_output=3)
    found = v1_nest.load_source(path)
    assert found.groups is None
    np.testing.assert_array_equal(found.weights, kernel)
    np.testing.assert_array_equal(found.biases, bias)


def test_what_is_no_network_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no network"):
        v1_nest.load_source(tmp_path / "none.h5")
    (tmp_path / "other.h5").write_text("no HDF5")
    with pytest.raises(ValueError, match="neither a GLIF_network folder nor an exported network"):
        v1_nest.load_source(tmp_path / "other.h5")


def other_file(path, name):
    """A file whose neurons are those of a file elsewhere."""
    with h5py.File(path, "r+") as file:
        there = path.parent / "elsewhere.h5"
        with h5py.File(there, "w") as other:
            file.copy(name, other, "x")
        del file[name]
        file[name] = h5py.ExternalLink(str(there), "/x")


def no_such_type(path, name):
    with h5py.File(path, "r+") as file:
        file[name][0] = 9999


def text(path, name):
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = ["a", "b"]


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        (other_file, "neurons/positions_x"),
        (other_file, "neurons/node_type_ids"),
        (no_such_type, "neurons/node_type_ids"),
        (text, "neurons/positions_x"),
        (text, "neurons/glif3_params/C_m"),
    ],
)
def test_neurons_from_elsewhere_and_damaged_ones_are_refused(network, tmp_path, damage, name):
    path = v1.export_network(network, tmp_path / "n.h5")
    with h5py.File(path) as file:
        if name not in file:
            name = "neurons/glif3_params/" + sorted(file["neurons/glif3_params"])[0]
    damage(path, name)
    with pytest.raises(ValueError, match=r"n\.h5 is (damaged|neither) .*"):
        v1_nest.load_source(path)
