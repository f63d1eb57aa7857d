"""What all tasks share: the value they return, and endless trials made batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import tensorflow as tf

from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.lgn import LgnInput
from keras_v1_activity.v1.stimuli.trials import Timing
from keras_v1_activity.v1.tasks.settings import TaskSettings

_TEST_STREAM = 1 << 20

Seeds: TypeAlias = Callable[[], Any]
"""A function that gives another seed, int64 (2,), at each call."""

DrawTrials: TypeAlias = Callable[[int, Seeds, bool], tuple[Any, Sequence[tuple[Any, int]]]]
"""A function (number of trials, seeds, whether held out) -> (labels, parts for `LgnInput`)."""


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

    Example:
        >>> from keras_v1_activity.v1.tasks import make_task
        >>> task = make_task("evidence", batch_size=4, n_test=6)
        >>> task.classes, task.n_output, task.n_test
        (('left', 'right'), 2, 8)
    """

    name: str
    train: tf.data.Dataset[Any]
    test: tf.data.Dataset[Any]
    n_test: int
    classes: tuple[str, ...]
    trial: Timing

    @property
    def n_output(self) -> int:
        """Number of classes."""
        return len(self.classes)


def generated_trials(
    name: str,
    draw_trials: DrawTrials,
    network: V1Network | None,
    trial: Timing,
    settings: TaskSettings,
    *,
    classes: Sequence[str],
) -> TaskTrials:
    """Trials that are drawn for every batch; at most two batches exist at a time.

    Batch k of training is the same in every run with the same seed.

    Args:
        name: of the task.
        draw_trials: function (n trials, seeds, held_out) -> (labels, parts); `seeds` is a function
            that gives another seed at each call, `parts` what `LgnInput` takes.
        network: see `make_task`.
        trial: its `Timing`.
        settings: `TaskSettings`.
        classes: names of the classes.

    Returns:
        `TaskTrials`.

    Example:
        >>> from keras_v1_activity.v1.stimuli.lgn import grey
        >>> from keras_v1_activity.v1.stimuli.trials import Trial
        >>> def draw(n, seeds, held_out):
        ...     pictures = {"grey": grey(n), "image": 2 * grey(n)}
        ...     return coin(n, seeds()), Trial().schedule(pictures)
        >>> task = generated_trials(
        ...     "brighter", draw, None, Trial(), TaskSettings(batch_size=2), classes=("no", "yes")
        ... )
        >>> x, y, weight = next(iter(task.train))
        >>> x.shape.as_list(), y.shape.as_list()
        ([2, 600, 17400], [2, 12])
    """
    batch_size, seed = settings.batch_size, settings.seed
    to_input = LgnInput(network, settings.current_input)

    def make_batch(held_out: bool) -> Callable[[tf.Tensor], tuple[Any, ...]]:
        stream = seed + (_TEST_STREAM if held_out else 0)

        # AutoGraph takes long to convert it, and has nothing to convert.
        @tf.autograph.experimental.do_not_convert
        def make(k: tf.Tensor) -> tuple[Any, ...]:
            # Neighbouring batches must not share seeds, as k and k + 1 would.
            draw = tf.random.stateless_uniform(
                (), seed=tf.stack([tf.constant(stream, tf.int64), k]), minval=None, maxval=None,
                dtype=tf.int64,
            )  # fmt: skip
            labels, parts = draw_trials(batch_size, _seeds(draw), held_out)
            return to_input(parts, draw), *trial.targets(labels)

        return make

    n_batches = settings.n_test_batches
    test = tf.data.Dataset.range(n_batches).map(make_batch(True)).prefetch(1)
    train = tf.data.Dataset.counter(settings.first_batch).map(make_batch(False)).prefetch(1)
    return TaskTrials(name, train, test, n_batches * batch_size, tuple(classes), trial)


def _seeds(draw: tf.Tensor) -> Seeds:
    """Function that gives another seed at each call; apart from those of the spikes."""
    count = iter(range(1, 1 << 30))
    return lambda: tf.stack([draw, tf.cast(next(count), tf.int64)])


def coin(n: int, seed: Any) -> tf.Tensor:
    """(n,) int32, 0 or 1 with equal probability.

    Args:
        n: how many.
        seed: two integers.

    Example:
        >>> set(coin(100, (1, 2)).numpy().tolist())
        {0, 1}
    """
    return tf.random.stateless_uniform((n,), seed, 0, 2, tf.int32)


def uniform(n: int, seed: Any, low: float, high: float) -> tf.Tensor:
    """(n,) float32, uniform from `low` to `high`.

    Args:
        n: how many.
        seed: two integers.
        low, high: bounds.

    Example:
        >>> drawn = uniform(100, (1, 2), 5.0, 6.0).numpy()
        >>> bool(5.0 <= drawn.min() < drawn.max() < 6.0)
        True
    """
    return tf.random.stateless_uniform((n,), seed, low, high)


def random_sign(n: int, seed: Any) -> tf.Tensor:
    """(n,) float32, -1 or 1 with equal probability.

    Args:
        n: how many.
        seed: two integers.

    Example:
        >>> set(random_sign(100, (1, 2)).numpy().tolist()) == {-1.0, 1.0}
        True
    """
    return sign_of(coin(n, seed))


def sign_of(labels: Any) -> tf.Tensor:
    """float32 of the shape of `labels`: -1 for class 0, 1 for class 1.

    Args:
        labels: 0 or 1.

    Example:
        >>> sign_of([0, 1]).numpy()
        array([-1.,  1.], dtype=float32)
    """
    return 2.0 * tf.cast(labels, tf.float32) - 1.0
