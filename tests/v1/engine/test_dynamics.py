"""The rules of other simulators, against their equations; NEST itself: tests/v1/nest."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from oracles import random_network, random_parameters, random_synapses

from keras_v1_activity.experiments.options import DemoOptions
from keras_v1_activity.experiments.prepare import get_model
from keras_v1_activity.state.network_state import describe_network
from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.cells import make_cell
from keras_v1_activity.v1.engine.dynamics import DYNAMICS, simulated_parameters
from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell
from keras_v1_activity.v1.engine.nest_constants import alpha_propagators
from keras_v1_activity.v1.layers.input_layer import input_rows
from keras_v1_activity.v1.layers.rsnn import RSNN
from keras_v1_activity.v1.tasks import make_task

N = 12


def v1_glif_model(p, synapses, currents, hard_reset):
    """Spikes and potentials (0 at E_L, 1 at V_th), (time, neuron), by its equations in numpy."""
    n_steps, n, scale = len(currents), p.n_neurons, p.V_th - p.E_L
    decay, factor = np.exp(-p.g / p.C_m), (1 - np.exp(-p.g / p.C_m)) / p.g
    delay = np.clip(np.rint(synapses.delay), 1, 5).astype(int)
    weight = synapses.weight.astype(float) / scale[synapses.target]
    v, r, asc = np.zeros(n), np.zeros(n, int), np.zeros((n, 2))
    rise, psc = np.zeros((n, 4)), np.zeros((n, 4))
    z, potentials = np.zeros((n_steps + 5, n)), np.zeros((n_steps, n))
    for t in range(n_steps):
        arriving, fired = currents[t].astype(float), z[t + 4]
        np.add.at(
            arriving, (synapses.target, synapses.receptor),
            weight * z[t + 5 - delay, synapses.source],
        )  # fmt: skip
        v = decay * v + factor * (psc.sum(1) + asc.sum(1)) - fired
        r = np.maximum(r + fired.astype(int) * np.ceil(p.t_ref).astype(int) - 1, 0)
        if hard_reset:
            v[r > 0] = 0.0
        asc = asc * np.exp(-p.k) + fired[:, None] * p.asc_amps / scale[:, None]
        psc = np.exp(-1 / p.tau_syn) * (psc + rise)
        rise = np.exp(-1 / p.tau_syn) * rise + arriving * np.e / p.tau_syn
        z[t + 5], potentials[t] = (v > 1) & (r == 0), v
    return z[5:], potentials


@pytest.mark.parametrize("hard_reset", [False, True])
def test_v1_glif_model_follows_its_equations(hard_reset):
    rng = np.random.default_rng(1)
    p = random_parameters(N, rng)
    synapses = random_synapses(70, N, N, rng, scale=60.0)
    currents = rng.gamma(1.0, 1.2, (150, N, 4))
    truth, potentials = v1_glif_model(p, synapses, currents, hard_reset)
    options = CellOptions(dynamics="v1_glif_model", hard_reset=hard_reset)
    weights = synapses.weight / p.voltage_scale[synapses.target]
    batch = tf.constant(currents.reshape(1, 150, 4 * N))
    spikes, v = reference.run(p, synapses, weights, batch, options, dtype=tf.float64)
    assert 100 < truth.sum() < 1000
    np.testing.assert_array_equal(spikes[0], truth)
    np.testing.assert_allclose(v[0], potentials, rtol=1e-9, atol=1e-9)


def test_in_v1_glif_model_no_gradient_says_that_a_spike_resets_its_own_neuron():
    """A lone neuron that fires once: its potential afterwards depends on the input alone."""
    p = random_parameters(1, np.random.default_rng(0))
    none = random_synapses(0, 1, 1, np.random.default_rng(0))
    currents = np.zeros((1, 12, 4))
    currents[0, 0, 0] = 60.0
    slopes = {}
    for dynamics in (None, "v1_glif_model"):
        given = tf.constant(currents)
        with tf.GradientTape() as tape:
            tape.watch(given)
            run = reference.run(
                p, none, np.zeros(0), given, CellOptions(dynamics=dynamics), dtype=tf.float64
            )
            last = run[1][0, -1, 0]
        assert tf.reduce_sum(run[0]) >= 1
        slopes[dynamics] = float(tape.gradient(last, given)[0, 0, 0])
    # The response to a current of 1, without the spikes that it causes.
    silent = reference.run(p, none, np.zeros(0), currents / 1e4, dtype=tf.float64)[1][0, -1, 0]
    rest = reference.run(p, none, np.zeros(0), currents * 0.0, dtype=tf.float64)[1][0, -1, 0]
    response = float(silent - rest) / (60.0 / 1e4)
    assert slopes["v1_glif_model"] == pytest.approx(response, rel=1e-6)
    assert abs(slopes[None] - response) > 1e-3 * response


@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_propagators_solve_membrane_and_current_exactly(dt):
    expm = pytest.importorskip("scipy.linalg").expm
    rng = np.random.default_rng(0)
    g, c_m = rng.uniform(3, 10, 20), rng.uniform(50, 80, 20)
    tau = rng.uniform(0.5, 20, 20)
    # As slow as the membrane, or nearly: the closed form divides by their difference.
    tau[:3] = (c_m / g)[:3] * [1.0, 1 + 1e-9, 1 + 1e-4]
    slopes, currents = alpha_propagators(tau, g, c_m, dt)
    for k in range(20):
        system = [[-1 / tau[k], 0, 0], [1, -1 / tau[k], 0], [0, 1 / c_m[k], -g[k] / c_m[k]]]
        exact = expm(np.array(system) * dt)
        np.testing.assert_allclose([slopes[k], currents[k]], exact[2, :2], rtol=1e-10)


@pytest.mark.parametrize(
    "dynamics, dt, t_ref, steps",
    [
        ("nest", 1.0, 2.4, 3), ("nest", 1.0, 3.0, 3), ("nest", 1.0, 3.0004, 3),
        ("nest", 1.0, 0.3, 1), ("nest", 0.1, 0.3, 3), ("nest", 0.1, 2.41, 25),
        ("v1_glif_model", 1.0, 2.4, 3), ("v1_glif_model", 1.0, 3.0004, 4),
        ("v1_glif_model", 0.1, 0.3, 3),
    ],
)  # fmt: skip
def test_refractory_periods_are_whole_steps(dynamics, dt, t_ref, steps):
    p = replace(random_parameters(1, np.random.default_rng(0)), t_ref=np.array([t_ref]))
    assert simulated_parameters(p, dynamics, dt).t_ref[0] == pytest.approx(steps * dt)
    cell = make_cell(p, options=CellOptions(dynamics=dynamics, dt=dt))
    r, z, counted = tf.zeros((1, 1)), tf.ones((1, 1)), 0
    while counted == 0 or r > 0:
        r, z, counted = cell.new_refractory(r, z), tf.zeros((1, 1)), counted + 1
    assert counted == steps


def test_traces_are_those_of_the_dynamics():
    """What is rebuilt from spikes alone, against all currents of the very run."""
    network = random_network(20, n_input=10, n_synapses=200, seed=2)
    rows = len(input_rows(network))
    rsnn = RSNN(network, dynamics="nest", return_currents=True)
    currents = np.random.default_rng(0).gamma(1.0, 2.0, (2, 40, rows)).astype(np.float32)
    spikes, _, states = rsnn(currents)
    assert tf.reduce_sum(spikes) > 20
    traced = rsnn.trace(currents, spikes, [3, 17])
    for j in range(2):
        expected = states["asc"].numpy()[:, :, [3, 17], j]
        np.testing.assert_allclose(traced[f"asc_{j + 1}"], expected, atol=1e-3)
    for j in range(4):
        expected = states["psc"].numpy()[:, :, [3, 17], j]
        np.testing.assert_allclose(traced[f"psc_{j + 1}"], expected, atol=1e-3)
    whole = traced["refractory"].numpy()
    assert whole.max() > 0 and np.array_equal(whole, np.rint(whole))


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(dynamics="Nest"), "dynamics must be None .* 'nest', 'v1_glif_model'.*; got 'Nest'"),
        (dict(dynamics=["nest"]), r"dynamics must be None .*; got \['nest'\]"),
        (dict(dynamics="nest", as_published=True), "got dynamics='nest': leave one of the two"),
    ],
)
def test_what_is_no_name_of_dynamics_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        CellOptions(**wrong)


def test_a_cell_of_other_dynamics_is_refused():
    p = random_parameters(1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="make_cell takes the class that they need"):
        Glif3Cell(p, options=CellOptions(dynamics="nest"))


def test_the_option_goes_from_the_command_line_to_the_layer_and_is_told():
    task = make_task("10class", seq_len=100, pre_delay=0, im_slice=50)
    for dynamics in (None, *DYNAMICS):
        model = get_model(DemoOptions(dynamics=dynamics), random_network(), task)
        assert model.get_layer("rsnn").cell.dynamics == dynamics
        assert (f"dynamics {dynamics}" in describe_network(model)) is (dynamics is not None)
    with pytest.raises(ValueError, match="dynamics must be"):
        DemoOptions(dynamics="neuron")
