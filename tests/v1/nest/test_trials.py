"""Trials in NEST: the same whatever runs beside them."""

import multiprocessing
import os

import numpy as np
import pytest
from oracles import random_network

from keras_v1_activity.v1 import nest as v1_nest

pytest.importorskip("nest")


@pytest.fixture(scope="module")
def network():
    return random_network(n=60, n_input=30, n_synapses=600)


def stimulus(network, n_steps=120, **fields):
    probability = np.full((1, network.n_input), 0.08, np.float32)
    return v1_nest.Stimulus(probability, np.array([n_steps]), **fields)


def test_trials_are_the_same_however_many_run_at_a_time(network):
    trials = [v1_nest.NestTrial(stimulus(network), k, seed=5) for k in (1, 2, 3)]
    one = list(v1_nest.run_trials(network, trials, jobs=1, voltage_neurons=3))
    two = list(v1_nest.run_trials(network, trials, jobs=2, voltage_neurons=3))
    for a, b in zip(one, two, strict=True):
        assert a.n_spikes > 0
        np.testing.assert_array_equal(a.spike_steps, b.spike_steps)
        np.testing.assert_array_equal(a.spike_neurons, b.spike_neurons)
        np.testing.assert_array_equal(a.voltages, b.voltages)
    assert not np.array_equal(one[0].inputs, one[1].inputs)
    alone = trials[2].run(network, voltage_neurons=3)
    np.testing.assert_array_equal(alone.voltages, one[2].voltages)


def test_noise_depends_on_seed_and_number_alone(network):
    def run(number, seed, noise=True):
        # No LGN spikes: what differs is the background.
        quiet = v1_nest.Stimulus(np.zeros((1, network.n_input)), np.array([60]))
        return (
            v1_nest.NestTrial(quiet, number, seed, noise).run(network, voltage_neurons=5).voltages
        )

    np.testing.assert_array_equal(run(1, 7), run(1, 7))
    assert not np.array_equal(run(1, 7), run(2, 7))
    assert not np.array_equal(run(1, 7), run(1, 8))
    resting = run(1, 7, noise=False)
    np.testing.assert_array_equal(resting, run(2, 8, noise=False))
    assert not np.array_equal(run(1, 7), resting)


class Dying(v1_nest.Trial):
    """A trial whose process is gone before it has said anything."""

    def run(self, network, readout=None, **options):
        os._exit(3)


def test_what_goes_wrong_in_a_process_is_raised_here(network):
    trials = [v1_nest.NestTrial(stimulus(network), 1)]
    with pytest.raises(ValueError, match="resolution must divide"):
        list(v1_nest.run_trials(network, trials, resolution=0.3))
    with pytest.raises(RuntimeError, match="trial 4 ended with exit code 3"):
        list(v1_nest.run_trials(network, [Dying(stimulus(network), 4)]))
    assert not multiprocessing.active_children()
