"""The input of a look: means over groups of neighbouring channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common.checks import whole_number


def average_channels(inputs: ArrayLike, group: int) -> NDArray[np.float32]:
    """Means over groups of neighbouring channels; a shorter last group over what it has.

    Args:
        inputs: (time, channels) of any numeric or boolean type; summed in float32.
        group: channels in a group, as `RecordPlan.input_group` gives it.

    Returns:
        (time, ceil(channels / group)) float32.

    Raises:
        ValueError: `inputs` is not two-dimensional, or `group` is not a whole number from 1 on.

    Example:
        >>> average_channels([[1, 3, 5]], 2)
        array([[2., 5.]], dtype=float32)
    """
    channels = np.asarray(inputs, np.float32)
    if channels.ndim != 2:
        raise ValueError(f"inputs must have shape (time, channels); got {channels.shape}.")
    n_channels = channels.shape[1]
    sizes = group_sizes(n_channels, group)
    if not n_channels:
        return channels.copy()
    sums = np.add.reduceat(channels, np.arange(0, n_channels, group), axis=1)
    return sums / sizes


def group_sizes(n_channels: int, group: int) -> NDArray[np.float32]:
    """How many channels each group has: `group`, and in the last one what is left.

    Args:
        n_channels: number of channels.
        group: channels in a group, from 1 on.

    Returns:
        (ceil(n_channels / group),) float32, by which sums over groups are divided.

    Raises:
        ValueError: `group` is not a whole number from 1 on.

    Example:
        >>> group_sizes(5, 2)
        array([2., 2., 1.], dtype=float32)
    """
    group = whole_number(group, "group", 1, 4)
    starts = np.arange(0, n_channels, group)
    return np.minimum(n_channels - starts, group).astype(np.float32)
