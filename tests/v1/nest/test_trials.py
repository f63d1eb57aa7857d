"""Sources, stimuli, readout and parallel trials of the NEST side."""

import multiprocessing
import os
import re
import time
from concurrent.futures import CancelledError
from dataclasses import replace

import h5py
import numpy as np
import pytest
from oracles import random_network
from places import DOCS

from keras_v1_activity import v1
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.v1 import nest as v1_nest
from keras_v1_activity.v1.checkpoints.exporting import write_exported
from keras_v1_activity.v1.nest.processes import Call, Processes

N_OUTPUT = 10


@pytest.fixture(scope="module")
def network():
    return random_network(n=60, n_input=30, n_synapses=600)


def stimulus(network, n_steps=120, **fields):
    probability = np.full((1, network.n_input), 0.08, np.float32)
    return v1_nest.Stimulus(probability, np.array([n_steps]), **fields)


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


def test_a_folder_is_loaded_as_it_is(tmp_path):
    folder = v1.write_synthetic_network(tmp_path / "net", 200, seed=1)
    assert_same_network(v1_nest.load_source(folder).network, v1.load_network(folder))


def test_a_linear_readout_comes_with_its_file(network, tmp_path):
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(60, 3)), rng.normal(size=3)
    values = {
        "sparse_recurrent_weights": network.recurrent.weight,
        "sparse_input_weights": network.inputs.weight,
        "rest_of_brain_weights": network.background_weights.reshape(-1),
        "projection/kernel": kernel,
        "projection/bias": bias,
    }
    from keras_v1_activity.v1.checkpoints.saved_variables import BIAS, KERNEL

    values = {{"projection/kernel": KERNEL, "projection/bias": BIAS}.get(k, k): v
              for k, v in values.items()}  # fmt: skip
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


def test_a_stimulus_keeps_the_probabilities_of_each_part():
    p = np.zeros((300, 4000), np.float32)
    p[100:200] = np.linspace(0, 1, 4000)
    shown = v1_nest.Stimulus.from_currents(1.3 * p, label=2)
    assert shown.durations.tolist() == [100, 100, 100] and shown.label == 2
    x = shown.draw(np.random.default_rng(0))
    assert x.dtype == bool and not x[:100].any() and not x[200:].any()
    np.testing.assert_allclose(x[100:200].mean(axis=0), p[100], atol=0.25)
    assert abs(x[100:200].mean() - 0.5) < 0.005
    currents = replace(shown, current_input=True).draw(np.random.default_rng(0))
    np.testing.assert_allclose(currents, 1.3 * p, rtol=1e-6)


def test_the_example_in_the_docs_runs(network, tmp_path, monkeypatch):
    pytest.importorskip("nest")
    v1.export_network(network, tmp_path / "trained.h5")
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "nest.md").read_text()
    made = {}
    exec(re.search(r"```python\n(.*?)```", page, re.S)[1], made)
    assert made["activity"].n_steps == 600 and made["activity"].n_neurons == 60


def spikes_at(times, n_steps=200, n_neurons=6):
    dense = np.zeros((n_steps, n_neurons), bool)
    for step, neuron in times:
        dense[step, neuron] = True
    return Activity.from_dense(dense)


def test_the_class_whose_neurons_fire_most_in_the_window_is_predicted():
    times = [(10, 4), (50, 0), (60, 2), (99, 3), (149, 2), (150, 4), (160, 5)]
    readout = v1_nest.SpikeCountReadout(np.array([[0, 1], [2, 3], [4, 5]]), window_ms=(50, 150))
    read = readout.read(spikes_at(times))
    assert readout.counts(spikes_at(times)).tolist() == [1, 3, 0]
    np.testing.assert_allclose(read.confidence, [0.25, 0.75, 0])
    assert read.prediction == 1 and read.neurons.readout_neurons.tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(read.outputs[[0, 3]], [[0, 0, 1], [0, 0, 1]])
    assert readout.read(spikes_at([(10, 0)])).prediction is None


def test_a_linear_readout_is_the_softmax_of_mean_spikes():
    rng = np.random.default_rng(0)
    weights, biases = rng.normal(size=(6, 3)), rng.normal(size=3)
    dense = rng.random((200, 6)) < 0.2
    readout = v1_nest.SpikeCountReadout(weights=weights, biases=biases, window_ms=(50, 150))
    scores = dense[50:150].mean(axis=0) @ weights + biases
    expected = np.exp(scores) / np.exp(scores).sum()
    read = readout.read(Activity.from_dense(dense))
    np.testing.assert_allclose(read.confidence, expected, rtol=1e-5)


@pytest.mark.parametrize("window", [(200, 50), (-1, 50), (300, 400)])
def test_a_window_outside_the_trial_is_refused(window):
    with pytest.raises(ValueError, match="window"):
        v1_nest.SpikeCountReadout(np.zeros((2, 2), int), window_ms=window).read(spikes_at([]))


def test_trials_are_the_same_however_many_run_at_a_time(network):
    pytest.importorskip("nest")
    trials = [v1_nest.Trial(stimulus(network), k, seed=5) for k in (1, 2, 3)]
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
    pytest.importorskip("nest")

    def run(number, seed, noise=True):
        # No LGN spikes: what differs is the background.
        quiet = v1_nest.Stimulus(np.zeros((1, network.n_input)), np.array([60]))
        return v1_nest.Trial(quiet, number, seed, noise).run(network, voltage_neurons=5).voltages

    np.testing.assert_array_equal(run(1, 7), run(1, 7))
    assert not np.array_equal(run(1, 7), run(2, 7))
    assert not np.array_equal(run(1, 7), run(1, 8))
    resting = run(1, 7, noise=False)
    np.testing.assert_array_equal(resting, run(2, 8, noise=False))
    assert not np.array_equal(run(1, 7), resting)


def test_an_exception_ends_the_processes_at_once_and_begins_no_other_call():
    """The calls would take an hour: that the next line is reached shows that none is waited for."""
    with pytest.raises(KeyboardInterrupt), Processes(2) as processes:
        results = processes.run([Call("a long sleep", time.sleep, (3600,)) for _ in range(5)])
        time.sleep(0.5)
        raise KeyboardInterrupt
    assert not multiprocessing.active_children()
    with pytest.raises((RuntimeError, CancelledError)):
        list(results)


def test_calls_go_on_after_one_whose_process_died():
    with Processes(1) as processes:
        died = processes.run([Call("the end", os._exit, (3,))])
        after = processes.run([Call("a sum", sum, ([1, 2],))])
        with pytest.raises(RuntimeError, match="the end ended with exit code 3"):
            list(died)
        assert list(after) == [3]


class Dying(v1_nest.Trial):
    """A trial whose process is gone before it has said anything."""

    def run(self, network, readout=None, **options):
        os._exit(3)


def test_what_goes_wrong_in_a_process_is_raised_here(network):
    pytest.importorskip("nest")
    trials = [v1_nest.Trial(stimulus(network), 1)]
    with pytest.raises(ValueError, match="resolution must divide"):
        list(v1_nest.run_trials(network, trials, resolution=0.3))
    with pytest.raises(RuntimeError, match="trial 4 ended with exit code 3"):
        list(v1_nest.run_trials(network, [Dying(stimulus(network), 4)]))
    assert not multiprocessing.active_children()
