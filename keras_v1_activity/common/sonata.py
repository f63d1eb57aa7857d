"""What every SONATA file begins with, and the nodes of a population, as its developer guide says.

The guide is Dai et al. 2020, doi:10.1371/journal.pcbi.1007696.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import h5py

_MAGIC: Final = np.uint32(0x0A7A)
_VERSION: Final = (0, 1)


def mark_sonata(file: h5py.File) -> None:
    """Gives a file the marks by which readers know the format.

    Args:
        file: open for writing.

    Example:
        >>> import h5py
        >>> with h5py.File("spikes.h5", "w") as file:
        ...     mark_sonata(file)
        ...     int(file.attrs["magic"]), file.attrs["version"].tolist()
        (2682, [0, 1])
    """
    file.attrs["magic"] = _MAGIC
    file.attrs["version"] = np.array(_VERSION, np.uint32)


def write_nodes(file: h5py.File, name: str, type_ids: NDArray[Any]) -> h5py.Group:
    """Writes the nodes of a population, all in group 0.

    Args:
        file: open for writing.
        name: of the population.
        type_ids: (n,) id of the type of each node.

    Returns:
        The group 0, for the properties of the nodes.

    Example:
        >>> import h5py
        >>> with h5py.File("nodes.h5", "w") as file:
        ...     write_nodes(file, "v1", np.array([7, 8])).name, file["nodes/v1/node_id"][()]
        ('/nodes/v1/0', array([0, 1], dtype=uint64))
    """
    n = len(type_ids)
    group = file.create_group(f"nodes/{name}")
    group.create_dataset("node_id", data=np.arange(n), dtype="u8")
    group.create_dataset("node_type_id", data=type_ids, dtype="u8")
    group.create_dataset("node_group_id", data=np.zeros(n), dtype="u4")
    group.create_dataset("node_group_index", data=np.arange(n), dtype="u8")
    return group.create_group("0")
