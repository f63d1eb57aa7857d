"""Stimuli: handwritten digits shown to the LGN, as tf.data pipelines of whole trials.

A trial is grey, then the image, then grey. The LGN is the 100 x 174 grid of pixels (Chen et al.
2022, without the LGN filter model): each unit fires with a probability per ms that follows the
intensity of its pixel, standardised over the image.
"""

import os
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

LGN_ROWS, LGN_COLUMNS = 100, 174
# Mean and standard deviation of an LGN unit's firing probability per ms (Chen et al. 2022).
MEAN_PROBABILITY = 0.02
SD_PROBABILITY = 0.02082
CURRENT_PER_PROBABILITY = 1.3
SOURCES = ("digits", "mnist")


@dataclass(frozen=True)
class Trial:
    """Timing of one trial, ms: grey, image, grey.

    Args:
        pre_delay: grey before the image.
        im_slice: how long the image is shown.
        post_delay: grey after it.
        chunk_ms: the readout is scored over one chunk of this length, the first after the image.

    Raises:
        ValueError: a duration below 0, or parts that are not whole chunks.

    Example:
        >>> Trial().seq_len, Trial().response_chunk
        (600, 3)
    """

    pre_delay: int = 50
    im_slice: int = 100
    post_delay: int = 450
    chunk_ms: int = 50

    def __post_init__(self):
        for name in ("pre_delay", "im_slice", "post_delay"):
            value = getattr(self, name)
            if value < 0 or value % self.chunk_ms:
                raise ValueError(
                    f"{name} must be a whole number of chunks of {self.chunk_ms} ms; got {value}."
                )
        if self.seq_len == 0:
            raise ValueError("a trial must last at least one chunk; got 0 ms in all.")

    @property
    def seq_len(self):
        """Length of the trial, ms (and time steps of 1 ms)."""
        return self.pre_delay + self.im_slice + self.post_delay

    @property
    def n_chunks(self):
        """Number of chunks."""
        return self.seq_len // self.chunk_ms

    @property
    def response_chunk(self):
        """Index of the chunk that is scored: the first after the image, or the last there is."""
        after_image = (self.pre_delay + self.im_slice) // self.chunk_ms
        return min(after_image, self.n_chunks - 1)


def rate_to_probability(rate_hz):
    """Probability of at least one spike in 1 ms at a firing rate in Hz: 1 - exp(-rate / 1000)."""
    return 1.0 - np.exp(-np.asarray(rate_hz, np.float64) / 1000.0)


def lgn_probability(images):
    """Firing probability per ms of each LGN unit for each image.

    Args:
        images: (batch, height, width) intensities on any scale.

    Returns:
        (batch, 17,400) float32 tensor: the image resized to 100 x 174, standardised to the mean
        and standard deviation of the LGN, clipped to 0..1; a blank image gives the mean.
    """
    resized = tf.image.resize(tf.cast(images, tf.float32)[..., None], (LGN_ROWS, LGN_COLUMNS))
    flat = tf.reshape(resized, (-1, LGN_ROWS * LGN_COLUMNS))
    mean, variance = tf.nn.moments(flat, axes=[1], keepdims=True)
    standardised = tf.math.divide_no_nan(flat - mean, tf.sqrt(variance))
    return tf.clip_by_value(MEAN_PROBABILITY + SD_PROBABILITY * standardised, 0.0, 1.0)


