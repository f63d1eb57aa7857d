"""What the engine is held against is itself held against the equations: values and derivatives.

The plain formulation (`v1.reference`) and the cell's adjoint run in float64 here, so that a missing
or wrong term cannot hide behind rounding.
"""

from math import erf, pi, sqrt

import numpy as np
import pytest
import tangents
import tensorflow as tf
from oracles import random_parameters, random_synapses, simulate_glif3

from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.glif3_cell import Adjoint, Glif3Cell, State

N = 12


def small(seed, n_steps=30, strength=1.2):
    """(parameters, synapses, normalised weights, currents (time, n, 4), rng)."""
    rng = np.random.default_rng(seed)
    p = random_parameters(N, rng)
    synapses = random_synapses(70, N, N, rng, scale=60.0)
    weights = synapses.weight / p.voltage_scale[synapses.target]
    return p, synapses, weights, rng.gamma(1.0, strength, (n_steps, N, 4)), rng


def run_reference(p, synapses, weights, currents, **options):
    batch = tf.reshape(currents, (1, len(currents), 4 * N))
    spikes, v = reference.run(p, synapses, weights, batch, CellOptions(**options), dtype=tf.float64)
    return spikes[0], v[0]


@pytest.mark.parametrize("hard_reset, max_delay", [(False, 5), (True, 5), (False, 1), (True, 3)])
def test_the_reference_follows_the_equations(hard_reset, max_delay):
    p, synapses, weights, currents, _ = small(1, n_steps=300)
    options = dict(hard_reset=hard_reset, max_delay=max_delay)
    spikes, v = run_reference(p, synapses, weights, currents, **options)
    truth, mv = simulate_glif3(p, synapses, currents, **options)
    assert 50 < truth.sum() < 1500
    np.testing.assert_array_equal(spikes > 0, truth)
    np.testing.assert_allclose(v * p.voltage_scale + p.E_L, mv, rtol=1e-10)


@pytest.mark.parametrize("hard_reset, max_delay", [(False, 5), (True, 3)])
def test_the_references_gradients_are_the_derivatives_of_the_equations(hard_reset, max_delay):
    p, synapses, weights, currents, rng = small(2)
    toward_spikes, toward_v = rng.normal(size=(2, 30, N))
    variables = [tf.constant(weights), tf.constant(currents)]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        spikes, v = run_reference(
            p, synapses, *variables, hard_reset=hard_reset, max_delay=max_delay
        )
        loss = tf.reduce_sum(spikes * toward_spikes + v * toward_v)
    gradients = tape.gradient(loss, variables)

    directions = tangents.unit_directions(weights=weights, currents=currents)
    (truth, true_v, _), (d_spikes, d_v, _) = tangents.simulate(
        p, synapses, weights, currents, tangents.rest(p, max_delay), directions,
        hard_reset=hard_reset,
    )  # fmt: skip
    assert truth.sum() > 20
    np.testing.assert_array_equal(spikes, truth)
    np.testing.assert_allclose(v, true_v, rtol=1e-9)
    expected = (d_spikes * toward_spikes + d_v * toward_v).sum((1, 2))
    ours = np.concatenate([tf.convert_to_tensor(g).numpy().ravel() for g in gradients])
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("hard_reset", [False, True])
def test_tangents_are_those_of_the_oracle_where_no_spike_can_change(hard_reset):
    """At rest the surrogate is 1e-6, and derivatives are ordinary differences."""
    p, synapses, weights, currents, _ = small(3, n_steps=8)
    state = tangents.rest(p)
    nudge = 1e-4
    directions = tangents.unit_directions(currents=currents)
    _, (_, d_v, _) = tangents.simulate(
        p, synapses, weights, currents * 0.0, state, directions, hard_reset=hard_reset
    )
    still = simulate_glif3(p, synapses, currents * 0.0, hard_reset=hard_reset)[1]
    for k in range(0, len(d_v), 37):
        moved = simulate_glif3(
            p, synapses, nudge * directions["currents"][k], hard_reset=hard_reset
        )[1]
        np.testing.assert_allclose(
            d_v[k] * p.voltage_scale, (moved - still) / nudge, rtol=1e-4, atol=1e-5
        )


