"""Handwritten digits shown to the LGN, as tf.data pipelines of whole trials.

A trial is grey, then the image, then grey.
"""

from dataclasses import dataclass

import tensorflow as tf

from keras_v1_activity.v1.stimuli.digit_images import SOURCES, TEST_FRACTION, load_images, split
from keras_v1_activity.v1.stimuli.lgn import LgnInput, grey, lgn_probability, merge_channels
from keras_v1_activity.v1.stimuli.lgn_grid import LGN_COLUMNS, LGN_ROWS, rate_to_probability
from keras_v1_activity.v1.stimuli.timing import Trial

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
        train: endless use is up to `fit`: one pass is one epoch, shuffled anew each time.
        test: held-out images, never in `train`, in a fixed order.
        n_train, n_test: number of images.
        trial: `Trial`.
    """

    train: tf.data.Dataset
    test: tf.data.Dataset
    n_train: int
    n_test: int
    trial: Trial


def digits(
    network=None,
    *,
    source="digits",
    batch_size=8,
    trial=None,
    current_input=False,
    test_fraction=TEST_FRACTION,
    max_test=None,
    seed=0,
    shuffle_seed=None,
    drop_remainder=False,
):
    """Handwritten digits as trials for the V1 model; needs no internet.

    Args:
        network: `V1Network`, whose merging of LGN units is followed; None for all 17,400.
        source: "digits", the 1,797 images that scikit-learn ships (Alpaydin & Kaynak 1998); or
            "mnist", where Keras has it in its cache already.
        batch_size: trials in a batch; the last may hold fewer.
        trial: `Trial`; the published 600 ms by default.
        current_input: False gives spikes, Bernoulli(p); True gives a current, 1.3 p.
        test_fraction: share of the images held out.
        max_test: at most so many held-out images; None for all.
        seed: of the split, the order and the spikes.
        shuffle_seed: of the order and the spikes of `train` alone; `seed` where None. A run that is
            resumed takes another, so as not to see its first trials again.
        drop_remainder: leave out the last batch of `train` where it is shorter than the others.

    Returns:
        `DigitTrials`.

    Raises:
        ValueError: an unknown source.
        FileNotFoundError: MNIST is not in the Keras cache.

    Example:
        >>> trials = digits(batch_size=4, trial=Trial(post_delay=50))   # doctest: +SKIP
        >>> x, y, weight = next(iter(trials.train))                     # doctest: +SKIP
    """
    images, labels = load_images(source)
    trial = trial or Trial()
    learned, held_out = split(len(images), test_fraction, seed)
    if max_test is not None:
        held_out = held_out[:max_test]
    show = _presentation(network, trial, current_input)
    shuffle_seed = seed if shuffle_seed is None else shuffle_seed

    def pipeline(chosen, shuffled, seed):
        data = tf.data.Dataset.from_tensor_slices((images[chosen], labels[chosen]))
        if shuffled:
            data = data.shuffle(len(chosen), seed=seed, reshuffle_each_iteration=True)
        draws = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=shuffled)
        data = tf.data.Dataset.zip(
            data.batch(batch_size, drop_remainder=shuffled and drop_remainder), draws
        )
        return data.map(show, num_parallel_calls=2).prefetch(1)

    n_whole = len(learned) // batch_size * batch_size if drop_remainder else len(learned)
    return DigitTrials(
        train=_with_length(pipeline(learned, True, shuffle_seed), n_whole, batch_size),
        test=_with_length(pipeline(held_out, False, seed + 1), len(held_out), batch_size),
        n_train=len(learned),
        n_test=len(held_out),
        trial=trial,
    )


def _with_length(dataset, n_images, batch_size):
    return dataset.apply(tf.data.experimental.assert_cardinality(-(-n_images // batch_size)))


def _presentation(network, trial, current_input):
    """Function from a batch of images and a seed to a batch of trials, for tf.data."""
    to_input = LgnInput(network, current_input)

    def show(batch, draw):
        images, labels = batch
        blank = grey(tf.shape(labels)[0])
        shown = {"grey": blank, "image": lgn_probability(images)}
        x = to_input([(shown[name], duration) for name, duration in trial.parts], draw)
        return x, *trial.targets(labels)

    return show
