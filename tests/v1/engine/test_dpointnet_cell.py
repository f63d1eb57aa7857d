"""Gradients of dynamics="dpointnet" against plain TensorFlow; against bmtk: tests/integrations."""

import numpy as np
import pytest
import tensorflow as tf
from oracles import random_parameters, random_synapses
from tangents import assert_same

from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.cells import make_cell
from keras_v1_activity.v1.engine.sequence import RecurrentSequence

N, STEPS, BATCH = 24, 60, 2


@pytest.mark.parametrize("hard_reset", [False, True])
def test_spikes_and_gradients_are_those_of_the_plain_formulation(hard_reset):
    rng = np.random.default_rng(3)
    parameters = random_parameters(N, rng)
    synapses = random_synapses(300, N, N, rng)
    options = CellOptions(dynamics="dpointnet", hard_reset=hard_reset, dampening_factor=0.3)
    cell, rows = make_cell(parameters, options=options), np.arange(4 * N)
    weights = tf.constant(synapses.weight / parameters.voltage_scale[synapses.target], tf.float32)
    currents = rng.gamma(1.0, 1.2, (STEPS, 4 * N, BATCH)).transpose(0, 2, 1)
    currents = tf.constant(currents, tf.float32)
    toward = rng.normal(size=(2, BATCH, STEPS, N)).astype(np.float32)
    run = RecurrentSequence(cell, synapses, rows)

    def ours(weights, currents):
        spikes, v, _ = run(weights, currents, cell.initial_state(BATCH))
        return tf.transpose(spikes, (2, 0, 1)), tf.transpose(v, (2, 0, 1))

    def plain(weights, currents):
        by_sample = tf.transpose(currents, (1, 0, 2))
        return reference.run(parameters, synapses, weights, by_sample, options)

    found = []
    for form in (ours, plain):
        with tf.GradientTape() as tape:
            tape.watch([weights, currents])
            spikes, v = form(weights, currents)
            loss = tf.reduce_sum(spikes * toward[0]) + tf.reduce_sum(v * toward[1])
        found.append((spikes, *tape.gradient(loss, [weights, currents])))
    (spikes, *mine), (true_spikes, *truth) = found
    assert tf.reduce_sum(spikes) > 100
    np.testing.assert_array_equal(spikes, true_spikes)
    for a, b in zip(mine, truth, strict=True):
        assert_same(a.numpy(), tf.convert_to_tensor(b).numpy())


def test_the_potential_starts_at_rest_and_falls_by_the_height_of_the_threshold():
    """Whatever V_reset is."""
    parameters = random_parameters(N, np.random.default_rng(4))
    assert (parameters.V_reset != parameters.E_L).any()
    cell = make_cell(parameters, options=CellOptions(dynamics="dpointnet"))
    assert not cell.initial_state(1).v.numpy().any()
    v = tf.constant(1.25, shape=(N, 1))
    np.testing.assert_array_equal(cell.reset(v, tf.ones((N, 1))), 0.25)
