"""A network is made from tables alone: a reader of another format needs to give no more."""

from pathlib import Path

import numpy as np
from oracles import random_parameters

from keras_v1_activity.v1.network.assemble import build_network
from keras_v1_activity.v1.network.raw_tables import (
    CellTables,
    InputTables,
    NodeFacts,
    SynapseColumns,
)
from keras_v1_activity.v1.network.selection import Selection
from keras_v1_activity.v1.network.table_cache import TableCache


def columns(source, target, receptor, weight, delay):
    types = (np.int32, np.int32, np.int8, np.float32, np.float32)
    given = (source, target, receptor, weight, delay)
    return SynapseColumns(*(np.array(c, t) for c, t in zip(given, types, strict=True)))


class ThreeCells:
    """A folder of three cells, of which the second lies outside the core, and three LGN units."""

    path = Path("somewhere")
    cell_files = ()
    input_files = ()
    parameters = random_parameters(2, np.random.default_rng(0))

    def nodes(self):
        return NodeFacts(np.array([4, 5, 7]), np.array([10.0, 20.0, 30.0]))

    def positions(self):
        return np.array([0.0, 500.0, 10.0]), np.array([100.0, 200.0, 300.0]), np.zeros(3)

    def cells(self, index_of):
        assert index_of.tolist() == [0, -1, 1]
        synapses = columns([1, 0], [0, 1], [2, 0], [5.0, 7.0], [3.0, 1.0])
        return CellTables(types=np.array([1, 0]), parameters=self.parameters, synapses=synapses)

    def population_names(self, node_ids, types, n_types):
        assert node_ids.tolist() == [0, 2]
        return np.array(["e4Rorb", "i4Pvalb"][:n_types])[types]

    def inputs(self, index_of):
        synapses = columns([2, 0, 1], [1, 1, 0], [0, 0, 0], [1.0, 2.0, 4.0], [0.0] * 3)
        background = np.array([[1, 0, 0, 0], [0, 0, 2, 0]], np.float32)
        return InputTables(n_units=3, synapses=synapses, background_weights=background)

    def target_rates(self):
        return np.zeros(0, np.float32)

    def noise_samples(self):
        return None


def test_tables_of_any_format_become_a_network():
    network = build_network(ThreeCells(), Selection(), TableCache(None))
    assert network.node_ids.tolist() == [4, 7] and network.y.tolist() == [100.0, 300.0]
    assert network.neurons.tuning_angles.tolist() == [10.0, 30.0]
    assert network.populations.names_per_neuron().tolist() == ["i4Pvalb", "e4Rorb"]
    np.testing.assert_array_equal(network.parameters.g, ThreeCells.parameters.g[::-1])
    assert network.recurrent.row.tolist() == [2, 4]
    assert network.recurrent.weight.tolist() == [5.0, 7.0]
    assert network.recurrent.delay.tolist() == [3.0, 1.0]
    assert network.inputs.source.tolist() == [1, 0, 2]
    assert network.inputs.weight.tolist() == [4.0, 2.0, 1.0]
    assert network.background_weights.tolist() == [[1, 0, 0, 0], [0, 0, 2, 0]]
    assert network.source == "somewhere" and network.settings["n_input"] is None


def test_units_that_share_a_channel_share_a_synapse():
    network = build_network(ThreeCells(), Selection(n_input=1), TableCache(None))
    assert network.n_input == 1 and network.input_channel_of.tolist() == [0, 0, 0]
    assert network.inputs.target.tolist() == [0, 1]
    assert network.inputs.weight.tolist() == [4.0, 3.0]
