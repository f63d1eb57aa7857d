"""A SONATA network as the tables that `assemble.py` makes a `V1Network` of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.notices import tell
from keras_v1_activity.v1.network.raw_tables import CellTables, InputTables
from keras_v1_activity.v1.network.sonata.basis import FACTORS_FILE
from keras_v1_activity.v1.network.sonata.cell_nodes import CellNodes
from keras_v1_activity.v1.network.sonata.cells import Cells
from keras_v1_activity.v1.network.sonata.config import SonataFiles
from keras_v1_activity.v1.network.sonata.edges import (
    EdgePopulation,
    read_edge_populations,
)
from keras_v1_activity.v1.network.sonata.joining import joined_columns, summed_by_target
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation, read_nodes
from keras_v1_activity.v1.network.sonata.roles import Roles, find_roles
from keras_v1_activity.v1.network.sonata.settings import BACKGROUND_HZ, SonataSettings
from keras_v1_activity.v1.network.sonata.synapse_models import SynapseModels
from keras_v1_activity.v1.network.sonata.synapse_reader import SynapseReader
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS


class SonataFolder(CellNodes):
    """Reads a SONATA network; a `FolderReader`.

    Args:
        files: of the network.
        settings: what the files do not settle.

    Attributes:
        path: the folder or configuration that the user named.
        files: as given.
        roles: what each population is.
        synapses: `SynapseReader` of the network.

    Raises:
        ValueError: a file is missing or damaged, or does not say what it must.

    Example:
        >>> SonataFolder.__name__
        'SonataFolder'
    """

    def __init__(self, files: SonataFiles, settings: SonataSettings | None = None) -> None:
        self.path: Path = files.path
        self.files: SonataFiles = files
        settings = settings or SonataSettings()
        self.roles: Roles = find_roles(
            read_nodes(files.nodes),
            read_edge_populations(files.edges),
            settings.lgn_population,
            self.path,
        )
        folder = self.path if self.path.is_dir() else self.path.parent
        super().__init__(Cells(self.roles.cells, files), self.roles.lgn, folder, settings)
        self.synapses: SynapseReader = SynapseReader(
            files, self.roles, self._cells, self._settings.background
        )
        for sentence in (*self.roles.left_out, *self._cells.left_out):
            tell(f"{self.path}: {sentence}")

    @property
    def cell_files(self) -> Sequence[Path | str]:
        """The files that `cells` depends on."""
        return [*self._files_of_cells(), *self._files_of([], self.roles.recurrent)]

    def _files_of_cells(self) -> list[Path | str]:
        """The files that say which cells there are, and what their ports are."""
        nodes = self.roles.cells
        found: list[Path | str] = ["sonata", nodes.path, *self._cells.paths]
        if self.files.basis_file is not None:
            found += [self.files.basis_file, repr(self.files.tau_basis)]
            beside = self.files.basis_file.with_name(FACTORS_FILE)
            found += [beside] * beside.is_file()
        return found + self._files_of([nodes], [])

    @property
    def input_files(self) -> Sequence[Path | str]:
        """The files that `inputs` depends on, and the settings."""
        from_background = [e for edges in self.roles.from_background.values() for e in edges]
        sources = [self.roles.lgn, *self.roles.background]
        nodes = [node for node in sources if node is not None]
        edges = [*self.roles.inputs, *from_background]
        settings = f"{self._settings!r} {sorted(self.files.rates.items())}"
        return [
            *self._files_of_cells(),
            settings,
            *(n.path for n in nodes),
            *self._files_of(nodes, edges),
        ]

    def cells(self, index_of: NDArray[np.int32]) -> CellTables:
        """The chosen neurons and the synapses among them.

        Args:
            index_of: (n,) index of each of these nodes among the chosen neurons, or -1.

        Raises:
            ValueError: a file is damaged, or holds what no cell or synapse can have.
        """
        index = self.synapses.chosen_index(self._cells.ids, index_of)
        pieces = self.synapses.recurrent(index)
        return CellTables(
            types=self._cells.types[index_of >= 0],
            parameters=self._cells.parameters(),
            synapses=joined_columns(columns for columns, _, _ in pieces),
            factors=self._cells.receptors.factors,
        )

    def inputs(self, index_of: NDArray[np.int32]) -> InputTables:
        """What reaches the chosen neurons from outside.

        Args:
            index_of: (n,) index of each of these nodes among the chosen neurons, or -1.

        Raises:
            ValueError: a file is damaged, or holds what no synapse can have.
        """
        index, lgn = self.synapses.chosen_index(self._cells.ids, index_of), self.roles.lgn
        n_units = 0 if lgn is None else lgn.n_nodes
        factors = self._cells.receptors.factors
        synapses = joined_columns([], factors)
        if lgn is not None:
            pieces = self.synapses.inputs(index)
            synapses = joined_columns((columns for columns, _, _ in pieces), factors)
        summed = np.zeros((int((index_of >= 0).sum()), N_RECEPTORS))
        independent, rates = [], []
        for node, pieces, first in self.synapses.background(index):
            columns = joined_columns((piece for piece, _, _ in pieces), factors)
            if first is None:
                summed += summed_by_target(columns, factors, len(summed))
            else:
                independent.append(columns._replace(source=columns.source + np.int32(first)))
                rates.append(_rate_of(node, self.files, self._settings))
        if len(set(rates)) > 1:
            raise ValueError(
                f"{self.path}: the background populations fire at different rates, {rates} Hz: "
                "give background_rate, or background='summed'."
            )
        return InputTables(
            n_units=n_units,
            synapses=synapses,
            background_weights=summed.astype(np.float32),
            factors=factors,
            background=joined_columns(independent, factors) if independent else None,
            n_background=self.synapses.n_independent,
            background_rate=rates[0] if rates else 0.0,
        )

    def _files_of(
        self, nodes: Sequence[NodePopulation], edges: Sequence[EdgePopulation]
    ) -> list[Path | str]:
        """Tables, HDF5 files of edges, and synapse models, each once."""
        tables = [population.types.table for population in (*nodes, *edges)]
        found: dict[Path | str, None] = dict.fromkeys(t.path for t in tables if t is not None)
        for population in edges:
            found[population.path] = None
            found[f"{population.path.name} {population.name}"] = None
            models = SynapseModels(population.types, self._cells, self.files)
            found |= dict.fromkeys(models.files())
        return list(found)


def _rate_of(node: NodePopulation, files: SonataFiles, settings: SonataSettings) -> float:
    """How often each source of a population fires, Hz."""
    if settings.background_rate is not None:
        return float(settings.background_rate)
    told = node.numbers("firing_rate")
    own = BACKGROUND_HZ if told is None or not len(told) else float(told[0])
    return files.rates.get(node.name, own)
