"""Handwritten digits shown to the LGN, as tf.data pipelines of whole trials.

A trial is grey, then the image, then grey.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.digit_images import SOURCES, TEST_FRACTION, DigitImages
from keras_v1_activity.v1.stimuli.lgn import LgnInput, grey, lgn_probability, merge_channels
from keras_v1_activity.v1.stimuli.lgn_grid import LGN_COLUMNS, LGN_ROWS, rate_to_probability
from keras_v1_activity.v1.stimuli.trials import Trial

__all__ = [
    "LGN_COLUMNS",
    "LGN_ROWS",
    "SOURCES",
    "DigitTrials",
    "Trial",
    "digits",
    "lgn_probability",
    "merge_channels",
    "rate_to_probability",
]


@dataclass(frozen=True, eq=False)
class DigitTrials:
    """Two `tf.data.Dataset`s of trials and what they are made of.

    A batch is (x, y, sample_weight): x float32 (batch, time, n_input); y int32 (batch, chunks),
    the class in every chunk; sample_weight float32 (batch, chunks), 1 in the scored chunk.

    Attributes:
        train: one pass is one epoch, in another order each time; `train.repeat()` is endless.
        test: held-out images, never in `train`, in a fixed order.
        n_train, n_test: number of images.
        trial: `Trial`.

    Example:
        >>> trials = digits(batch_size=2, max_test=4)
        >>> type(trials).__name__, trials.n_test, len(trials.test)
        ('DigitTrials', 4, 2)
    """

    train: tf.data.Dataset[Any]
    test: tf.data.Dataset[Any]
    n_train: int
    n_test: int
    trial: Trial


def digits(
    network: V1Network | None = None,
    *,
    source: str = "digits",
    batch_size: int = 8,
    trial: Trial | None = None,
    current_input: bool = False,
    test_fraction: float = TEST_FRACTION,
    max_test: int | None = None,
    seed: int = 0,
    shuffle_seed: int | None = None,
    drop_remainder: bool = False,
) -> DigitTrials:
    """Handwritten digits as trials for the V1 model; needs no internet.

    The task ``10class`` of `make_task` gives the trials of this function, the training ones
    repeated without end and in whole batches only. Use `make_task` to exchange one task for
    another, and this function for epochs, MNIST or another share of held-out images.
    `HeldOutDigits` of v1/nest gives the held-out trials without TensorFlow.

    Args:
        network: `V1Network`, whose merging of LGN units is followed; None for all 17,400.
        source: "digits", the 1,797 images that scikit-learn ships (Alpaydin & Kaynak 1998); or
            "mnist", if Keras has it in its cache already.
        batch_size: trials in a batch; the last may hold fewer.
        trial: `Trial`; the published 600 ms by default.
        current_input: False gives spikes, Bernoulli(p); True gives a current, 1.3 p.
        test_fraction: share of the images held out.
        max_test: at most so many held-out images; None for all.
        seed: of the split, the order and the spikes.
        shuffle_seed: of the order and the spikes of `train` alone; None for `seed`. A resumed run
            takes another, so as not to see its first trials again.
        drop_remainder: leave out the last batch of `train` if it is shorter than the others.

    Returns:
        `DigitTrials`.

    Raises:
        ValueError: an unknown source.
        FileNotFoundError: MNIST is not in the Keras cache.

    Example:
        >>> trials = digits(batch_size=4, trial=Trial(post_delay=50))
        >>> x, y, weight = next(iter(trials.train))
        >>> x.shape.as_list(), y.shape.as_list(), weight.shape.as_list()
        ([4, 200, 17400], [4, 4], [4, 4])
    """
    known = DigitImages.load(source, test_fraction, seed)
    trial = trial or Trial()
    held_out = known.held_out if max_test is None else known.held_out[:max_test]
    show = _presentation(network, trial, current_input)
    shuffle_seed = seed if shuffle_seed is None else shuffle_seed

    def pipeline(chosen: NDArray[Any], shuffled: bool, seed: int) -> tf.data.Dataset[Any]:
        data = tf.data.Dataset.from_tensor_slices((known.images[chosen], known.labels[chosen]))
        if shuffled:
            data = data.shuffle(len(chosen), seed=seed, reshuffle_each_iteration=True)
        draws = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=shuffled)
        shortened = shuffled and drop_remainder
        data = tf.data.Dataset.zip(data.batch(batch_size, drop_remainder=shortened), draws)
        n_images = len(chosen) // batch_size * batch_size if shortened else len(chosen)
        shown = data.map(show, num_parallel_calls=2).prefetch(1)
        return shown.apply(tf.data.experimental.assert_cardinality(-(-n_images // batch_size)))

    return DigitTrials(
        train=pipeline(known.learned, True, shuffle_seed),
        test=pipeline(held_out, False, seed + 1),
        n_train=len(known.learned),
        n_test=len(held_out),
        trial=trial,
    )


def _presentation(
    network: V1Network | None, trial: Trial, current_input: bool
) -> Callable[..., tuple[tf.Tensor, tf.Tensor, tf.Tensor]]:
    """Function from a batch of images and a seed to a batch of trials, for tf.data."""
    to_input = LgnInput(network, current_input)

    # AutoGraph takes long to convert it, and has nothing to convert.
    @tf.autograph.experimental.do_not_convert
    def show(
        batch: tuple[tf.Tensor, tf.Tensor], draw: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        images, labels = batch
        pictures = {"grey": grey(tf.shape(labels)[0]), "image": lgn_probability(images)}
        return to_input(trial.schedule(pictures), draw), *trial.targets(labels)

    return show
