"""The cells of V1_GLIF_model: places from the file of nodes, parameters from its pickle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.file_checks import node_type_ids
from keras_v1_activity.v1.network.sonata.cell_models import (
    CLASSIC,
    DOUBLE_ALPHA,
    CellModel,
    cell_model,
)
from keras_v1_activity.v1.network.sonata.cells import Cells
from keras_v1_activity.v1.network.sonata.config import SonataFiles
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation
from keras_v1_activity.v1.network.sonata.receptors import (
    Receptors,
    find_receptors,
    receptors_of_table,
)


class PickledCells(Cells):
    """The nodes of a network of V1_GLIF_model.

    Args:
        nodes: the population of cells.
        path: of the pickle.

    Attributes:
        path: as given.
        entries: what the pickle says of each type of cell; set when it is read.
        table: factors by name of synapse model and time constants; None without any.

    Example:
        >>> issubclass(PickledCells, Cells)
        True
    """

    def __init__(self, nodes: NodePopulation, path: Path) -> None:
        self.path: Path = path
        self.entries: Sequence[Mapping[str, Any]] = ()
        self.table: tuple[Mapping[str, Sequence[float]], Sequence[float]] | None = None
        super().__init__(nodes, SonataFiles(path=path, nodes=(), edges=()))

    def _usable(self) -> NDArray[np.bool_]:
        return np.ones(self.nodes.n_nodes, bool)  # what it simulates does not depend on the model

    @cached_property
    def _entry_of(self) -> NDArray[np.int64]:
        """(n_types,) entry of the pickle of each row of the table of types that has cells."""
        ids = node_type_ids(self.entries, self.nodes.n_nodes, self.path, self.nodes.path)
        entry = np.empty(self.nodes.n_nodes, np.int64)
        entry[np.concatenate(ids)] = np.repeat(np.arange(len(ids)), [*map(len, ids)])
        entry_of = np.full(len(self.nodes.types.ids), -1)
        entry_of[self.types] = entry[self.ids]
        mixed = entry_of[self.types] != entry[self.ids]
        if mixed.any():
            wrong = int(self.nodes.types.ids[self.types[int(np.argmax(mixed))]])
            raise ValueError(
                f"{self.path} gives nodes of the node type {wrong} of {self.nodes.path} to several "
                "of its types: use the files of one network."
            )
        return entry_of

    @cached_property
    def models(self) -> Sequence[CellModel]:
        """The model of each type that has cells."""
        return [self._model(int(number)) for number in self._entry_of[self._used]]

    def _model(self, number: int) -> CellModel:
        params = self.entries[number]["params"]
        place = Path(f"{self.path}: node type {number}")
        if not isinstance(params, Mapping):
            raise ValueError(f"{place} must have a dict of params; got {shown(params)}.")
        double = "tau_syn_fast" in params
        if "k" in params:
            params = {**params, "asc_decay": params["k"]}
        return cell_model(dict(params), place, DOUBLE_ALPHA if double else CLASSIC[0])

    @cached_property
    def receptors(self) -> Receptors:
        """How synapses become receptors: by the table of factors if there is one."""
        if self.table is None:
            return find_receptors(self.models, None)
        return receptors_of_table(len(self.models), *self.table)
