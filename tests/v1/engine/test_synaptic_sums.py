"""The order in which currents are summed, on which the last bit of a potential hangs."""

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.engine.ways import synaptic_sums

DEPTH, N, ROWS, SYNAPSES = 5, 20, 6, 2000


def added_one_by_one(weights, rows, order):
    total = np.zeros(ROWS, np.float32)
    for k in order:
        total[rows[k]] += weights[k]
    return total


def test_all_synapses_of_a_source_are_added_in_the_order_of_their_delays():
    """Every source has spiked in all of the last steps, so that doubles are active together."""
    rng = np.random.default_rng(0)
    source, rows = rng.integers(0, N, SYNAPSES), np.sort(rng.integers(0, ROWS, SYNAPSES))
    delay = rng.integers(1, DEPTH + 1, SYNAPSES)
    weights = rng.normal(size=SYNAPSES).astype(np.float32)
    sums = synaptic_sums((delay - 1) * N + source, rows, DEPTH * N, ROWS, way="events")
    currents = tf.function(sums.currents, jit_compile=True)(
        sums.arrange(tf.constant(weights)), tf.ones((DEPTH, N, 1))
    )
    expected = added_one_by_one(weights, rows, np.lexsort((delay, source, rows)))
    np.testing.assert_array_equal(currents[:, 0], expected)
    otherwise = added_one_by_one(weights, rows, np.lexsort((-delay, source, rows)))
    assert not np.array_equal(expected, otherwise), "the order makes no difference here"
