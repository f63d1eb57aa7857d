"""The network as a value: how it prints, and that it cannot change."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from oracles import random_network

from keras_v1_activity import v1


def arrays_of(network):
    tables = (network, network.parameters, network.recurrent, network.inputs)
    values = [value for table in tables for value in vars(table).values()]
    values += network.readout_groups.values()
    return [value for value in values if isinstance(value, np.ndarray)]


@pytest.mark.parametrize(
    "again",
    [lambda n: n, copy.copy, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n)), replace],
)
def test_no_array_of_a_network_or_of_its_copy_can_be_written(again):
    arrays = arrays_of(again(random_network()))
    assert len(arrays) == 42
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_chosen_parameters_come_in_the_order_asked_for():
    parameters = random_network().parameters
    chosen = parameters.take([7, 3])
    assert chosen.n_neurons == 2
    assert chosen.V_th.tolist() == [parameters.V_th[7], parameters.V_th[3]]
    np.testing.assert_array_equal(chosen.tau_syn, parameters.tau_syn[[7, 3]])


def test_a_network_prints_on_one_line(folder):
    network = v1.load_network(folder, n_neurons=25, core_only=False)
    n = len(network.recurrent)
    assert repr(network).startswith(f"V1Network(25 neurons, {n} recurrent and ")
    assert str(folder) in repr(network)
    assert repr(network.recurrent) == f"Synapses({n} from 25 sources to 25 neurons)"
    assert repr(network.parameters) == "Glif3Parameters(25 neurons)"
