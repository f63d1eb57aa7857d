"""Spikes as bits, wherever they are packed, and back."""

import numpy as np
import pytest
import tensorflow as tf

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture import bits


def packed_in(spikes, where):
    """The bits as they leave a step compiled in one way or another."""
    static = tf.TensorSpec(spikes.shape, spikes.dtype)
    unknown = tf.TensorSpec((None, spikes.shape[1]), spikes.dtype)
    if where == "eager":
        return bits.pack(tf.constant(spikes)).numpy()
    step = tf.function(
        lambda x: tf.cond(tf.size(x) > 0, lambda: bits.pack(x), lambda: tf.zeros(0, tf.uint8)),
        input_signature=[unknown if where == "unknown length" else static],
        jit_compile=where == "xla",
        autograph=False,
    )
    return step(spikes).numpy()


@pytest.mark.parametrize("where", ["eager", "graph", "xla", "unknown length"])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "float16", "bfloat16", "float32"])
def test_bits_are_those_of_packbits_wherever_they_are_packed(where, dtype):
    rng = np.random.default_rng(4)
    for shape in ((16, 10), (9, 7), (1, 3)):
        fired = rng.random(shape) < 0.3
        spikes = tf.cast(fired, dtype).numpy()
        np.testing.assert_array_equal(packed_in(spikes, where), np.packbits(fired))


@pytest.mark.parametrize("where", ["eager", "graph", "xla", "unknown length"])
def test_only_what_is_above_zero_is_a_spike(where):
    spikes = np.array([[np.nan, -1.0, 0.0, 0.1, 1.0, np.inf, -np.inf, 1e-30]], np.float32)
    assert packed_in(spikes, where).tolist() == [0b00011101]


@pytest.mark.parametrize("probability", [0.0, 0.01, 0.5, 1.0])
def test_events_of_bits_are_the_places_of_the_spikes(probability):
    for shape in ((50, 13), (8, 8), (0, 5), (1, 1)):
        fired = np.random.default_rng(5).random(shape) < probability
        a = Activity.from_bits(np.packbits(fired), *shape)
        steps, neurons = np.nonzero(fired)
        np.testing.assert_array_equal(a.spike_steps, steps)
        np.testing.assert_array_equal(a.spike_neurons, neurons)
        assert a.spike_steps.dtype == a.spike_neurons.dtype == np.int32
        assert a.spikes().shape == shape


def test_bits_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"3 time steps of 5 neurons.*\(3,\)"):
        Activity.from_bits(np.zeros(3, np.uint8), 3, 5)
