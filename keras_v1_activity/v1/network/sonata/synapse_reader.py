"""The synapses of a SONATA network in pieces, as columns and as the edges that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.raw_tables import SynapseColumns
from keras_v1_activity.v1.network.sonata.cells import Cells
from keras_v1_activity.v1.network.sonata.config import SonataFiles
from keras_v1_activity.v1.network.sonata.edges import EdgePopulation, EdgeReader, Edges
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation
from keras_v1_activity.v1.network.sonata.roles import Roles
from keras_v1_activity.v1.network.sonata.synapse_models import SynapseModels

Piece: TypeAlias = tuple[SynapseColumns, EdgePopulation, Edges]
"""Synapses, the population that they stand in, and their edges."""


class SynapseReader:
    """Reads the synapses onto chosen neurons.

    Everywhere, `index` is (n_nodes,) the index of each node of the population of cells among the
    chosen neurons, or -1.

    Args:
        files: of the network.
        roles: what each population is.
        cells: its cells.
        background: "auto", "summed" or "independent".

    Example:
        >>> SynapseReader.__name__
        'SynapseReader'
    """

    def __init__(self, files: SonataFiles, roles: Roles, cells: Cells, background: str) -> None:
        self._files, self._roles, self._cells = files, roles, cells
        self._background = background

    def chosen_index(
        self, node_ids: NDArray[np.integer], index_of: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        """(n_nodes,) index of every node of the population among the chosen ones, or -1.

        Args:
            node_ids: (n,) ids of some nodes.
            index_of: (n,) index of each; None: 0, 1, 2, ...
        """
        index = np.full(self._roles.cells.n_nodes, -1, np.int32)
        index[node_ids] = np.arange(len(node_ids)) if index_of is None else index_of
        return index

    def recurrent(self, index: NDArray[np.int32]) -> Iterator[Piece]:
        """Synapses among the chosen neurons."""
        roles = self._roles
        return self.pieces(roles.recurrent, roles.cells, index, index, delays=True)

    def inputs(self, index: NDArray[np.int32]) -> Iterator[Piece]:
        """Synapses from the units of the LGN."""
        if self._roles.lgn is None:
            return iter(())
        every = np.arange(self._roles.lgn.n_nodes, dtype=np.int32)
        return self.pieces(self._roles.inputs, self._roles.lgn, every, index, delays=False)

    @property
    def n_independent(self) -> int:
        """How many background sources fire on their own."""
        return sum(n.n_nodes for n in self._roles.background if not self._is_summed(n))

    def background(
        self, index: NDArray[np.int32]
    ) -> Iterator[tuple[NodePopulation, Iterator[Piece], int | None]]:
        """Each population of background sources, with its synapses as `pieces` gives them.

        The third is the number of its first source among all independent ones; None if its sources
        are summed.
        """
        first = 0
        for node in self._roles.background:
            every = np.arange(node.n_nodes, dtype=np.int32)
            edges = self._roles.from_background[node.name]
            pieces = self.pieces(edges, node, every, index, delays=False)
            if self._is_summed(node):
                yield node, pieces, None
            else:
                yield node, pieces, first
                first += node.n_nodes

    def _is_summed(self, node: NodePopulation) -> bool:
        if self._background == "auto":
            return node.n_nodes == 1
        return self._background == "summed"

    def pieces(
        self,
        populations: Sequence[EdgePopulation],
        source: NodePopulation,
        source_index: NDArray[np.int32],
        target_index: NDArray[np.int32],
        *,
        delays: bool,
    ) -> Iterator[Piece]:
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
        types = self._cells.model_of[self._roles.cells.type_rows[chosen]]
        cell_type[target_index[chosen]] = types
        for population in populations:
            models = SynapseModels(population.types, self._cells, self._files)
            reader = EdgeReader(
                population, source, self._roles.cells, source_index, target_index, delays=delays
            )
            for edges in reader.pieces():
                receptor, model = models.of(edges.type_rows, cell_type[edges.target])
                columns = SynapseColumns(
                    edges.source, edges.target, receptor,
                    edges.weight.astype(np.float32), edges.delay.astype(np.float32), model,
                )  # fmt: skip
                yield columns, population, edges
