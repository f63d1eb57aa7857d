"""The populations of nodes of a SONATA network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.sonata.populations import Rows, open_sonata, population_names
from keras_v1_activity.v1.network.sonata.types_table import TypesTable

_PROPERTIES: Final = (
    "x", "y", "z", "tuning_angle", "pop_name", "model_name", "ei", "model_type", "model_template",
    "firing_rate",
)  # fmt: skip
_SOURCES: Final = ("virtual", "filter")


@dataclass(frozen=True, eq=False, kw_only=True)
class NodePopulation:
    """The nodes of one population, in the order of their ids, which are 0, 1, 2, ...

    Attributes:
        name: of the population.
        path: file of the nodes.
        types: `TypesTable` of their types.
        type_rows: (n,) row of the table of types of each node.
        properties: (n,) arrays by name, of those that are known here.

    Example:
        >>> folder = Path("GLIF_network") / "network"
        >>> (v1,) = read_nodes([(folder / "v1_nodes.h5", folder / "v1_node_types.csv")])
        >>> v1.name, v1.n_nodes, v1.is_virtual, sorted(v1.properties)
        ('v1', 200, True, ['ei', 'pop_name', 'x', 'y', 'z'])
    """

    name: str
    path: Path
    types: TypesTable
    type_rows: NDArray[np.int64]
    properties: Mapping[str, NDArray[Any]]

    @property
    def n_nodes(self) -> int:
        """How many nodes."""
        return len(self.type_rows)

    @property
    def is_virtual(self) -> bool:
        """Whether its nodes are sources of spikes, without a cell model."""
        kinds = self.properties.get("model_type")
        if kinds is None:
            return self.types.texts("dynamics_params") is None
        return all(kind in _SOURCES for kind in set(kinds.tolist()))

    def numbers(self, name: str) -> NDArray[np.float64] | None:
        """(n,) numbers of a property; None without it.

        Args:
            name: of the property.

        Raises:
            ValueError: something else than numbers.
        """
        values = self.properties.get(name)
        if values is None:
            return None
        if values.dtype.kind not in "iuf":
            raise ValueError(f"{self.path}: {name} of the nodes of {self.name} must be numbers.")
        return values.astype(np.float64)


def read_nodes(files: Sequence[tuple[Path, Path | None]]) -> list[NodePopulation]:
    """All populations of some files.

    Args:
        files: (HDF5 file, table of types or None) of each set.

    Raises:
        ValueError: a file is damaged, node ids are not 0, 1, 2, ..., or two populations have the
            same name.
    """
    found: dict[str, NodePopulation] = {}
    for path, types_path in files:
        types = TypesTable.read(types_path, "node_type_id")
        with open_sonata(path) as file:
            for name in population_names(file, "nodes"):
                if name in found:
                    raise ValueError(
                        f"{path} and {found[name].path} both hold a population of nodes {name}: "
                        "one population must stand in one file."
                    )
                found[name] = _read(Rows(file, "nodes", name, types), name, path)
    return list(found.values())


def _read(rows: Rows, name: str, path: Path) -> NodePopulation:
    everything = slice(0, rows.n_rows)
    ids = rows.read("node_id", everything)
    order = np.argsort(ids, kind="stable")
    if not np.array_equal(ids[order], np.arange(len(ids))):
        raise ValueError(
            f"{path} must number the nodes of {name} 0, 1, 2, ... in any order; it has "
            f"{shown(ids[order][:4].tolist())} of {len(ids):,}: renumber them, in the files of "
            "edges too."
        )
    type_rows = rows.type_rows(everything, order)
    columns = {n: rows.column(n, everything, order, type_rows) for n in _PROPERTIES}
    return NodePopulation(
        name=name,
        path=path,
        types=rows.types,
        type_rows=type_rows,
        properties={n: values for n, values in columns.items() if values is not None},
    )