def merge_channels(probability, input_channel_of):
    """Mean over the LGN units that were merged into each input channel.

    Args:
        probability: (batch, lgn unit).
        input_channel_of: (lgn unit,) channel of each unit, as `V1Network` holds it.
    """
    n_input = int(input_channel_of.max()) + 1
    sums = tf.math.unsorted_segment_mean(tf.transpose(probability), input_channel_of, n_input)
    return tf.transpose(sums)


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
    test_fraction=0.2,
    max_test=None,
    seed=0,
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

    Returns:
        `DigitTrials`.

    Raises:
        ValueError: an unknown source.
        FileNotFoundError: MNIST is not in the Keras cache.

    Example:
        >>> trials = digits(batch_size=4, trial=Trial(post_delay=50))   # doctest: +SKIP
        >>> x, y, weight = next(iter(trials.train))                     # doctest: +SKIP
    """
    images, labels = _load_images(source)
    trial = trial or Trial()
    order = np.random.default_rng(seed).permutation(len(images))
    n_test = max(1, int(round(test_fraction * len(images))))
    held_out, learned = order[:n_test], order[n_test:]
    if max_test is not None:
        held_out = held_out[:max_test]
    show = _Presentation(network, trial, current_input)

    def pipeline(chosen, shuffled, seed):
        data = tf.data.Dataset.from_tensor_slices((images[chosen], labels[chosen]))
        if shuffled:
            data = data.shuffle(len(chosen), seed=seed, reshuffle_each_iteration=True)
        draws = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=shuffled)
        data = tf.data.Dataset.zip(data.batch(batch_size), draws)
        return data.map(show, num_parallel_calls=2).prefetch(1)

    return DigitTrials(
        train=_with_length(pipeline(learned, True, seed), len(learned), batch_size),
        test=_with_length(pipeline(held_out, False, seed + 1), len(held_out), batch_size),
        n_train=len(learned),
        n_test=len(held_out),
        trial=trial,
    )


def _with_length(dataset, n_images, batch_size):
    return dataset.apply(tf.data.experimental.assert_cardinality(-(-n_images // batch_size)))


class _Presentation:
    """Turns a batch of images into a batch of trials, inside tf.data."""

    def __init__(self, network, trial, current_input):
        self._channels = None if network is None else network.input_channel_of
        if self._channels is not None and len(self._channels) != LGN_ROWS * LGN_COLUMNS:
            raise ValueError(
                f"digits are shown to {LGN_ROWS} x {LGN_COLUMNS} LGN units, but the network's "
                f"folder has {len(self._channels)}: make your own dataset for it."
            )
        self._trial = trial
        self._current_input = current_input

    def __call__(self, batch, draw):
        images, labels = batch
        trial = self._trial
        shown = lgn_probability(images)
        grey = tf.fill(tf.shape(shown), MEAN_PROBABILITY)
        if self._channels is not None and int(self._channels.max()) + 1 < len(self._channels):
            shown, grey = (merge_channels(p, self._channels) for p in (shown, grey))
        durations = (trial.pre_delay, trial.im_slice, trial.post_delay)
        parts = [
            self._input(p, duration, draw + k)
            for k, (p, duration) in enumerate(zip((grey, shown, grey), durations, strict=True))
        ]
        x = tf.ensure_shape(tf.concat(parts, 1), (None, trial.seq_len, shown.shape[-1]))
        y = tf.repeat(tf.cast(labels, tf.int32)[:, None], trial.n_chunks, axis=1)
        scored = tf.one_hot(trial.response_chunk, trial.n_chunks)
        return x, y, tf.repeat(scored[None], tf.shape(y)[0], axis=0)

    def _input(self, p, duration, draw):
        """(batch, duration, n_input) input at constant probability p."""
        if self._current_input:
            return tf.repeat(CURRENT_PER_PROBABILITY * p[:, None], duration, axis=1)
        shape = (tf.shape(p)[0], duration, p.shape[-1])
        uniform = tf.random.stateless_uniform(shape, seed=(draw, 0))
        return tf.cast(uniform < p[:, None], tf.float32)


def _load_images(source):
    if source == "digits":
        return _bundled_digits()
    if source == "mnist":
        return _cached_mnist()
    raise ValueError(f"source must be one of {list(SOURCES)}; got {source!r}.")


def _bundled_digits():
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError(
            "the bundled digits come with scikit-learn: pip install 'keras_v1_activity[examples]'"
        ) from None
    bundle = load_digits()
    return bundle.images.astype(np.float32), bundle.target.astype(np.int32)


def _cached_mnist():
    home = os.environ.get("KERAS_HOME", os.path.join(os.path.expanduser("~"), ".keras"))
    path = os.path.join(home, "datasets", "mnist.npz")
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"source='mnist' reads {path}, which is not there: run "
            "keras.datasets.mnist.load_data() once with internet, or use source='digits'."
        )
    with np.load(path) as stored:
        images = np.concatenate([stored["x_train"], stored["x_test"]])
        labels = np.concatenate([stored["y_train"], stored["y_test"]])
    return images, labels.astype(np.int32)
