"""Which population of nodes of a SONATA network is what: the cells, the input, the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_v1_activity.common.checks import counted, shown
from keras_v1_activity.v1.network.sonata.edges import EdgePopulation
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation

_BACKGROUND = ("bkg", "background", "noise", "bg")
_INPUT = "lgn"


@dataclass(frozen=True, eq=False, kw_only=True)
class Roles:
    """The populations of a network, and the edges onto its cells.

    Attributes:
        cells: the population that is simulated.
        lgn: the population whose nodes are the input channels; None if there is none.
        background: the populations that are background.
        recurrent, inputs: populations of edges among the cells, and from the input.
        from_background: populations of edges of each background population, by its name.
        left_out: a sentence on each population of edges that is not read.
    """

    cells: NodePopulation
    lgn: NodePopulation | None
    background: Sequence[NodePopulation]
    recurrent: Sequence[EdgePopulation]
    inputs: Sequence[EdgePopulation]
    from_background: Mapping[str, Sequence[EdgePopulation]]
    left_out: Sequence[str]


def find_roles(
    nodes: Sequence[NodePopulation],
    edges: Sequence[EdgePopulation],
    lgn_population: str | None,
    path: Path,
) -> Roles:
    """The roles of the populations of a network.

    Args:
        nodes, edges: all populations.
        lgn_population: name of the input population, if the user gives it.
        path: of the network, for messages.

    Raises:
        ValueError: there is not one population of cells, or the input cannot be told.
    """
    cells = [population for population in nodes if not population.is_virtual]
    if len(cells) != 1:
        raise ValueError(
            f"{path} must have one population of nodes with cell models; it has {len(cells)}"
            f"{f': {shown([p.name for p in cells])}' if cells else ''}: write the cells into one "
            "population, or name a configuration with only one of them."
        )
    virtual = [population for population in nodes if population.is_virtual]
    lgn = _find_lgn(virtual, lgn_population, path)
    background = [population for population in virtual if population is not lgn]
    onto = [edge for edge in edges if edge.target == cells[0].name]
    by_source = {p.name: [e for e in onto if e.source == p.name] for p in nodes}
    left_out = [
        f"{counted(edge.n_edges, 'edge')} {edge.name} of {edge.path.name} left out: they run from "
        f"{edge.source} to {edge.target}, and not from a population of nodes to {cells[0].name}."
        for edge in edges
        if edge.target != cells[0].name or edge.source not in by_source
    ]
    return Roles(
        cells=cells[0],
        lgn=lgn,
        background=background,
        recurrent=by_source[cells[0].name],
        inputs=[] if lgn is None else by_source[lgn.name],
        from_background={p.name: by_source[p.name] for p in background},
        left_out=left_out,
    )


def _find_lgn(
    virtual: Sequence[NodePopulation], named: str | None, path: Path
) -> NodePopulation | None:
    names = [population.name for population in virtual]
    if named is not None:
        if named not in names:
            raise ValueError(
                f"lgn_population must be one of the populations of sources of {path}, "
                f"{shown(names)}; got {shown(named)}."
            )
        return virtual[names.index(named)]
    told = [p for p in virtual if _INPUT in p.name.lower()]
    others = [p for p in virtual if not _is_background(p)]
    for candidates in (told, others):
        if len(candidates) == 1:
            return candidates[0]
    if not others:
        return None
    raise ValueError(
        f"{path} has several populations of sources, {shown(names)}: say which one is the input, "
        f"e.g. lgn_population={names[0]!r}; the others are background."
    )


def _is_background(population: NodePopulation) -> bool:
    return any(word in population.name.lower() for word in _BACKGROUND)
