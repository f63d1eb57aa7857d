"""The input product by loops against a dense matrix: currents, gradients of weights and input."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from oracles import random_network

from keras_v1_activity.v1.kernels.input_product import LoopProduct

N, N_INPUT, MOMENTS = 40, 60, 150


def draw(kind):
    rng = np.random.default_rng(2)
    spikes = (rng.random((MOMENTS, N_INPUT)) < 0.04).astype(np.float32)
    # More in one moment than there is room for, few in all.
    burst = np.where(np.arange(MOMENTS)[:, None] == 7, 1.0, spikes * (rng.random() + 2.0))
    return {
        "spikes": spikes,
        "silence": np.zeros_like(spikes),
        "all at once": np.ones_like(spikes),
        "a burst": burst.astype(np.float32),
        "real-valued": rng.normal(0.3, 1.0, spikes.shape).astype(np.float32),
        "one moment": spikes[:1] + 1.0,
        "no moment": spikes[:0],
    }[kind]


@pytest.fixture(scope="module", params=["receptors", "models"])
def table(request):
    """(synapses, what a weight of each is worth in each current, (synapses, 4 N))."""
    drawn = random_network(N, n_input=N_INPUT, n_synapses=900, seed=21).inputs
    # A channel without synapses.
    kept = drawn.source != 4
    columns = ("source", "target", "receptor", "weight", "delay")
    drawn = replace(drawn, **{name: getattr(drawn, name)[kept] for name in columns})
    worth, each = np.zeros((len(drawn), 4 * N)), np.arange(len(drawn))
    if request.param == "receptors":
        worth[each, drawn.row] = 1.0
        return drawn, worth
    rng = np.random.default_rng(3)
    factors = rng.normal(size=(2, 4)).astype(np.float32)
    model = rng.integers(0, 2, len(drawn)).astype(np.int16)
    receptor = np.zeros(len(drawn), np.int8)
    for k in range(4):
        worth[each, 4 * drawn.target + k] = factors[model, k]
    return replace(drawn, receptor=receptor, model=model, factors=factors), worth


@pytest.mark.parametrize(
    "kind",
    ["spikes", "silence", "all at once", "a burst", "real-valued", "one moment", "no moment"],
)
def test_currents_and_gradients_equal_those_of_a_matrix(table, kind):
    synapses, worth = table
    x, rng = draw(kind), np.random.default_rng(4)
    rows = np.flatnonzero(worth.any(0) | (np.arange(4 * N) % 16 < 4))
    upstream = rng.normal(size=(len(x), len(rows))).astype(np.float32)
    product = LoopProduct(synapses, rows, threads=3)
    weights, moments = tf.constant(synapses.weight), tf.constant(x)

    @tf.function
    def differentiate():
        with tf.GradientTape() as tape:
            tape.watch([weights, moments])
            currents = product(weights, moments)
            asked = tf.reduce_sum(currents * upstream)
        return currents, *tape.gradient(asked, [weights, moments])

    found = [part.numpy() for part in differentiate()]
    by_synapse = upstream.astype(float) @ worth[:, rows].T
    matrix = np.zeros((N_INPUT, 4 * N))
    np.add.at(matrix, synapses.source, worth * synapses.weight[:, None].astype(float))
    truth = (
        x @ matrix[:, rows],
        (by_synapse * x[:, synapses.source]).sum(0),
        upstream @ matrix[:, rows].T,
    )
    for a, b in zip(found, truth, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, atol=1e-5 * np.abs(b).max(initial=1.0))
