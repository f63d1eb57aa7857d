"""Runs that keep less: in segments of time, and with weights read in half precision."""

import numpy as np
import pytest
import tensorflow as tf
from oracles import random_network, random_parameters, random_synapses

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell
from keras_v1_activity.v1.engine.sequence import RecurrentSequence
from keras_v1_activity.v1.engine.ways import PIECE_BYTES
from keras_v1_activity.v1.layers.input_layer import input_rows
from keras_v1_activity.v1.layers.rsnn import RSNN

N, STEPS, BATCH = 30, 40, 2


def differentiate(weights=None, way=None, piece_bytes=PIECE_BYTES, **options):
    """(spikes, potentials, gradients of weights, currents and initial state) as numpy arrays."""
    rng = np.random.default_rng(0)
    parameters = random_parameters(N, rng)
    synapses = random_synapses(500, N, N, rng)
    cell = Glif3Cell(parameters, options=CellOptions(**options))
    run = RecurrentSequence(cell, synapses, np.arange(4 * N), way=way, piece_bytes=piece_bytes)
    if weights is None:
        weights = synapses.weight / parameters.voltage_scale[synapses.target]
    weights = tf.constant(weights, tf.float32)
    currents = rng.gamma(1.0, 0.6, (STEPS, 4 * N, BATCH)).transpose(0, 2, 1)
    currents = tf.constant(currents, tf.float32)
    toward = tf.constant(rng.normal(size=(2, STEPS, N, BATCH)), tf.float32)
    start = cell.initial_state(BATCH)
    watched = [weights, currents, start.v, start.asc, start.psc_rise, start.psc, start.z_buffer]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        spikes, v, final = run(weights, currents, start)
        loss = tf.reduce_sum(spikes * toward[0] + v * toward[1]) + tf.reduce_sum(final.psc)
    gradients = [x.numpy() for x in tape.gradient(loss, watched)]
    return spikes.numpy(), v.numpy(), gradients


@pytest.fixture(scope="module")
def whole():
    return differentiate()


def test_segments_change_no_number(whole):
    spikes, v, gradients = differentiate(segment_ms=8)
    assert 50 < spikes.sum() < 0.2 * spikes.size
    np.testing.assert_array_equal(spikes, whole[0])
    np.testing.assert_array_equal(v, whole[1])
    for a, b in zip(gradients, whole[2], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6 * np.abs(b).max())


def test_pieces_of_time_change_no_gradient_not_even_that_of_the_state_before(whole):
    """Three pieces of five blocks; the last of 15 blocks lies before the first time step."""
    spikes, _, gradients = differentiate(way="pieces", piece_bytes=4 * 4 * N * 6 * 5)
    np.testing.assert_array_equal(spikes, whole[0])
    for a, b in zip(gradients, whole[2], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5 * np.abs(b).max())


def test_a_sequence_that_is_no_whole_number_of_segments_is_refused():
    network = random_network(N)
    layer = RSNN(network, segment_ms=15)
    sentence = r"segment_ms must divide the sequence of 40 time steps of 1.0 ms, e.g. 10; got 15\."
    with pytest.raises(ValueError, match=sentence):
        layer.build((None, STEPS, len(input_rows(network))))


@pytest.mark.parametrize(
    "way, dtype", [("events", "float16"), ("all", "bfloat16"), ("compacted", "float16")]
)
def test_half_precision_rounds_the_weights_that_are_read_and_nothing_else(way, dtype):
    """Forward, it is a run in float32 with weights that were rounded before."""
    rng = np.random.default_rng(0)
    parameters = random_parameters(N, rng)
    synapses = random_synapses(500, N, N, rng)
    weights = tf.constant(synapses.weight / parameters.voltage_scale[synapses.target], tf.float32)
    rounded = tf.cast(tf.cast(weights, dtype), tf.float32).numpy()
    assert not np.array_equal(rounded, weights)
    spikes, _, gradients = differentiate(way=way, sums_dtype=dtype)
    true_spikes, _, truth = differentiate(weights=rounded, way=way)
    np.testing.assert_array_equal(spikes, true_spikes)
    precision = {"float16": 1e-3, "bfloat16": 8e-3}[dtype]
    for a, b in zip(gradients, truth, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=10 * precision * np.abs(b).max())
