"""The positions and types of the nodes of a network, in one HDF5 file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import counted
from keras_v1_activity.common.hdf5_reading import open_hdf5
from keras_v1_activity.common.reading import one_line
from keras_v1_activity.v1.network.file_checks import check_all, whole_numbers
from keras_v1_activity.v1.network.v1_network import Floats

_GROUP = "nodes/v1"
_POSITIONS = ("node_id", "0/x", "0/y", "0/z")
_COLUMNS = (*_POSITIONS, "node_type_id")
_Read = TypeVar("_Read")


def read_positions(path: Path) -> tuple[Floats, Floats, Floats]:
    """(x, y, z) of every neuron, um, in the order of node ids.

    Args:
        path: the HDF5 file, with /nodes/v1/node_id and /nodes/v1/0/x, y, z.

    Raises:
        ValueError: the file is damaged, or has no finite position for each neuron.

    Example:
        >>> from pathlib import Path
        >>> x, y, z = read_positions(Path("GLIF_network") / "network/v1_nodes.h5")
        >>> x.shape
        (200,)
    """
    columns = _read(path, lambda file: [_column(file, path, name) for name in _POSITIONS])
    node_id, *axes = columns
    if not np.array_equal(node_id, np.arange(len(node_id))) or any(
        axis.shape != node_id.shape for axis in axes
    ):
        raise ValueError(
            f"{path} must number its neurons 0, 1, 2, ... and give each one x, y, z: use the "
            "v1_nodes.h5 that belongs to this network."
        )
    for name, axis in zip("xyz", axes, strict=True):
        check_all(np.isfinite(axis), axis, f"{path}: {name}", "a finite number of um", "neuron")
    x, y, z = map(_precise, axes)
    return x, y, z


def read_type_ids(path: Path) -> NDArray[np.int64] | None:
    """The type id of every neuron, as the table of node types names it; None if there is none.

    Args:
        path: the HDF5 file, with /nodes/v1/node_type_id.

    Raises:
        ValueError: the file is damaged, or they are no whole numbers, one for each neuron.

    Example:
        >>> from pathlib import Path
        >>> read_type_ids(Path("GLIF_network") / "network/v1_nodes.h5").shape
        (200,)
    """
    names = ("node_id", "node_type_id")
    ids = _read(
        path,
        lambda file: [_column(file, path, n) for n in names if f"{_GROUP}/{n}" in file],
    )
    if len(ids) < 2:
        return None
    if len(ids[0]) != len(ids[1]):
        raise ValueError(
            f"{path} has {len(ids[1]):,} entries in /{_GROUP}/node_type_id, but "
            f"{counted(len(ids[0]), 'neuron')}: use the v1_nodes.h5 that belongs to this network."
        )
    return whole_numbers(ids[1], f"{path}: node_type_id").astype(np.int64)


def _read(path: Path, read: Callable[[h5py.File], _Read]) -> _Read:
    try:
        with open_hdf5(path, only=[f"{_GROUP}/{name}" for name in _COLUMNS], each=8) as file:
            return read(file)
    except KeyError:
        raise ValueError(
            f"{path} has no neuron positions (/nodes/v1/node_id and /nodes/v1/0/x, y, z): use the "
            "v1_nodes.h5 that belongs to this network."
        ) from None
    except (OSError, RuntimeError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is damaged or no HDF5 file ({one_line(error)}): copy or download it again."
        ) from None


def _precise(axis: NDArray) -> Floats:
    """Whole numbers and short floats overflow when they are squared."""
    return axis if axis.dtype in (np.float32, np.float64) else axis.astype(np.float64)


def _column(file: h5py.File, path: Path, name: str) -> NDArray:
    """One array of numbers in the group of the neurons."""
    column = file[f"{_GROUP}/{name}"]
    if not isinstance(column, h5py.Dataset) or column.ndim != 1 or column.dtype.kind not in "iuf":
        raise ValueError(
            f"{path}: /nodes/v1/{name} must be a list of numbers, one for each neuron: use the "
            "v1_nodes.h5 that belongs to this network."
        )
    return column[:]
