"""Drifting gratings on the LGN grid, rendered for every time step."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from keras_v1_activity.common import units
from keras_v1_activity.v1.stimuli.lgn import LGN_COLUMNS, LGN_ROWS, probability_of

# 0.05 cycles per degree and 2 Hz, with one pixel of the grid taken as one degree of visual angle.
CYCLES_PER_PIXEL: float = 0.05
DRIFT_HZ: float = 2.0


def drifting_grating(
    orientation: tf.Tensor | ArrayLike,
    phase: tf.Tensor | ArrayLike,
    duration: int,
    *,
    cycles_per_pixel: float = CYCLES_PER_PIXEL,
    drift_hz: float = DRIFT_HZ,
    contrast: float = 1.0,
) -> tf.Tensor:
    """Firing probability per ms of each LGN unit in front of a drifting sinusoidal grating.

    The bars have the given orientation and move across themselves: a grating of 0 degrees has
    horizontal bars that move down, one of 90 degrees vertical bars that move right.

    Args:
        orientation: (batch,) of the bars, degrees, counter-clockwise from horizontal.
        phase: (batch,) at the start, radians.
        duration: ms.
        cycles_per_pixel: spatial frequency.
        drift_hz: cycles that pass in a second.
        contrast: 1 gives the LGN's standard deviation, 0 grey.

    Returns:
        float32 (batch, duration, lgn unit), of the LGN's mean and standard deviation (times the
        contrast) before it is clipped to 0..1.

    Example:
        >>> drifting_grating([45.0, 135.0], [0.0, 0.0], duration=20).shape.as_list()
        [2, 20, 17400]
    """
    angle = tf.cast(orientation, tf.float32)[:, None] * (np.pi / 180.0)
    row, column = np.divmod(np.arange(LGN_ROWS * LGN_COLUMNS, dtype=np.float32), LGN_COLUMNS)
    across = tf.sin(angle) * column + tf.cos(angle) * row
    place = 2 * np.pi * cycles_per_pixel * across + tf.cast(phase, tf.float32)[:, None]
    cycle = 2 * np.pi * drift_hz / units.MS_PER_S  # radians per ms
    passed = (cycle * np.arange(duration)).astype(np.float32)[:, None]
    # cos(place - passed), without a cosine for every pixel and time step.
    wave = (
        tf.cos(place)[:, None] * np.cos(passed) + tf.sin(place)[:, None] * np.sin(passed)
    )  # fmt: skip
    return probability_of(np.float32(contrast * np.sqrt(2.0)) * wave)
