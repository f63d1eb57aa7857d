"""What the LGN tells the network: from intensities on its grid to input spikes or currents.

The LGN is the 100 x 174 grid of pixels (Chen et al. 2022, without the LGN filter model): each unit
fires with a probability per ms that follows the intensity of its pixel, standardised over the
image.
"""

import tensorflow as tf

from keras_v1_activity.v1.network.noise import CURRENT_PER_PROBABILITY
from keras_v1_activity.v1.stimuli.lgn_grid import (
    LGN_COLUMNS,
    LGN_ROWS,
    MEAN_PROBABILITY,
    N_LGN,
    SD_PROBABILITY,
    check_grid,
)


def lgn_probability(images):
    """Firing probability per ms of each LGN unit for each image.

    Args:
        images: (batch, height, width) intensities on any scale.

    Returns:
        (batch, 17,400) float32 tensor: the image resized to 100 x 174, standardised to the mean
        and standard deviation of the LGN, clipped to 0..1; a blank image gives the mean.
    """
    resized = tf.image.resize(tf.cast(images, tf.float32)[..., None], (LGN_ROWS, LGN_COLUMNS))
    flat = tf.reshape(resized, (-1, N_LGN))
    mean, variance = tf.nn.moments(flat, axes=[1], keepdims=True)
    return probability_of(tf.math.divide_no_nan(flat - mean, tf.sqrt(variance)))


def probability_of(standardised):
    """Firing probability per ms from an intensity of mean 0 and standard deviation 1."""
    return tf.clip_by_value(MEAN_PROBABILITY + SD_PROBABILITY * standardised, 0.0, 1.0)


def grey(n_trials):
    """(n_trials, 17,400) firing probability per ms in front of a grey screen."""
    return tf.fill((n_trials, N_LGN), MEAN_PROBABILITY)


def merge_channels(probability, input_channel_of):
    """Mean over the LGN units that were merged into each input channel.

    Args:
        probability: (batch, lgn unit).
        input_channel_of: (lgn unit,) channel of each unit, as `V1Network` holds it.
    """
    n_input = int(input_channel_of.max()) + 1
    sums = tf.math.unsorted_segment_mean(tf.transpose(probability), input_channel_of, n_input)
    return tf.transpose(sums)


class LgnInput:
    """Turns what is shown into the input of the model, inside tf.data.

    Args:
        network: `V1Network`, whose merging of LGN units is followed; None for all 17,400.
        current_input: False gives spikes, Bernoulli(p); True gives a current, 1.3 p.

    Raises:
        ValueError: the network has another LGN than the grid.
    """

    def __init__(self, network=None, current_input=False):
        check_grid(network)
        self._channels = None if network is None else network.input_channel_of
        if self._channels is not None and int(self._channels.max()) + 1 == N_LGN:
            self._channels = None
        self._current_input = current_input

    def __call__(self, parts, draw):
        """The input of a batch of trials.

        Args:
            parts: list of (probability per ms, duration in ms); the probability is (batch, lgn
                unit), constant over the part, or (batch, duration, lgn unit).
            draw: int64 scalar, another for each batch: seed of the spikes.

        Returns:
            float32 (batch, time, n_input).
        """
        shown = [
            self._part(p, duration, draw + k) for k, (p, duration) in enumerate(parts) if duration
        ]
        seq_len = sum(duration for _, duration in parts)
        # Spikes are joined as booleans, a quarter of the memory.
        x = tf.cast(tf.concat(shown, 1), tf.float32)
        return tf.ensure_shape(x, (None, seq_len, shown[0].shape[-1]))

    def _part(self, p, duration, draw):
        p = self._merged(p)
        if p.shape.rank == 2:
            p = p[:, None]
        shape = (tf.shape(p)[0], duration, p.shape[-1])
        if self._current_input:
            return tf.broadcast_to(CURRENT_PER_PROBABILITY * p, shape)
        return tf.random.stateless_uniform(shape, seed=(draw, 0)) < p

    def _merged(self, p):
        if self._channels is None:
            return p
        if p.shape.rank == 2:
            return merge_channels(p, self._channels)
        merged = merge_channels(tf.reshape(p, (-1, N_LGN)), self._channels)
        return tf.reshape(merged, (-1, p.shape[1], merged.shape[-1]))
