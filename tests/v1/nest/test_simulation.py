"""A simulation in NEST: what it takes, what it gives, how often it runs."""

import numpy as np
import pytest
from nest_networks import fitted_cells, network_of
from oracles import random_network

from keras_v1_activity.v1 import nest as v1_nest

pytest.importorskip("nest")


def test_what_comes_back_is_an_activity_that_stores_keep(tmp_path):
    from keras_v1_activity import load_activity
    from keras_v1_activity.plan import RecordPlan
    from keras_v1_activity.recording.recorder import Recorder

    network = random_network()
    rng = np.random.default_rng(0)
    x = rng.random((200, network.n_input)) < 0.05
    noise = v1_nest.draw_background(network, 200, rng)
    found = v1_nest.simulate(
        network, x, noise, label=3, step=1, voltage_neurons=[7, 2], resolution=0.1
    )
    assert found.n_spikes > 20
    steps = found.spike_steps.astype(int)
    assert np.all(np.diff(steps * found.n_neurons + found.spike_neurons) > 0)
    assert found.voltage_neurons.tolist() == [7, 2] and found.voltages.shape == (200, 2)
    assert found.populations.names == network.populations.names
    np.testing.assert_allclose(found.inputs, x, atol=1e-6)

    recorder = Recorder(tmp_path, RecordPlan(figures=()), background=False)
    recorder.open(1)
    recorder.record(found)
    recorder.close()
    with load_activity(tmp_path) as run:
        again = run[1]
    np.testing.assert_array_equal(again.spike_times, found.spike_times)
    np.testing.assert_array_equal(again.voltages, found.voltages)
    assert again.label == 3 and again.population_rates == found.population_rates


def test_voltages_are_of_the_neurons_they_are_said_to_be():
    p = fitted_cells()
    network = network_of(p)
    found = v1_nest.simulate(network, np.zeros((50, 1)), voltage_neurons=[4, 0, 2])
    np.testing.assert_allclose(found.voltages[-1], p.E_L[[4, 0, 2]], atol=0.05)


def test_a_simulation_runs_once_and_only_while_it_is_the_last_built():
    network = random_network(n=10, n_input=5, n_synapses=20)
    x = np.zeros((5, 5))
    first = v1_nest.NestSimulation(network)
    second = v1_nest.NestSimulation(network)
    with pytest.raises(RuntimeError, match="kernel was reset"):
        first.run(x)
    second.run(x)
    with pytest.raises(RuntimeError, match="has run already"):
        second.run(x)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"resolution": 0.3}, "resolution must divide the model's step of 1 ms"),
        ({"resolution": 0}, "resolution must be a number above 0"),
        ({"max_delay": 0}, "max_delay must be a whole number of at least 1"),
        ({"voltage_neurons": [99]}, "voltage_neurons asks for neuron 99"),
    ],
)
def test_wrong_arguments_are_one_sentence(options, words):
    network = random_network(n=10, n_input=5, n_synapses=20)
    with pytest.raises(ValueError, match=words):
        v1_nest.NestSimulation(network, **options)


def test_wrong_input_is_one_sentence():
    network = random_network(n=10, n_input=5, n_synapses=20)
    simulation = v1_nest.NestSimulation(network)
    with pytest.raises(ValueError, match=r"n_input=5; got \(8, 6\)"):
        simulation.run(np.zeros((8, 6)))
    with pytest.raises(ValueError, match=r"background must have shape \(time,\) = \(8,\)"):
        v1_nest.NestSimulation(network).run(np.zeros((8, 5)), np.zeros(7))
    with pytest.raises(ValueError, match="network must be a V1Network"):
        v1_nest.NestSimulation("GLIF_network")
