"""The files that describe the nodes of a network: positions in HDF5, and a table of their types."""

from __future__ import annotations

import csv
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.file_checks import check_all
from keras_v1_activity.v1.network.v1_network import Floats


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
    try:
        with h5py.File(path, "r") as file:
            node_id = _read_column(file, path, "node_id")
            x, y, z = (_read_axis(file, path, axis) for axis in "xyz")
    except KeyError:
        raise ValueError(
            f"{path} has no neuron positions (/nodes/v1/node_id and /nodes/v1/0/x, y, z): use the "
            "v1_nodes.h5 that belongs to this network."
        ) from None
    except OSError as error:
        raise ValueError(
            f"{path} is damaged or no HDF5 file ({error}): copy or download it again."
        ) from None
    axes = x, y, z
    if not np.array_equal(node_id, np.arange(len(node_id))) or any(
        axis.shape != node_id.shape for axis in axes
    ):
        raise ValueError(
            f"{path} must number its neurons 0, 1, 2, ... and give each one x, y, z: use the "
            "v1_nodes.h5 that belongs to this network."
        )
    for name, axis in zip("xyz", axes, strict=True):
        check_all(np.isfinite(axis), axis, f"{path}: {name}", "a finite number of um", "neuron")
    return axes


def _read_axis(file: h5py.File, path: Path, axis: str) -> Floats:
    column = _read_column(file, path, f"0/{axis}")
    return column if column.dtype.kind == "f" else column.astype(np.float64)


def _read_column(file: h5py.File, path: Path, name: str) -> NDArray:
    """One array of numbers in the group of the neurons."""
    column = file[f"nodes/v1/{name}"]
    if not isinstance(column, h5py.Dataset) or column.ndim != 1 or column.dtype.kind not in "iuf":
        raise ValueError(
            f"{path}: /nodes/v1/{name} must be a list of numbers, one for each neuron: use the "
            "v1_nodes.h5 that belongs to this network."
        )
    return column[:]


def read_population_names(path: Path, n_types: int, types_file: str) -> NDArray[np.str_]:
    """Population name of each node type, (n_types,).

    Args:
        path: table with a column pop_name, separated by blanks, one row for each node type.
        n_types: number of node types.
        types_file: name of the file that says so, for the message.

    Raises:
        ValueError: the file is no such table, or has another number of rows.

    Example:
        >>> from pathlib import Path
        >>> table = Path("GLIF_network") / "network/v1_node_types.csv"
        >>> str(read_population_names(table, 83, "network_dat.pkl")[0])
        'i1Htr3a'
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter=" "))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{path} is damaged or no table in text ({error}): copy or download it again."
        ) from None
    names = [row.get("pop_name") for row in rows]
    if len(names) != n_types or not all(names):
        raise ValueError(
            f"{path} must have a column pop_name and one row for each of the {n_types} node types "
            f"in {types_file}; it has {len(rows)} rows: use the files of one network."
        )
    return np.array(names)
