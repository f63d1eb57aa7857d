"""`Tuning` in an HDF5 group: whole spike counts, the smallest type that holds them."""

from __future__ import annotations

from typing import Final

import h5py
import numpy as np

from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.common.hdf5_reading import attribute

_ARRAYS: Final = ("directions_deg", "counts", "steps", "past_steps", "past_osi", "past_dsi")


def write_tuning(group: h5py.Group, tuning: Tuning) -> None:
    """Writes the tuning of the neurons into an empty HDF5 group.

    Args:
        group: where to write.
        tuning: `Tuning`.

    Example:
        >>> from keras_v1_activity.activity import Tuning
        >>> tuning = Tuning([0, 90, 180, 270], np.ones((4, 1, 3)), counted_ms=500)
        >>> with h5py.File("turn.h5", "w") as file:
        ...     write_tuning(file.create_group("tuning"), tuning)
        ...     read_tuning(file["tuning"])
        Tuning(4 directions, 1 trial, 3 neurons)
    """
    group.attrs["counted_ms"] = tuning.counted_ms
    most = int(tuning.counts.max(initial=0))
    for name in _ARRAYS:
        array = getattr(tuning, name)
        stored = np.min_scalar_type(most) if name == "counts" else array.dtype
        group.create_dataset(name, data=array, dtype=stored)
    group["directions_deg"].attrs["units"] = "degrees"


def read_tuning(group: h5py.Group) -> Tuning:
    """The tuning that `write_tuning` wrote.

    Raises:
        KeyError, ValueError: the group is damaged.

    Example:
        >>> with h5py.File("empty.h5", "w") as file:
        ...     read_tuning(file.create_group("tuning"))
        Traceback (most recent call last):
        KeyError: 'the attribute counted_ms is missing'
    """
    counted_ms = float(attribute(group, "counted_ms"))
    return Tuning(counted_ms=counted_ms, **{name: group[name][()] for name in _ARRAYS})
