"""The LGN as a grid of pixels, in plain numpy: how strongly one image makes its units fire.

The grid is 100 x 174 (Chen et al. 2022, without the LGN filter model). `lgn.py` does the same for
batches inside tf.data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common import units

LGN_ROWS: int = 100
LGN_COLUMNS: int = 174
N_LGN: int = LGN_ROWS * LGN_COLUMNS
# Mean and standard deviation of an LGN unit's firing probability per ms (Chen et al. 2022).
MEAN_PROBABILITY: float = 0.02
SD_PROBABILITY: float = 0.02082


def rate_to_probability(rate_hz: ArrayLike) -> NDArray[np.float64] | np.float64:
    """Probability of at least one spike in 1 ms at a firing rate in Hz: 1 - exp(-rate / 1000).

    Args:
        rate_hz: a number or an array of them, as is the result.

    Example:
        >>> rate_to_probability([0.0, 20.0]).round(4)
        array([0.    , 0.0198])
    """
    return 1.0 - np.exp(-np.asarray(rate_hz, np.float64) / units.MS_PER_S)


def image_probability(image: ArrayLike) -> NDArray[np.float32]:
    """Firing probability per ms of each LGN unit for one image.

    Args:
        image: (height, width) intensities on any scale.

    Returns:
        (17,400,) float32: the image resized to 100 x 174 (bilinear), standardised to the mean and
        standard deviation of the LGN, clipped to 0..1; a blank image gives the mean.

    Example:
        >>> image_probability(np.zeros((8, 8)))[:2]
        array([0.02, 0.02], dtype=float32)
    """
    intensities = np.asarray(image, np.float64)
    height, width = intensities.shape
    rows, columns = _interpolation(LGN_ROWS, height), _interpolation(LGN_COLUMNS, width)
    flat = (rows @ intensities @ columns.T).reshape(-1)
    deviation = flat.std()
    standardised = (flat - flat.mean()) / deviation if deviation else np.zeros_like(flat)
    return np.clip(MEAN_PROBABILITY + SD_PROBABILITY * standardised, 0.0, 1.0).astype(np.float32)


def _interpolation(n_out: int, n_in: int) -> NDArray[np.float64]:
    """(n_out, n_in) weights of the pixels around the centre of each output pixel."""
    centre = np.clip((np.arange(n_out) + 0.5) * n_in / n_out - 0.5, 0, n_in - 1)
    below = np.minimum(centre.astype(int), max(n_in - 2, 0))
    weights = np.zeros((n_out, n_in))
    weights[np.arange(n_out), below] = 1.0 - (centre - below)
    weights[np.arange(n_out), np.minimum(below + 1, n_in - 1)] += centre - below
    return weights


def merged_probability(
    probability: NDArray[np.floating[Any]],
    input_channel_of: NDArray[np.integer[Any]],
    n_input: int = 0,
) -> NDArray[np.float32]:
    """Mean over the LGN units that were merged into each input channel, float32.

    Args:
        probability: (lgn unit,).
        input_channel_of: (lgn unit,) channel of each unit, as `V1Network` holds it.
        n_input: number of channels; not needed if none of the last ones is empty.

    Example:
        >>> merged_probability(np.array([0.25, 0.75, 0.5]), np.array([0, 0, 1]))
        array([0.5, 0.5], dtype=float32)
    """
    n_units = np.bincount(input_channel_of, minlength=n_input)
    sums = np.bincount(input_channel_of, probability, n_input)
    return (sums / np.maximum(n_units, 1)).astype(np.float32)
