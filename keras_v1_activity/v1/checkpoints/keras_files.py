"""The variables in weight files of Keras: ``.weights.h5``, or ``.h5`` of Keras 2."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import h5py
from numpy.typing import NDArray

from keras_v1_activity.common.hdf5_reading import attribute, open_hdf5
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    BIAS,
    INDEPENDENT,
    INPUT,
    KERNEL,
    RECURRENT,
    SCALE,
    SavedVariable,
    SavedVariables,
    damaged,
)

# Keras 3 numbers the variables of a layer in its weight files.
_KERAS_3_PLACES: Final = {
    ("rsnn", 0): RECURRENT,
    ("input_layer", 0): INPUT,
    ("input_layer", 1): BACKGROUND,
    ("input_layer", 2): INDEPENDENT,
    ("projection", 0): KERNEL,
    ("projection", 1): BIAS,
    ("readout", 0): SCALE,
}


_DAMAGE: Final = (OSError, RuntimeError, KeyError, TypeError, AttributeError, ValueError)


def open_keras(path: str | os.PathLike[str]) -> SavedVariables:
    """`SavedVariables` of a Keras weight file.

    Args:
        path: the HDF5 file.

    Raises:
        ValueError: the file is damaged.

    Example:
        >>> model.save_weights("toy.weights.h5")
        >>> first = open_keras("toy.weights.h5").variables[0]
        >>> first.name, first.shape
        ('prediction/0', (9, 3))
    """
    path = Path(path)
    found: list[SavedVariable] = []
    try:
        with open_hdf5(path, each=8) as file:
            # The published readout of all tasks sees means; ours counts spikes.
            ours = "layers/rsnn/vars" in file and "layers/published_projection" not in file
            file.visititems(lambda key, item: found.extend(_variable(file, key, item)))
    except _DAMAGE as error:
        raise damaged(path, error) from None

    def read(variable: SavedVariable) -> NDArray[Any]:
        try:
            with open_hdf5(path, only=[variable.key]) as file:
                return file[variable.key][()]
        except _DAMAGE as error:
            raise damaged(path, error) from None

    return SavedVariables(path, tuple(found), ours, read)


def _variable(file: h5py.File, key: str, item: object) -> Iterator[SavedVariable]:
    """The variable at `key`, or none if a group is there."""
    if not isinstance(item, h5py.Dataset):
        return
    parts = key.split("/")
    name = "/".join(dict.fromkeys(parts)).split(":")[0]
    if parts[-2:-1] == ["vars"] and parts[-1].isdecimal() and len(parts[-1]) < 9:
        layer = attribute(file["/".join(parts[:-1])], "name", parts[-3] if parts[2:] else "")
        name = _KERAS_3_PLACES.get((str(layer), int(parts[-1])), f"{layer}/{parts[-1]}")
    of_optimizer = parts[0] in ("optimizer", "optimizer_weights")
    yield SavedVariable(key, name, item.shape, item.dtype.name, of_optimizer)
