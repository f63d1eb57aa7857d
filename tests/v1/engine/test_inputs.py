"""The layer `input_layer` against a dense matrix: currents, and gradients of weights and input."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from oracles import random_network, synapse_table
from tangents import assert_same

from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.layers.input_events import InputEvents
from keras_v1_activity.v1.layers.input_layer import InputCurrents
from keras_v1_activity.v1.layers.input_product import InputProduct
from keras_v1_activity.v1.layers.rsnn import RSNN

N, N_INPUT, BATCH, STEPS = 40, 30, 3, 50  # one and a half pieces of 100 moments
UNUSED = 4  # a channel without synapses


@pytest.fixture(scope="module")
def network():
    """Channels with many, few and no synapses, and some synapses twice."""
    drawn = random_network(N, n_input=N_INPUT, n_synapses=600, seed=21)
    table = drawn.inputs
    kept = np.flatnonzero((table.source != UNUSED) & ((table.source > 1) | (table.target == 0)))
    kept = np.concatenate([kept, kept[::5]])
    columns = (table.source, table.target, table.receptor.astype(int), table.weight, table.delay)
    return replace(drawn, inputs=synapse_table(*(c[kept] for c in columns), N_INPUT, N))


def draw(kind):
    rng = np.random.default_rng(2)
    spikes = (rng.random((BATCH, STEPS, N_INPUT)) < 0.1).astype(np.float32)
    return {
        "spikes": spikes,
        "silence": np.zeros_like(spikes),
        "all at once": np.ones_like(spikes),
        "real-valued": rng.normal(0.3, 1.0, spikes.shape).astype(np.float32),
    }[kind]


def dense_matrix(network, weights, rows):
    """(channels, rows), summed synapse by synapse."""
    matrix = np.zeros((network.n_input, 4 * network.n_neurons))
    np.add.at(matrix, (network.inputs.source, network.inputs.row), weights)
    return matrix[:, rows]


@pytest.fixture(scope="module")
def layer(network):
    layer = InputCurrents(network, noise=False, train_background=True, seed=1)
    layer.build((None, None, N_INPUT))
    return layer


@pytest.fixture(scope="module", params=["eager", "graph", "xla"])
def differentiate(layer, request):
    """(layer, function from x and upstream to currents and gradients), run in one way."""

    def step(x, upstream):
        with tf.GradientTape() as tape:
            tape.watch(x)
            currents = layer(x)
            loss = tf.reduce_sum(currents * upstream)
        return currents, tape.gradient(loss, [layer.sparse_input_weights.value, x])

    if request.param == "eager":
        return layer, step
    return layer, tf.function(step, jit_compile=request.param == "xla")


@pytest.mark.parametrize("kind", ["spikes", "silence", "all at once", "real-valued"])
def test_currents_and_gradients_are_those_of_a_dense_matrix(network, differentiate, kind):
    (layer, run), x = differentiate, tf.constant(draw(kind))
    upstream = np.random.default_rng(3).normal(size=(BATCH, STEPS, len(layer.rows)))
    upstream = tf.constant(upstream, tf.float32)
    currents, (grad_weights, grad_x) = run(x, upstream)

    weights = layer.sparse_input_weights
    matrix = dense_matrix(network, weights.numpy(), layer.rows)
    assert_same(currents.numpy(), x.numpy().astype(float) @ matrix)
    assert_same(grad_x.numpy(), upstream.numpy().astype(float) @ matrix.T)
    per_entry = np.einsum("btc,btr->cr", x.numpy().astype(float), upstream.numpy())
    column = np.searchsorted(layer.rows, network.inputs.row)
    assert_same(grad_weights.numpy(), per_entry[network.inputs.source, column])


@pytest.mark.parametrize("whole", [True, "spikes"])
def test_all_moments_at_once_as_on_a_gpu(network, whole):
    """The same dense matrix, by the forms of the product that take the whole batch together."""
    rows = np.unique(network.inputs.row)
    product = InputProduct.of(network.inputs, rows, whole=whole)
    x = tf.constant(draw("real-valued").reshape(-1, N_INPUT))
    weights = tf.constant(network.inputs.weight, tf.float32)
    upstream = np.random.default_rng(3).normal(size=(len(x), len(rows))).astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch([weights, x])
        currents = product(weights, x)
        loss = tf.reduce_sum(currents * upstream)
    grad_weights, grad_x = tape.gradient(loss, [weights, x])
    matrix = dense_matrix(network, weights.numpy(), rows)
    assert_same(currents.numpy(), x.numpy().astype(float) @ matrix)
    assert_same(grad_x.numpy(), upstream.astype(float) @ matrix.T)
    per_entry = x.numpy().astype(float).T @ upstream
    column = np.searchsorted(rows, network.inputs.row)
    assert_same(grad_weights.numpy(), per_entry[network.inputs.source, column])


@pytest.mark.parametrize("kind", ["spikes", "silence", "all at once"])
def test_a_long_batch_in_pieces_that_follow_its_spikes(network, pieces, kind):
    """150 moments in three pieces of 50, of at most 60."""
    (run, rows), x = pieces, draw(kind).reshape(-1, N_INPUT)
    weights = network.inputs.weight
    upstream = np.random.default_rng(3).normal(size=(len(x), len(rows))).astype(np.float32)
    currents, gradient = run(*map(tf.constant, (weights.astype("f4"), x, upstream)))
    assert_same(currents.numpy(), x.astype(float) @ dense_matrix(network, weights, rows))
    per_entry = x.astype(float).T @ upstream
    column = np.searchsorted(rows, network.inputs.row)
    assert_same(gradient.numpy(), per_entry[network.inputs.source, column])


@pytest.fixture(scope="module")
def pieces(network):
    """Function of weights, input and upstream gradient; and the rows of the product."""
    rows, table = np.unique(network.inputs.row), network.inputs
    places = np.searchsorted(rows, table.row)
    form = InputEvents(places, table.source, len(rows), N_INPUT, most_places=60 * N_INPUT)

    def run(weights, x, upstream):
        return form.product(weights, x), form.weight_gradient(upstream, x)

    return tf.function(run, jit_compile=True), rows


def test_gradients_reach_the_weights_of_the_background(network, layer, monkeypatch):
    """The noise of the call is read off its currents, and handed to the plain formulation."""
    monkeypatch.setattr(layer, "noise", True)
    rsnn, p = RSNN(network), network.parameters
    silence = np.zeros((BATCH, STEPS, N_INPUT), np.float32)
    toward = np.random.default_rng(4).normal(size=(BATCH, STEPS, N)).astype(np.float32)
    with tf.GradientTape() as tape:
        currents = layer(silence)
        spikes, mv = rsnn(currents)
        loss = tf.reduce_sum(spikes * toward + mv)
    weights = layer.rest_of_brain_weights
    ours = tf.convert_to_tensor(tape.gradient(loss, weights.value)).numpy()

    reached = np.flatnonzero(network.background_weights)
    strength = currents.numpy()[:, :, layer.rows == reached[0]] / weights.numpy()[0]
    strength = np.rint(strength * 10).astype(np.float32) / 10  # the mean of ten 0/1 draws
    assert strength.std() > 0
    plain_weights = tf.constant(weights.numpy())
    with tf.GradientTape() as tape:
        tape.watch(plain_weights)
        per_row = tf.scatter_nd(reached[:, None], plain_weights, (4 * N,))
        true_spikes, v = reference.run(
            p, network.recurrent, rsnn.sparse_recurrent_weights.numpy(), strength * per_row
        )
        mv = v * p.voltage_scale.astype("f4") + p.E_L.astype("f4")
        loss = tf.reduce_sum(true_spikes * toward + mv)
    np.testing.assert_array_equal(spikes, true_spikes)
    assert true_spikes.numpy().any()
    assert_same(ours, tf.convert_to_tensor(tape.gradient(loss, plain_weights)).numpy())
