"""Which steps are stored under which number, however a loop counts them."""

import numpy as np
import pytest
import tensorflow as tf
from batches import N, T
from taps import logger_in

from keras_v1_activity import load_activity

RNG = np.random.default_rng(4)


def spikes_of(n, n_neurons=N, t=T):
    return [tf.constant((RNG.random((2, t, n_neurons)) < 0.2).astype(np.float32)) for _ in range(n)]


def assert_stored(folder, expected):
    """`expected`: dict of step -> spikes (batch, time, neuron)."""
    with load_activity(folder) as run:
        assert run.steps.tolist() == sorted(expected)
        for step, z in expected.items():
            np.testing.assert_array_equal(run[step].spikes(), z[0].numpy() > 0)


def test_steps_are_counted_and_each_nth_is_stored(tmp_path):
    spikes = (RNG.random((7, 3, T, N)) < 0.1).astype(np.float32)
    logger = logger_in(tmp_path, 3, figures=(), start_step=2)
    step = tf.function(lambda z: logger.tap(spikes=z))
    stored = []
    for z in spikes:
        step(tf.constant(z))
        stored.append(logger.step_done())
    logger.save_summary()
    assert stored == [True, False, False, True, False, False, True] and logger.step == 9
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3, 6, 9]
        for number in run.steps:
            np.testing.assert_array_equal(run[number].spikes(), spikes[number - 3][0] > 0)


def test_batches_of_other_sizes_and_lengths(tmp_path):
    logger = logger_in(tmp_path, figures=(), sample_index=2)
    step = tf.function(lambda z: logger.tap(spikes=z), reduce_retracing=True)
    shapes = [(3, T), (5, T), (2, T), (4, T + 9), (3, T)]
    spikes = [(RNG.random((*shape, N)) < 0.1).astype(np.float32) for shape in shapes]
    for z in spikes:
        step(tf.constant(z))
        assert logger.step_done()
    logger.save_summary()
    with load_activity(tmp_path) as run:
        for number, z in enumerate(spikes, 1):
            np.testing.assert_array_equal(run[number].spikes(), z[min(2, len(z) - 1)] > 0)


def test_of_several_taps_in_a_step_the_last_counts(tmp_path):
    """As when the gradients of parts of a batch are summed."""
    parts = (RNG.random((4, 2, T, N)) < 0.1).astype(np.float32)
    logger = logger_in(tmp_path, figures=())

    @tf.function
    def accumulate(parts):
        for part in parts:
            logger.tap(spikes=part)

    accumulate(tf.constant(parts))
    assert logger.step_done()
    logger.save_summary()
    np.testing.assert_array_equal(load_activity(tmp_path)[1].spikes(), parts[3][0] > 0)


def test_a_loop_in_the_graph_counts_its_own_steps(tmp_path):
    spikes = (RNG.random((8, 2, T, N)) < 0.1).astype(np.float32)
    logger = logger_in(tmp_path, 3, figures=())

    @tf.function
    def four_steps(batches, first):
        for i in tf.range(4):
            logger.tap(spikes=batches[i], step=first + i)

    stored = []
    for first in (0, 4):
        four_steps(tf.constant(spikes[first : first + 4]), tf.constant(first + 1))
        stored.append(logger.step_done(4))
    logger.save_summary()
    assert stored == [True, True] and logger.step == 8
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3, 6]
        for number in run.steps:
            np.testing.assert_array_equal(run[number].spikes(), spikes[number - 1][0] > 0)


def test_log_step_and_taps_may_take_turns(tmp_path):
    logger = logger_in(tmp_path, 3, figures=())
    step = tf.function(lambda z: logger.tap(spikes=z))
    spikes = spikes_of(6)
    for number, z in enumerate(spikes, 1):
        if 3 <= number <= 5:
            logger.log_step(spikes=z)
        else:
            step(z)
            assert logger.step_done() == (number == 6)
    logger.save_summary()
    assert_stored(tmp_path, {3: spikes[2], 6: spikes[5]})


def test_functions_for_networks_of_two_sizes(tmp_path):
    logger = logger_in(tmp_path, figures=())
    step = tf.function(lambda z: logger.tap(spikes=z))
    spikes = [spikes_of(1, n, t=4)[0] for n in (5, 6, 5)]
    for z in spikes:
        step(z)
        assert logger.step_done()
    logger.save_summary()
    assert_stored(tmp_path, dict(enumerate(spikes, 1)))


@pytest.mark.parametrize("first", [1003, 0])
def test_the_graph_may_count_from_any_step(tmp_path, first):
    """As with a restored optimizer, or one whose count is given as it is."""
    logger = logger_in(tmp_path, 5, figures=())
    number = tf.Variable(first, dtype=tf.int64)

    @tf.function
    def step(z):
        logger.tap(spikes=z, step=number)
        number.assign_add(1)

    spikes = spikes_of(12)
    for z in spikes:
        step(z)
        logger.step_done()
    logger.save_summary()
    numbers = [n for n in range(first, first + 12) if n % 5 == 0]
    assert_stored(tmp_path, {n: spikes[n - first] for n in numbers})


def test_calls_that_run_different_numbers_of_steps(tmp_path):
    logger = logger_in(tmp_path, figures=())
    step = tf.function(lambda z: logger.tap(spikes=z))
    spikes = spikes_of(3)
    for z, n_steps in zip(spikes, (4, 4, 2), strict=True):
        step(z)
        assert logger.step_done(n_steps)
    logger.save_summary()
    assert_stored(tmp_path, {4: spikes[0], 8: spikes[1], 10: spikes[2]})


def test_a_step_whose_scalars_are_refused_leaves_the_next_one_right(tmp_path):
    logger = logger_in(tmp_path, figures=())
    step = tf.function(lambda z: logger.tap(spikes=z))
    spikes = spikes_of(3)
    for number, z in enumerate(spikes, 1):
        step(z)
        if number == 2:
            with pytest.raises(ValueError, match="loss"):
                logger.step_done(scalars={"loss": "low"})
        else:
            assert logger.step_done(scalars={"loss": 1.0})
    logger.save_summary()
    assert_stored(tmp_path, {1: spikes[0], 3: spikes[2]})


def test_a_step_that_was_not_tapped_is_said_once(tmp_path, caplog):
    logger = logger_in(tmp_path, 2)
    assert [logger.step_done() for _ in range(6)] == [False] * 6
    said = [record.message for record in caplog.records]
    assert len(said) == 1 and "step 2 was to be logged, but nothing was tapped in it" in said[0]
