"""What all tasks share: the value they return, and endless trials made batch by batch."""

from dataclasses import dataclass

import tensorflow as tf

from keras_v1_activity.v1.stimuli.lgn import LgnInput
from keras_v1_activity.v1.stimuli.timing import Timing

_TEST_STREAM = 1 << 20


@dataclass(frozen=True, eq=False)
class TaskTrials:
    """The trials of one task.

    A batch is (x, y, sample_weight): x float32 (batch, time, n_input); y int32 (batch, chunks),
    the class in every chunk; sample_weight float32 (batch, chunks), 1 in the scored chunk.

    Attributes:
        name: of the task.
        train: endless.
        test: held-out trials, the same at each pass.
        n_test: how many there are.
        classes: names of the classes, in the order of their labels.
        trial: its `Timing`.
    """

    name: str
    train: tf.data.Dataset
    test: tf.data.Dataset
    n_test: int
    classes: tuple
    trial: Timing

    @property
    def n_output(self):
        """Number of classes."""
        return len(self.classes)


def generated_trials(
    name, draw_trials, network, *, classes, trial, batch_size, current_input, n_test, seed,
    first_batch,
):  # fmt: skip
    """Trials that are drawn anew for every batch; at most two batches exist at a time.

    Batch k of training is the same in every run with the same seed.

    Args:
        name: of the task.
        draw_trials: function (n trials, seeds, held_out) -> (labels, parts); `seeds` is a function
            that gives another seed at each call, `parts` what `LgnInput` takes.
        network: see `make_task`.
        classes: names of the classes.
        trial, batch_size, current_input, n_test, seed, first_batch: see `make_task`.

    Returns:
        `TaskTrials`.
    """
    if batch_size < 1 or n_test < 1:
        raise ValueError(
            f"batch_size and n_test must be at least 1; got {batch_size} and {n_test}."
        )
    to_input = LgnInput(network, current_input)
    n_batches = -(-n_test // batch_size)

    def make_batch(held_out):
        stream = seed + (_TEST_STREAM if held_out else 0)

        def make(k):
            # Neighbouring batches must not share seeds, as k and k + 1 would.
            draw = tf.random.stateless_uniform(
                (), seed=tf.stack([tf.constant(stream, tf.int64), k]), minval=None, maxval=None,
                dtype=tf.int64,
            )  # fmt: skip
            labels, parts = draw_trials(batch_size, _seeds(draw), held_out)
            return to_input(parts, draw), *trial.targets(labels)

        return make

    test = tf.data.Dataset.range(n_batches).map(make_batch(True)).prefetch(1)
    train = tf.data.Dataset.counter(first_batch).map(make_batch(False)).prefetch(1)
    return TaskTrials(name, train, test, n_batches * batch_size, tuple(classes), trial)


def _seeds(draw):
    """Function that gives another seed at each call; apart from those of the spikes."""
    count = iter(range(1, 1 << 30))
    return lambda: tf.stack([draw, tf.cast(next(count), tf.int64)])


def coin(n, seed):
    """(n,) int32, 0 or 1 with equal probability."""
    return tf.random.stateless_uniform((n,), seed, 0, 2, tf.int32)


def uniform(n, seed, low, high):
    """(n,) float32, uniform from `low` to `high`."""
    return tf.random.stateless_uniform((n,), seed, low, high)
