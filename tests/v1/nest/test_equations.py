"""The network in NEST, against equations solved on paper or in a few lines of numpy."""

from dataclasses import replace

import numpy as np
import pytest
from nest_networks import (
    alpha_response,
    driven_by_spikes,
    fitted_cells,
    model_currents,
    network_of,
    one_to_each_receptor,
)
from oracles import simulate_glif3, synapse_table

from keras_v1_activity.v1 import nest as v1_nest

pytest.importorskip("nest")


def test_one_neuron_of_each_fitted_cell_follows_our_model_to_a_tenth_of_a_millivolt():
    p = fitted_cells()
    rng = np.random.default_rng(0)
    network = network_of(p, one_to_each_receptor(p, [6.0, -4.0, 6.0, 6.0]))
    x = rng.random((1000, network.n_input)) < 0.3
    fired, ours = simulate_glif3(p, network.recurrent, model_currents(network, x), hard_reset=True)
    assert not fired.any() and np.all((ours - p.E_L).mean(axis=0) > 4)

    found = v1_nest.simulate(network, x, resolution=1.0, voltage_neurons=range(5))

    # Our currents are held constant over a step, NEST's are exact: ours lag by half a step.
    half_step_earlier = (found.voltages[1:] + found.voltages[:-1]) / 2
    error = np.sqrt(np.mean((half_step_earlier - ours[1:]) ** 2, axis=0))
    assert np.all(error <= 0.1)
    assert np.all(ours.std(axis=0) > 1)


def test_unconnected_neurons_fire_at_the_rates_of_our_model_with_hard_reset():
    n_input, probability = 2000, 0.02
    rng = np.random.default_rng(1)
    p = fitted_cells().take(rng.integers(0, 5, 200))
    network = driven_by_spikes(p, rng, n_input, probability, strengths=(0.75, 1.3))
    x = rng.random((2000, n_input)) < probability
    fired, _ = simulate_glif3(p, network.recurrent, model_currents(network, x), hard_reset=True)
    ours = fired.sum(axis=0) / 2.0
    judged = (ours >= 1) & (ours <= 30)
    assert judged.sum() > 100

    found = v1_nest.simulate(network, x, resolution=1.0).rates

    assert np.abs(found - ours)[judged].mean() <= 0.05 * ours[judged].mean()


@pytest.mark.parametrize("receptor", range(4))
def test_an_input_arrives_at_the_end_of_its_step_through_its_receptor(receptor):
    p = fitted_cells().take([0])
    weights = np.zeros(4)
    weights[receptor] = 20.0
    network = network_of(p, one_to_each_receptor(p, weights))
    x = np.zeros((40, 4), bool)
    x[7, receptor] = True
    rest = v1_nest.simulate(network, x * 0, resolution=0.1, voltage_neurons=1)
    found = v1_nest.simulate(network, x, resolution=0.1, voltage_neurons=1)
    ends_ms = np.arange(1, 41.0)  # of each step, from the start of step 0
    expected = alpha_response(p, p.tau_syn[0, receptor], 8.0, 20.0, ends_ms)
    difference = found.voltages[:, 0] - rest.voltages[:, 0]
    np.testing.assert_allclose(difference, expected, atol=2e-3)


def test_a_spike_arrives_after_its_delay_in_whole_steps_of_the_model():
    p = fitted_cells().take([0, 0, 0, 0])
    # Neuron 0 fires and tells 1, 2 and 3: after a rounded, a clipped and a raised delay.
    recurrent = synapse_table(
        np.zeros(3, int), np.array([1, 2, 3]), np.array([0, 1, 3]),
        np.array([30.0, -30.0, 30.0]), np.array([2.4, 9.0, 0.2]), 4, 4,
    )  # fmt: skip
    inputs = synapse_table(*np.zeros((3, 1), int), np.array([500.0]), np.zeros(1), 1, 4)
    network = network_of(p, inputs, recurrent)
    x = np.zeros((50, 1), bool)
    x[4] = True
    found = v1_nest.simulate(network, x, resolution=1.0, voltage_neurons=range(4))
    assert found.spike_neurons.tolist() == [0]
    end_of_spike_step = found.spike_steps[0] + 1.0
    ends_ms = np.arange(1, 51.0)
    for neuron, delay, weight, receptor in ((1, 2, 30, 0), (2, 5, -30, 1), (3, 1, 30, 3)):
        tau = p.tau_syn[0, receptor]
        expected = p.E_L[0] + alpha_response(p, tau, end_of_spike_step + delay, weight, ends_ms)
        np.testing.assert_allclose(found.voltages[:, neuron], expected, atol=2e-3)


def test_real_valued_input_is_a_current_in_proportion():
    p = fitted_cells().take([0])
    network = network_of(p, one_to_each_receptor(p, [20.0, 0, 0, 0]))
    x = np.zeros((30, 4), np.float32)
    x[3, 0], x[9, 0] = 0.5, 1.25
    found = v1_nest.simulate(network, x, resolution=1.0, voltage_neurons=1)
    ends_ms = np.arange(1, 31.0)
    expected = sum(
        alpha_response(p, p.tau_syn[0, 0], at, weight, ends_ms)
        for at, weight in ((4.0, 10.0), (10.0, 25.0))
    )
    np.testing.assert_allclose(found.voltages[:, 0], p.E_L[0] + expected, atol=2e-3)


def test_the_background_has_the_published_strength():
    p = fitted_cells()
    background = np.zeros((5, 4), np.float32)
    background[:, 0] = 0.4 * p.g * p.voltage_scale / (np.e * p.tau_syn[:, 0])
    network = network_of(p, background=background)
    counts = v1_nest.draw_background(network, 4000, np.random.default_rng(0))
    found = v1_nest.simulate(network, np.zeros((4000, 1)), counts, voltage_neurons=range(5))
    # Ten sources at 100 Hz are one spike per ms, each of charge e tau w.
    expected = p.E_L + 0.4 * p.voltage_scale
    np.testing.assert_allclose(
        found.voltages[500:].mean(axis=0) - p.E_L, expected - p.E_L, rtol=0.04
    )


def test_recorded_noise_is_a_current_for_each_neuron_and_receptor():
    p = fitted_cells().take([0, 1])
    network = replace(network_of(p), noise_samples=np.array([0.01, 0.02]))
    rng = np.random.default_rng(0)
    noise = v1_nest.draw_background(network, 3000, rng)
    # 2 x fast + 2 x slow, each draw one of two values, times V_th - E_L of the neuron.
    unscaled = noise / np.repeat(p.voltage_scale, 4)
    assert set(np.unique(unscaled.round(4))) <= {0.04, 0.06, 0.08}
    found = v1_nest.simulate(network, np.zeros((3000, 1)), noise, voltage_neurons=range(2))
    charge = (noise.reshape(3000, 2, 4).mean(axis=0) * np.e * p.tau_syn).sum(axis=1)
    depolarised = found.voltages[300:].mean(axis=0) - p.E_L
    np.testing.assert_allclose(depolarised, charge / p.g, rtol=0.02)


def test_a_neuron_that_fires_twice_within_a_time_step_has_fired_in_it_once():
    cells = fitted_cells().take([0])
    quick = replace(cells, t_ref=np.array([0.1]), V_reset=cells.V_th - 0.1)
    network = network_of(quick, one_to_each_receptor(quick, np.full(4, 3e5)))
    found = v1_nest.simulate(network, np.ones((20, 4)), resolution=0.1, voltage_neurons=1)
    # By then its current drives it over the threshold within a tenth of a time step.
    assert found.spike_steps.tolist()[-10:] == [*range(10, 20)]
