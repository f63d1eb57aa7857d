"""A SONATA network as the tables that `assemble.py` makes a `V1Network` of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.notices import tell
from keras_v1_activity.v1.network.optional_files import read_noise_samples, read_target_rates
from keras_v1_activity.v1.network.raw_tables import CellTables, InputTables, SynapseColumns
from keras_v1_activity.v1.network.sonata.cells import Cells
from keras_v1_activity.v1.network.sonata.config import SonataFiles
from keras_v1_activity.v1.network.sonata.edges import (
    EdgePopulation,
    EdgeReader,
    Edges,
    read_edge_populations,
)
from keras_v1_activity.v1.network.sonata.joining import joined_columns, summed_by_target
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation, read_nodes
from keras_v1_activity.v1.network.sonata.roles import Roles, find_roles
from keras_v1_activity.v1.network.sonata.settings import BACKGROUND_HZ, SonataSettings
from keras_v1_activity.v1.network.sonata.synapse_models import SynapseModels
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Floats

RATES_FILE, NOISE_FILE = "garrett_firing_rates.pkl", "additive_noise.mat"


class SonataFolder:
    """Reads a SONATA network; a `FolderReader`.

    Args:
        files: of the network.
        settings: what the files do not settle.

    Attributes:
        path: the folder or configuration that the user named.
        files: as given.
        roles: what each population is.

    Raises:
        ValueError: a file is missing or damaged, or does not say what it must.

    Example:
        >>> SonataFolder.__name__
        'SonataFolder'
    """

    def __init__(self, files: SonataFiles, settings: SonataSettings | None = None) -> None:
        self.path: Path = files.path
        self.files: SonataFiles = files
        self._settings = settings or SonataSettings()
        self.roles: Roles = find_roles(
            read_nodes(files.nodes),
            read_edge_populations(files.edges),
            self._settings.lgn_population,
            self.path,
        )
        self._cells = Cells(self.roles.cells, files)
        for sentence in (*self.roles.left_out, *self._cells.left_out):
            tell(f"{self.path}: {sentence}")

    @property
    def cell_files(self) -> Sequence[Path | str]:
        """The files that `cells` depends on."""
        nodes = self.roles.cells
        found: list[Path | str] = ["sonata", nodes.path, *self._cells.paths]
        if self.files.basis_file is not None:
            found += [self.files.basis_file, repr(self.files.tau_basis)]
        return found + self._files_of([nodes], self.roles.recurrent)

    @property
    def input_files(self) -> Sequence[Path | str]:
        """The files that `inputs` depends on, and the settings."""
        from_background = [e for edges in self.roles.from_background.values() for e in edges]
        sources = [self.roles.lgn, *self.roles.background]
        nodes = [node for node in sources if node is not None]
        edges = [*self.roles.inputs, *from_background]
        settings = f"{self._settings!r} {sorted(self.files.rates.items())}"
        return [*self.cell_files, settings, *(n.path for n in nodes), *self._files_of(nodes, edges)]

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

    def node_ids(self) -> NDArray[np.int64]:
        """Ids of the nodes whose cell model is known here."""
        return self._cells.ids

    def positions(self) -> tuple[Floats, Floats, Floats]:
        """(x, y, z) of these nodes, um; y is the depth below the pia.

        Raises:
            ValueError: places that are not finite, or a depth that the signs of y do not tell.
        """
        return self._cells.positions(self._settings.depth)

    def tuning_angles(self) -> Floats | None:
        """(n,) direction that each of these nodes is tuned to, degrees; None if not known."""
        return self._cells.tuning_angles()

    def population_names(
        self, node_ids: NDArray[np.integer[Any]], types: NDArray[np.int64], n_types: int
    ) -> NDArray[np.str_]:
        """Population name of each chosen node, (n,): pop_name, else model_name, else ei.

        Args:
            node_ids: (n,) which of these nodes.
            types: (n,) number of the type of each.
            n_types: number of node types.
        """
        return self._cells.names(node_ids, types)

    def target_rates(self) -> NDArray[np.float32]:
        """Recorded firing rates, Hz, ascending; empty without a file of them in the folder."""
        return read_target_rates(self._folder / RATES_FILE)

    def noise_samples(self) -> NDArray[np.float32] | None:
        """Samples of recorded background noise; None without a file of them in the folder."""
        return read_noise_samples(self._folder / NOISE_FILE)

    @property
    def _folder(self) -> Path:
        return self.path if self.path.is_dir() else self.path.parent

    def cells(self, index_of: NDArray[np.int32]) -> CellTables:
        """The chosen neurons and the synapses among them.

        Args:
            index_of: (n,) index of each of these nodes among the chosen neurons, or -1.

        Raises:
            ValueError: a file is damaged, or holds what no cell or synapse can have.
        """
        index = self._node_index(index_of)
        pieces = self.edge_pieces(self.roles.recurrent, self.roles.cells, index, index, delays=True)
        return CellTables(
            types=self._cells.types[index_of >= 0],
            parameters=self._cells.parameters(),
            synapses=joined_columns(columns for columns, _, _ in pieces),
            factors=self._cells.receptors.factors,
        )

    def chosen_index(self, node_ids: NDArray[np.int64]) -> NDArray[np.int32]:
        """(n_nodes,) index of every node of the population among some, or -1.

        Args:
            node_ids: ids of these, in their order.
        """
        index = np.full(self.roles.cells.n_nodes, -1, np.int32)
        index[node_ids] = np.arange(len(node_ids), dtype=np.int32)
        return index

    def _node_index(self, index_of: NDArray[np.int32]) -> NDArray[np.int32]:
        """(n_nodes,) index of every node of the population among the chosen neurons, or -1."""
        index = np.full(self.roles.cells.n_nodes, -1, np.int32)
        index[self._cells.ids] = index_of
        return index

    def edge_pieces(
        self,
        populations: Sequence[EdgePopulation],
        source: NodePopulation,
        source_index: NDArray[np.int32],
        target_index: NDArray[np.int32],
        *,
        delays: bool,
    ) -> Iterator[tuple[SynapseColumns, EdgePopulation, Edges]]:
        """Synapses of some populations of edges in pieces, with the edges that they stand for.

        Args:
            populations: from `source` to the cells.
            source: population of their sources.
            source_index, target_index: (n_nodes,) index of each node among the chosen, or -1.
            delays: whether each edge must have a delay.

        Raises:
            ValueError: a file is damaged, or an edge cannot be.
        """
        chosen = np.flatnonzero(target_index >= 0)
        cell_type = np.zeros(len(chosen), np.int64)
        types = self._cells.model_of[self.roles.cells.type_rows[chosen]]
        cell_type[target_index[chosen]] = types
        for population in populations:
            models = SynapseModels(population.types, self._cells, self.files)
            reader = EdgeReader(
                population, source, self.roles.cells, source_index, target_index, delays=delays
            )
            for edges in reader.pieces():
                receptor, model = models.of(edges.type_rows, cell_type[edges.target])
                columns = SynapseColumns(
                    edges.source, edges.target, receptor,
                    edges.weight.astype(np.float32), edges.delay.astype(np.float32), model,
                )  # fmt: skip
                yield columns, population, edges

    def inputs(self, index_of: NDArray[np.int32]) -> InputTables:
        """What reaches the chosen neurons from outside.

        Args:
            index_of: (n,) index of each of these nodes among the chosen neurons, or -1.

        Raises:
            ValueError: a file is damaged, or holds what no synapse can have.
        """
        index, lgn = self._node_index(index_of), self.roles.lgn
        n_units = 0 if lgn is None else lgn.n_nodes
        factors = self._cells.receptors.factors
        synapses = joined_columns([], factors)
        if lgn is not None:
            every = np.arange(n_units, dtype=np.int32)
            pieces = self.edge_pieces(self.roles.inputs, lgn, every, index, delays=False)
            synapses = joined_columns((columns for columns, _, _ in pieces), factors)
        summed = np.zeros((int((index_of >= 0).sum()), N_RECEPTORS))
        independent, rates = [], []
        for node, pieces, first in self.background_pieces(index):
            columns = joined_columns((piece for piece, _, _ in pieces), factors)
            if first is None:
                summed += summed_by_target(columns, factors, len(summed))
            else:
                independent.append(columns._replace(source=columns.source + np.int32(first)))
                rates.append(self._rate(node))
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
            n_background=sum(n.n_nodes for n in self.roles.background if not self._is_summed(n)),
            background_rate=rates[0] if rates else 0.0,
        )

    def background_pieces(
        self, index: NDArray[np.int32]
    ) -> Iterator[tuple[NodePopulation, Iterator[Any], int | None]]:
        """Each population of background sources, with its synapses as `edge_pieces` gives them.

        The third is the number of its first source among all independent ones; None if its sources
        are summed.

        Args:
            index: (n_nodes,) index of each node among the chosen neurons, or -1.
        """
        first = 0
        for node in self.roles.background:
            every = np.arange(node.n_nodes, dtype=np.int32)
            edges = self.roles.from_background[node.name]
            pieces = self.edge_pieces(edges, node, every, index, delays=False)
            if self._is_summed(node):
                yield node, pieces, None
            else:
                yield node, pieces, first
                first += node.n_nodes

    def _is_summed(self, node: NodePopulation) -> bool:
        if self._settings.background == "auto":
            return node.n_nodes == 1
        return self._settings.background == "summed"

    def _rate(self, node: NodePopulation) -> float:
        given = self._settings.background_rate
        if given is not None:
            return float(given)
        told = node.numbers("firing_rate")
        told = BACKGROUND_HZ if told is None or not len(told) else float(told[0])
        return self.files.rates.get(node.name, told)