def smooth_step(p, state, current, refractory, hard_reset):
    """One step of the equations whose spike is a smooth function: dict of the new values.

    The function's derivative is the surrogate; the newest old spikes may be any real number.
    """
    s = p.V_th - p.E_L
    v_reset, decay = (p.V_reset - p.E_L) / s, np.exp(-p.g / p.C_m)
    z, syn_decay = state["z"], np.exp(-1 / p.tau_syn)
    drive = state["psc"].sum(-1) + state["asc"].sum(-1)
    v = decay * state["v"] + (1 - decay) / p.g * drive
    v = v + z * (v_reset - v if hard_reset else v_reset - 1)
    integral = 0.5 * 0.28 * sqrt(pi) / 2 * np.array([erf((x - 1) / 0.28) for x in v])
    return {
        "v": v,
        "asc": np.exp(-p.k) * state["asc"] + z[:, None] * p.asc_amps / s[:, None],
        "psc_rise": syn_decay * state["psc_rise"] + current * np.e / p.tau_syn,
        "psc": syn_decay * state["psc"] + syn_decay * state["psc_rise"],
        "z": np.where(refractory, 0.0, integral),
    }


@pytest.mark.parametrize("hard_reset", [False, True])
def test_the_adjoint_of_the_cell_is_that_of_a_smooth_step(hard_reset):
    p, *_, rng = small(4)
    shapes = {"v": (N,), "asc": (N, 2), "psc_rise": (N, 4), "psc": (N, 4), "current": (N, 4)}
    point = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    point["v"] = rng.normal(0.8, 0.5, N)
    point["z"] = (np.arange(N) % 3 == 0).astype(float)
    refractory = np.arange(N) % 4 == 1

    def step(point):
        return smooth_step(p, point, point["current"], refractory, hard_reset)

    upstream = {name: rng.normal(size=value.shape) for name, value in step(point).items()}
    expected = {name: np.zeros_like(value) for name, value in point.items()}
    for name, value in point.items():
        for place in np.ndindex(value.shape):
            two_sides = []
            for change in (1e-5, -1e-5):
                moved = value.copy()
                moved[place] += change
                new = step(point | {name: moved})
                two_sides.append(sum((new[key] * upstream[key]).sum() for key in new))
            expected[name][place] = (two_sides[0] - two_sides[1]) / 2e-5

    ours = cell_adjoint(p, point, upstream, refractory, hard_reset)
    for name, truth in expected.items():
        np.testing.assert_allclose(ours[name], truth, rtol=1e-6, atol=1e-8, err_msg=name)


def cell_adjoint(p, point, upstream, refractory, hard_reset):
    """Gradient of every part of `point`, by `Glif3Cell.step_adjoint`."""
    cell = Glif3Cell(p, options=CellOptions(hard_reset=hard_reset), dtype="float64")

    def column(x):
        return tf.constant(np.reshape(x, (-1, 1)))

    def pairs(x):
        return tf.constant(x.T[..., None])

    buffer = tf.concat([column(point["z"])[None], tf.zeros((4, N, 1), tf.float64)], 0)
    state = State(
        column(point["v"]), column(np.zeros(N)), pairs(point["asc"]), column(point["psc_rise"]),
        column(point["psc"]), buffer,
    )  # fmt: skip
    new, kept = cell.step(state, column(point["current"]))
    after = Adjoint(
        None, pairs(upstream["asc"]), column(upstream["psc_rise"]), column(upstream["psc"]), None
    )
    slope = cell.surrogate(new.v, tf.constant(refractory[:, None]))
    before, current = cell.step_adjoint(
        after, slope, buffer[0], kept, column(upstream["v"]), column(upstream["z"])
    )
    return {
        "v": before.v.numpy().ravel(),
        "asc": before.asc.numpy()[..., 0].T,
        "psc_rise": before.psc_rise.numpy().reshape(N, 4),
        "psc": before.psc.numpy().reshape(N, 4),
        "z": before.z_buffer.numpy().ravel(),
        "current": current.numpy().reshape(N, 4),
    }
