"""What the LGN sends to the network: from intensities on its grid to input spikes or currents.

The LGN is the 100 x 174 grid of pixels (Chen et al. 2022, without the LGN filter model): each unit
fires with a probability per ms that follows the intensity of its pixel, standardised over the
image.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.v1.network.noise import CURRENT_PER_PROBABILITY
from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.lgn_grid import (
    LGN_COLUMNS,
    LGN_ROWS,
    MEAN_PROBABILITY,
    N_LGN,
    SD_PROBABILITY,
)
from keras_v1_activity.v1.stimuli.lgn_places import LgnPlaces, places_of


def lgn_probability(images: tf.Tensor | ArrayLike) -> tf.Tensor:
    """Firing probability per ms of each LGN unit for each image.

    Args:
        images: (batch, height, width) intensities on any scale.

    Returns:
        (batch, 17,400) float32 tensor: the image resized to 100 x 174, standardised to the mean
        and standard deviation of the LGN, clipped to 0..1; a blank image gives the mean.

    Example:
        >>> import numpy as np
        >>> lgn_probability(np.eye(8)[None]).shape.as_list()
        [1, 17400]
    """
    resized = tf.image.resize(tf.cast(images, tf.float32)[..., None], (LGN_ROWS, LGN_COLUMNS))
    flat = tf.reshape(resized, (-1, N_LGN))
    mean, variance = tf.nn.moments(flat, axes=[1], keepdims=True)
    return probability_of(tf.math.divide_no_nan(flat - mean, tf.sqrt(variance)))


def probability_of(standardised: tf.Tensor | NDArray[Any]) -> tf.Tensor:
    """Firing probability per ms from an intensity of mean 0 and standard deviation 1.

    Args:
        standardised: of any shape, as is the result.

    Example:
        >>> probability_of(tf.constant([-2.0, 0.0])).numpy()
        array([0.  , 0.02], dtype=float32)
    """
    return tf.clip_by_value(MEAN_PROBABILITY + SD_PROBABILITY * standardised, 0.0, 1.0)


def grey(n_trials: tf.Tensor | int) -> tf.Tensor:
    """(n_trials, 17,400) firing probability per ms in front of a grey screen.

    Example:
        >>> grey(2).shape.as_list()
        [2, 17400]
    """
    return tf.fill((n_trials, N_LGN), MEAN_PROBABILITY)


def merge_channels(
    probability: tf.Tensor | ArrayLike, input_channel_of: NDArray[Any], n_input: int | None = None
) -> tf.Tensor:
    """Mean over the LGN units that were merged into each input channel.

    Args:
        probability: (batch, lgn unit).
        input_channel_of: (lgn unit,) channel of each unit, as `V1Network` holds it.
        n_input: number of channels; None if none of the last ones is empty.

    Example:
        >>> import numpy as np
        >>> merge_channels([[0.25, 0.75, 0.5]], np.array([0, 0, 1])).numpy()
        array([[0.5, 0.5]], dtype=float32)
    """
    n_input = int(input_channel_of.max()) + 1 if n_input is None else n_input
    sums = tf.math.unsorted_segment_mean(tf.transpose(probability), input_channel_of, n_input)
    return tf.transpose(sums)


class LgnInput:
    """Turns what is shown into the input of the model, inside tf.data.

    Args:
        network: `V1Network`, whose LGN units see what lies where they look, and whose merging of
            them is followed; None for the grid of 17,400.
        current_input: False gives spikes, Bernoulli(p); True gives a current, 1.3 p.

    Raises:
        ValueError: the network's LGN is not the grid, and does not say where its units look.

    Example:
        >>> to_input = LgnInput(network)
        >>> to_input([(grey(2), 50), (grey(2), 100)], draw=7).shape.as_list()
        [2, 150, 17400]
    """

    def __init__(self, network: V1Network | None = None, current_input: bool = False) -> None:
        self._places = places_of(network)
        self._channels = None if network is None else network.input_channel_of
        self._n_input = None if network is None else network.n_input
        if network is not None and network.n_input == len(network.input_channel_of):
            self._channels = None
        self._current_input = current_input

    def __call__(self, parts: Sequence[tuple[tf.Tensor, int]], draw: tf.Tensor | int) -> tf.Tensor:
        """The input of a batch of trials.

        Args:
            parts: (probability per ms, duration in ms) of each part; the probability is (batch,
                lgn unit), constant over the part, or (batch, duration, lgn unit).
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

    def _part(self, p: tf.Tensor, duration: int, draw: tf.Tensor | int) -> tf.Tensor:
        p = self._merged(p)
        if p.shape.rank == 2:
            p = p[:, None]
        shape = (tf.shape(p)[0], duration, p.shape[-1])
        if self._current_input:
            return tf.broadcast_to(CURRENT_PER_PROBABILITY * p, shape)
        return tf.random.stateless_uniform(shape, seed=(draw, 0)) < p

    def _merged(self, p: tf.Tensor) -> tf.Tensor:
        if self._places is not None:
            p = self._seen(p, self._places)
        if self._channels is None:
            return p
        if p.shape.rank == 2:
            return merge_channels(p, self._channels, self._n_input)
        merged = merge_channels(tf.reshape(p, (-1, p.shape[-1])), self._channels, self._n_input)
        return tf.reshape(merged, (-1, p.shape[1], merged.shape[-1]))

    @staticmethod
    def _seen(p: tf.Tensor, places: LgnPlaces) -> tf.Tensor:
        """`LgnPlaces.seen` in the graph."""
        seen = tf.add_n(
            [
                tf.gather(p, pixels, axis=-1) * weights
                for pixels, weights in zip(places.pixels, places.weights, strict=True)
            ]
        )
        return tf.where(places.off, tf.clip_by_value(2 * MEAN_PROBABILITY - seen, 0.0, 1.0), seen)
