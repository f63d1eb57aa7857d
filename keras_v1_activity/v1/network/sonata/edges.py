"""The edges of a SONATA network, in pieces: those among chosen nodes, with weight and delay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation
from keras_v1_activity.v1.network.sonata.populations import Rows, open_sonata, population_names
from keras_v1_activity.v1.network.sonata.types_table import TypesTable
from keras_v1_activity.v1.network.sonata.weights import Ends, weight_factor

PIECE: Final = 2_000_000
"""Edges that are held at once, besides those that are kept."""


@dataclass(frozen=True, eq=False, kw_only=True)
class EdgePopulation:
    """One population of edges.

    Attributes:
        name: of the population.
        path: its file.
        types: `TypesTable` of its types.
        source, target: names of the populations of nodes that it joins.
        n_edges: how many edges it has.

    Example:
        >>> read_edge_populations([])
        []
    """

    name: str
    path: Path
    types: TypesTable
    source: str
    target: str
    n_edges: int


class Edges(NamedTuple):
    """Edges among chosen nodes.

    Attributes:
        rows: (n,) row of each in its population.
        source, target: (n,) int32 index among the chosen nodes.
        type_rows: (n,) row of the table of types.
        syn_weight: (n,) float64, pA, as stored.
        factor: (n,) float64, by which it is multiplied.
        delay: (n,) float64, ms.
    """

    rows: NDArray[np.int64]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    type_rows: NDArray[np.int64]
    syn_weight: NDArray[np.float64]
    factor: NDArray[np.float64]
    delay: NDArray[np.float64]

    @property
    def weight(self) -> NDArray[np.float64]:
        """(n,) float64 weight, pA."""
        return self.syn_weight * self.factor


def read_edge_populations(
    files: Sequence[tuple[Path, Path | None]],
) -> list[EdgePopulation]:
    """All populations of edges of some files, without their edges.

    Args:
        files: (HDF5 file, table of types or None) of each set.

    Raises:
        ValueError: a file is damaged or laid out otherwise.
    """
    found = []
    for path, types_path in files:
        types = TypesTable.read(types_path, "edge_type_id")
        with open_sonata(path) as file:
            for name in population_names(file, "edges"):
                rows = Rows(file, "edges", name, types)
                found.append(
                    EdgePopulation(
                        name=name,
                        path=path,
                        types=types,
                        source=rows.end_population("source_node_id"),
                        target=rows.end_population("target_node_id"),
                        n_edges=rows.n_rows,
                    )
                )
    return found


class EdgeReader:
    """Reads the edges of one population among chosen nodes.

    Args:
        population: `EdgePopulation`.
        source, target: `NodePopulation` that it joins.
        source_index, target_index: (n_nodes,) index of each node among the chosen ones, or -1.
        delays: whether each edge must have a delay.

    Example:
        >>> EdgeReader.__name__
        'EdgeReader'
    """

    def __init__(
        self,
        population: EdgePopulation,
        source: NodePopulation,
        target: NodePopulation,
        source_index: NDArray[np.int32],
        target_index: NDArray[np.int32],
        *,
        delays: bool,
    ) -> None:
        self.population: EdgePopulation = population
        self._nodes = (source, target)
        self._index = (source_index, target_index)
        self._delays = delays
        self._rules = population.types.texts("weight_function")
        self._places = [
            {name: node.numbers(name) for name in ("tuning_angle", "x", "z")}
            for node in self._nodes
        ]

    def pieces(self) -> Iterator[Edges]:
        """The edges among chosen nodes, in the order of the file.

        Raises:
            ValueError: the file is damaged, or an edge cannot be.
        """
        edges = self.population
        with open_sonata(edges.path) as file:
            rows = Rows(file, "edges", edges.name, edges.types)
            for start in range(0, rows.n_rows, PIECE):
                piece = slice(start, min(start + PIECE, rows.n_rows))
                found = self._read(rows, piece)
                if found is not None:
                    yield found

    def _read(self, rows: Rows, piece: slice) -> Edges | None:
        ends = [
            self._checked(rows.read(f"{end}_node_id", piece), end, node)
            for end, node in zip(("source", "target"), self._nodes, strict=True)
        ]
        source, target = (index[ids] for index, ids in zip(self._index, ends, strict=True))
        inside = (source >= 0) & (target >= 0)
        kept: Any = slice(None)
        if not inside.all():
            kept = np.flatnonzero(inside)
            if not len(kept):
                return None
        type_rows = rows.type_rows(piece, kept)

        def number(name: str) -> NDArray[np.float64] | None:
            return self._numbers(rows.column(name, piece, kept, type_rows), name)

        weight = number("syn_weight")
        if weight is None:
            raise self._missing("syn_weight", "pA")
        delay = number("delay") if self._delays else np.zeros(len(type_rows))
        if delay is None:
            raise self._missing("delay", "ms")
        self._check(weight, np.isfinite(weight), "syn_weight", "a finite number of pA")
        good = np.isfinite(delay) & (delay >= 0)
        self._check(delay, good, "delay", "a finite number of 0 ms or more")
        return Edges(
            rows=np.arange(piece.start, piece.stop)[kept],
            source=source[kept],
            target=target[kept],
            type_rows=type_rows,
            syn_weight=weight,
            factor=self._factor(type_rows, [end[kept] for end in ends], number),
            delay=delay,
        )

    def _checked(
        self, ids: NDArray[np.integer[Any]], end: str, node: NodePopulation
    ) -> NDArray[np.integer[Any]]:
        if ids.size and not 0 <= ids.min() <= ids.max() < node.n_nodes:
            wrong = ids.max() if ids.max() >= node.n_nodes else ids.min()
            raise ValueError(
                f"{self.population.path} names node {wrong:,} of {node.name} as {end}, but there "
                f"are only {node.n_nodes:,}: use the files of one network."
            )
        return ids

    def _numbers(self, values: NDArray[Any] | None, name: str) -> NDArray[np.float64] | None:
        if values is not None and values.dtype.kind not in "iufb":
            raise ValueError(
                f"{self.population.path}: {name} must be a number; got "
                f"{shown(values[:3].tolist())}."
            )
        return None if values is None else values.astype(np.float64, copy=False)

    def _missing(self, name: str, unit: str) -> ValueError:
        edges = self.population
        return ValueError(
            f"{edges.path}: the edges {edges.name} have no {name}, neither in a group nor in "
            f"{edges.types.place}: give each edge or each type its {name} in {unit}."
        )

    def _check(
        self, values: NDArray[Any], good: NDArray[np.bool_], name: str, expected: str
    ) -> None:
        if not good.all():
            raise ValueError(
                f"{self.population.path}: {name} must be {expected}; it is not for "
                f"{int((~good).sum()):,} edges, the first has {values[int(np.argmin(good))]}."
            )

    def _factor(
        self, type_rows: NDArray[np.int64], ends: list[NDArray[Any]], number: Any
    ) -> NDArray[np.float64]:
        """(n,) what the stored weight of each edge is multiplied by."""
        nsyns, where = number("nsyns"), self.population.types.place
        factor = np.ones(len(type_rows)) if nsyns is None else nsyns.copy()
        self._check(factor, np.isfinite(factor), "nsyns", "a finite number")
        if self._rules is None:
            return factor
        rule_of = np.array(self._rules, object)
        sigma = number("weight_sigma")
        # One number for each type, so that texts of millions of edges are never compared.
        distinct = [rule for rule in dict.fromkeys(self._rules) if rule is not None]
        for rule in distinct:
            mine = np.flatnonzero((rule_of == rule)[type_rows])
            if not len(mine):
                continue
            factor[mine] = weight_factor(
                rule,
                self._ends([end[mine] for end in ends]),
                factor[mine],
                None if sigma is None else sigma[mine],
                where,
            )
        return factor

    def _ends(self, ids: list[NDArray[Any]]) -> Ends:
        (source, target), (one, other) = self._places, ids

        def apart(name: str) -> NDArray[np.float64] | None:
            first, second = source[name], target[name]
            return None if first is None or second is None else second[other] - first[one]

        tuned = [
            None if place["tuning_angle"] is None else place["tuning_angle"][mine]
            for place, mine in zip(self._places, ids, strict=True)
        ]
        return Ends(source_tuning=tuned[0], target_tuning=tuned[1], dx=apart("x"), dz=apart("z"))
