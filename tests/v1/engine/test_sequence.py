"""The recurrent layer's equations and gradients against independent truth."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import tensorflow as tf
from oracles import random_parameters, random_synapses, simulate_glif3, synapse_table

from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.cells import make_cell
from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell, State
from keras_v1_activity.v1.engine.sequence import RecurrentSequence


def build(n=50, n_synapses=800, seed=0, receptors=4, **options):
    rng = np.random.default_rng(seed)
    parameters = random_parameters(n, rng)
    synapses = random_synapses(n_synapses, n, n, rng, receptors=receptors)
    cell = make_cell(parameters, options=CellOptions(**options))
    rows = np.sort(rng.choice(4 * n, 2 * n, replace=False))
    weights = tf.constant(synapses.weight / parameters.voltage_scale[synapses.target], tf.float32)
    return cell, synapses, rows, weights, rng


def draw_currents(rng, n_steps, rows, batch, strength=1.2):
    currents = rng.gamma(1.0, strength, (n_steps, len(rows), batch))
    return currents.transpose(0, 2, 1).astype(np.float32)


def as_dense(currents, rows, n):
    """(time, batch, rows) to (batch, time, 4 n)."""
    dense = np.zeros((currents.shape[1], currents.shape[0], 4 * n), np.float32)
    dense[:, :, rows] = currents.transpose(1, 0, 2)
    return dense


@pytest.mark.parametrize("hard_reset", [False, True])
def test_spikes_and_potentials_follow_the_equations(hard_reset):
    cell, synapses, rows, weights, rng = build(hard_reset=hard_reset)
    currents = draw_currents(rng, 500, rows, batch=2)
    spikes, v, _ = RecurrentSequence(cell, synapses, rows)(weights, currents, cell.initial_state(2))
    p = cell.parameters
    for sample in range(2):
        dense = as_dense(currents, rows, 50)[sample].reshape(500, 50, 4)
        true_spikes, true_mv = simulate_glif3(p, synapses, dense, hard_reset=hard_reset)
        assert 500 < true_spikes.sum() < 5000  # the network is neither silent nor saturated
        np.testing.assert_array_equal(spikes.numpy()[:, :, sample] > 0, true_spikes)
        mv = v.numpy()[:, :, sample] * p.voltage_scale + p.E_L
        np.testing.assert_allclose(mv, true_mv, atol=1e-3)


def test_potentials_equal_those_of_the_plain_formulation_to_the_last_bit():
    cell, synapses, rows, weights, rng = build(n=200, n_synapses=20000)
    # Two synapses of one pair are summed in the order of their delays, not of the table.
    synapses = replace(synapses, delay=1.0 + synapses.source % np.float32(5))
    currents = draw_currents(rng, 150, rows, batch=2)
    _, v, _ = RecurrentSequence(cell, synapses, rows)(weights, currents, cell.initial_state(2))

    dense = tf.constant(as_dense(currents, rows, 200))

    def plain():
        spikes, potentials = reference.run(cell.parameters, synapses, weights, dense)
        return spikes, potentials

    for run in (plain, tf.function(plain)):
        spikes, potentials = run()
        assert tf.reduce_sum(spikes) > 1000
        np.testing.assert_array_equal(tf.transpose(v, (2, 0, 1)), potentials)


def gradients(run, weights, currents, spike_direction, v_direction):
    with tf.GradientTape() as tape:
        tape.watch([weights, currents])
        spikes, v = run(weights, currents)
        loss = tf.reduce_sum(spikes * spike_direction) + tf.reduce_sum(v * v_direction)
    return spikes, tape.gradient(loss, [weights, currents], unconnected_gradients="zero")


@pytest.mark.parametrize("hard_reset", [False, True])
@pytest.mark.parametrize(
    "n_steps, batch, strength",
    [(1, 1, 1.2), (2, 4, 1.2), (60, 3, 1.2), (60, 1, 0.0), (60, 1, 80.0)],
)
def test_gradients_equal_those_of_automatic_differentiation(hard_reset, n_steps, batch, strength):
    compare_gradients(hard_reset, n_steps, batch, strength)


@pytest.mark.parametrize("way", ["all", "pieces", "compacted", "chunks"])
@pytest.mark.parametrize("strength", [1.2, 80.0])
def test_gradients_in_the_ways_of_a_gpu(way, strength):
    """Strong currents overflow the lists of "compacted"."""
    compare_gradients(False, 40, 3, strength, way=way)


@cache
def of_24_neurons(hard_reset, way):
    """A small network; what is compiled for one size of the currents is used again."""
    cell, synapses, rows, weights, _ = build(24, 300, seed=60, hard_reset=hard_reset)
    # Pieces of at most 5 blocks of 9 columns and 96 rows: three of 40 time steps, which are no
    # whole number of blocks, and these no whole number of pieces.
    sequence = RecurrentSequence(cell, synapses, rows, way=way, piece_bytes=4 * 96 * 9 * 5)
    return cell, synapses, rows, weights, sequence


def compare_gradients(hard_reset, n_steps, batch, strength, way=None):
    n, rng = 24, np.random.default_rng(n_steps)
    cell, synapses, rows, weights, sequence = of_24_neurons(hard_reset, way)
    currents = tf.constant(draw_currents(rng, n_steps, rows, batch, strength))
    directions = rng.normal(size=(2, batch, n_steps, n)).astype(np.float32)

    def ours(weights, currents):
        spikes, v, _ = sequence(weights, currents, cell.initial_state(batch))
        return tf.transpose(spikes, (2, 0, 1)), tf.transpose(v, (2, 0, 1))

    def plain(weights, currents):
        by_row = tf.transpose(currents, (2, 0, 1))
        dense = tf.scatter_nd(rows[:, None], by_row, (4 * n, n_steps, batch))
        dense = tf.transpose(dense, (2, 1, 0))
        return reference.run(cell.parameters, synapses, weights, dense, cell.options)

    spikes, mine = gradients(ours, weights, currents, *directions)
    true_spikes, truth = gradients(plain, weights, currents, *directions)
    np.testing.assert_array_equal(spikes, true_spikes)
    for a, b in zip(mine, truth, strict=True):
        b = tf.convert_to_tensor(b).numpy()
        np.testing.assert_allclose(a.numpy(), b, atol=1e-5 * np.abs(b).max() + 1e-12)


def test_no_synapses_duplicate_synapses_and_lonely_neurons():
    n, rng = 6, np.random.default_rng(5)
    parameters = random_parameters(n, rng)
    twice = synapse_table(
        np.array([0, 0, 1]), np.array([2, 2, 0]), np.array([1, 1, 3]),
        np.array([300.0, 300.0, -50.0]), np.array([2.0, 2.0, 1.0]), n, n,
    )  # fmt: skip
    none = synapse_table(*(np.zeros(0, int) for _ in range(3)), *(np.zeros(0),) * 2, n, n)
    currents = rng.gamma(1.0, 2.0, (80, 1, 4 * n)).astype(np.float32)
    for synapses in (twice, none):
        cell = Glif3Cell(parameters)
        weights = tf.constant(
            synapses.weight / parameters.voltage_scale[synapses.target], "float32"
        )
        run = RecurrentSequence(cell, synapses, np.arange(4 * n))
        spikes, v, _ = run(weights, currents, cell.initial_state(1))
        truth, mv = simulate_glif3(parameters, synapses, currents[:, 0].reshape(80, n, 4))
        np.testing.assert_array_equal(spikes.numpy()[:, :, 0] > 0, truth)
        assert truth.any()


@pytest.mark.parametrize("dynamics", [None, "nest"])
def test_a_sequence_in_two_parts_equals_the_whole(dynamics):
    cell, synapses, rows, weights, rng = build(30, 400, dynamics=dynamics)
    currents = tf.constant(draw_currents(rng, 90, rows, 2))
    run = RecurrentSequence(cell, synapses, rows)
    start = cell.initial_state(2)

    def loss(spikes, v):
        return tf.reduce_sum(spikes * 0.3) + tf.reduce_sum(v[40:] ** 2)

    with tf.GradientTape(persistent=True) as tape:
        tape.watch([weights, currents, *start])
        spikes, v, _ = run(weights, currents, start)
        whole = loss(spikes, v)
        first = run(weights, currents[:37], start)
        second = run(weights, currents[37:], first[2])
        parts = loss(tf.concat([first[0], second[0]], 0), tf.concat([first[1], second[1]], 0))
    np.testing.assert_array_equal(spikes, tf.concat([first[0], second[0]], 0))
    watched = [weights, currents, start.v, start.asc, start.psc_rise, start.psc, start.z_buffer]
    for a, b in zip(tape.gradient(parts, watched), tape.gradient(whole, watched), strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5 * np.abs(b).max())


def test_initial_state_gradient_equals_a_small_change_of_a_potential_that_causes_no_spike():
    cell, synapses, rows, weights, rng = build(10, 50)
    currents = np.zeros((5, 1, len(rows)), np.float32)
    run = RecurrentSequence(cell, synapses, rows)
    direction = rng.normal(size=(5, 10, 1)).astype(np.float32)

    def loss(v0):
        state = cell.initial_state(1)
        _, v, _ = run(weights, currents, State(v0, *state[1:]))
        return tf.reduce_sum(v * direction)

    v0 = cell.initial_state(1).v - 3.0  # so far below threshold that the surrogate is 0
    with tf.GradientTape() as tape:
        tape.watch(v0)
        value = loss(v0)
    nudge = tf.one_hot([3], 10, axis=0) * 0.5
    expected = (loss(v0 + nudge) - value) / 0.5
    np.testing.assert_allclose(tape.gradient(value, v0)[3, 0], expected, rtol=1e-3)
