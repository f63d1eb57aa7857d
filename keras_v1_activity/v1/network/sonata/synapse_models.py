"""Onto which receptor, or by which factors on several, the edges of a SONATA network act."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.sonata.cell_models import find_component, read_port
from keras_v1_activity.v1.network.sonata.cells import Cells
from keras_v1_activity.v1.network.sonata.config import SonataFiles
from keras_v1_activity.v1.network.sonata.types_table import TypesTable


class SynapseModels:
    """The synapse models that a table of edge types names; each file is read when an edge needs it.

    Args:
        types: `TypesTable` of the edges.
        cells: `Cells` that they end at.
        files: of the network.

    Example:
        >>> SynapseModels.__name__
        'SynapseModels'
    """

    def __init__(self, types: TypesTable, cells: Cells, files: SonataFiles) -> None:
        self._types, self._cells = types, cells
        self._folders = files.synapse_folders
        self._names = types.texts("dynamics_params") or [None] * len(types.ids)
        # What a type means: its port counted from 0, or its row in the table of factors.
        self._known = np.full(len(types.ids), -1, np.int64)
        self._ports: dict[str, int] = {}

    def files(self) -> list[Path]:
        """The files that are there, of all types."""
        found = []
        for name in dict.fromkeys(name for name in self._names if name is not None):
            try:
                found.append(find_component(name, self._folders, self._types.place))
            except ValueError:
                continue
        return found

    def of(
        self, type_rows: NDArray[np.int64], cell_types: NDArray[np.int64]
    ) -> tuple[NDArray[np.int8], NDArray[np.int16] | None]:
        """(n,) receptor of some edges, and (n,) synapse model, or None if there are no factors.

        Args:
            type_rows: (n,) row of the table of edge types.
            cell_types: (n,) number of the target's model among `Cells.models`.

        Raises:
            ValueError: a synapse model is missing, or names a port that the target does not have.
        """
        used = np.flatnonzero(np.bincount(type_rows, minlength=len(self._known)))
        for row in used[self._known[used] < 0]:
            self._known[row] = self._meaning(int(row))
        receptors, kinds = self._cells.receptors, self._known[type_rows]
        if receptors.row_of is None:
            beyond = kinds >= receptors.n_ports[cell_types]
            if beyond.any():
                raise self._no_port(int(np.argmax(beyond)), kinds, type_rows, cell_types)
            kinds = kinds + receptors.first[cell_types]
        if receptors.factors is None:
            return receptors.receptor_of[kinds], None
        return np.zeros(len(kinds), np.int8), kinds.astype(np.int16)

    def _no_port(
        self,
        first: int,
        kinds: NDArray[np.int64],
        type_rows: NDArray[np.int64],
        cell_types: NDArray[np.int64],
    ) -> ValueError:
        cell = self._cells.models[int(cell_types[first])]
        return ValueError(
            f"{self._names[int(type_rows[first])]} names the port {int(kinds[first]) + 1}, but its "
            f"target {cell.path.name} has {len(cell.ports)} in tau_syn: use the files of one "
            "network."
        )

    def _meaning(self, row: int) -> int:
        name, place = self._names[row], self._types.place
        if name is None:
            raise ValueError(
                f"{place} names no dynamics_params for the edge type {int(self._types.ids[row])}: "
                "each type needs a synapse model with its receptor_type there."
            )
        rows = self._cells.receptors.row_of
        if rows is not None:
            if Path(name).stem not in rows:
                raise ValueError(
                    f"{place} names {shown(name)}, but the table of factors has no row "
                    f"{shown(Path(name).stem)}, only {shown(sorted(rows))}: use the table that "
                    "belongs to this network."
                )
            return rows[Path(name).stem]
        if name in self._ports:
            return self._ports[name]
        path = find_component(name, self._folders, place)
        port = read_port(path)
        if port is None:
            raise ValueError(
                f"{path} names no receptor_type: a synapse onto a cell with ports needs one, or a "
                "table of factors named as basis_weights_file in the configuration."
            )
        self._ports[name] = port - 1
        return port - 1
