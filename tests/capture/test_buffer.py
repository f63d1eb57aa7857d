"""The buffer keeps the last look of whatever shape, and what was not written is nothing."""

import numpy as np
import pytest
import tensorflow as tf

from keras_v1_activity.capture.buffer import Buffer
from keras_v1_activity.capture.live_variables import LiveVariables


@pytest.mark.parametrize("jit_compile", [False, True])
def test_looks_of_changing_shapes_are_kept_one_at_a_time(jit_compile):
    buffer = Buffer()

    @tf.function(jit_compile=jit_compile, autograph=False)
    def step(x, number):
        buffer.write({"x": x, "twice": 2 * x}, number)

    assert buffer.read() is None
    for number, shape in enumerate([(3,), (2, 2), (3,)], start=1):
        x = np.full(shape, number, np.float32)
        step(tf.constant(x), tf.constant(number, tf.int64))
        arrays, read_number = buffer.read()
        np.testing.assert_array_equal(arrays["x"], x)
        np.testing.assert_array_equal(arrays["twice"], 2 * x)
        assert read_number == number
    buffer.clear()
    assert buffer.read() is None


def steps_written(*, counts_steps, first, n_steps, every=1, due=True):
    """The step that is read after so many calls of a compiled step, or None."""
    variables = LiveVariables()
    variables.counts_steps = counts_steps

    @tf.function(autograph=False)
    def step(x):
        if counts_steps:
            variables.count_step()
        variables.write_if_due(variables.layer, lambda x: {"x": x}, (x,))

    variables.arm(first, due=due, every=every)
    for _ in range(n_steps):
        step(tf.zeros(2))
    read = variables.read()
    return read and read[1]


@pytest.mark.parametrize(
    ("how", "written"),
    [
        ({"counts_steps": False, "first": 7, "n_steps": 1}, 7),
        ({"counts_steps": False, "first": 7, "n_steps": 1, "due": False}, None),
        ({"counts_steps": True, "first": 7, "n_steps": 4, "every": 4}, 8),
        ({"counts_steps": True, "first": 7, "n_steps": 6, "every": 4}, 12),
        ({"counts_steps": True, "first": 9, "n_steps": 3, "every": 4}, None),
    ],
)
def test_the_last_wanted_step_is_written(how, written):
    assert steps_written(**how) == written


def test_labels_of_another_step_are_not_taken_for_those_of_this_one():
    variables = LiveVariables()
    variables.arm(3, due=True)
    variables.loss.write({"targets": tf.constant([1.0])}, tf.constant(2, tf.int64))
    variables.layer.write({"n": tf.constant([5])}, tf.constant(3, tf.int64))
    arrays, step = variables.read()
    assert set(arrays) == {"n"} and step == 3
