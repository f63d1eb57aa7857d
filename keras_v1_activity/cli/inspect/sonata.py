"""What a SONATA network holds, counted without building a network from it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common.checks import counted
from keras_v1_activity.v1.network.selection import CORE_RADIUS_UM
from keras_v1_activity.v1.network.sonata.cells import Cells
from keras_v1_activity.v1.network.sonata.config import SonataFiles
from keras_v1_activity.v1.network.sonata.edges import read_edge_populations
from keras_v1_activity.v1.network.sonata.nodes import read_nodes


def lines(files: SonataFiles) -> Iterator[str]:
    """Lines of text on the network.

    Args:
        files: of the network.

    Raises:
        ValueError: a file is damaged or missing.

    Example:
        >>> from keras_v1_activity import v1
        >>> from keras_v1_activity.v1.network.sonata.config import find_files
        >>> folder = v1.write_sonata(network, "sonata_network")
        >>> print(list(lines(find_files(folder)))[1])     # doctest: +ELLIPSIS
        200 nodes v1: 200 cells that are read, 200 within 400 um of the axis
    """
    yield f"SONATA network {files.path}"
    for nodes in read_nodes(files.nodes):
        if nodes.is_virtual:
            yield f"{counted(nodes.n_nodes, 'node')} {nodes.name}: sources of spikes"
            continue
        yield from cell_lines(Cells(nodes, files))
    for edges in read_edge_populations(files.edges):
        yield (
            f"{counted(edges.n_edges, 'edge')} {edges.name}, from {edges.source} to "
            f"{edges.target}, of {counted(len(edges.types.ids), 'type')}"
        )


def cell_lines(cells: Cells) -> Iterator[str]:
    """Lines of text on the cells of a network.

    Args:
        cells: `Cells`.
    """
    nodes = cells.nodes
    x, _, z = cells.positions("y")
    n_core = np.count_nonzero(np.sqrt(x**2 + z**2) < CORE_RADIUS_UM)
    yield (
        f"{counted(nodes.n_nodes, 'node')} {nodes.name}: {len(cells.ids):,} cells that are "
        f"read, {n_core:,} within {CORE_RADIUS_UM:g} um of the axis"
    )
    yield from (f"  {sentence}" for sentence in cells.left_out)
    names = cells.names(np.arange(len(cells.ids)), cells.types)
    populations = Populations.from_names(names)
    yield f"  {'population':<12} {'layer':>5} {'class':>6} {'neurons':>9}"
    for member, count in zip(populations.members, populations.counts, strict=True):
        yield f"  {member.name:<12} {member.layer:>5} {member.cell_class:>6} {count:>9,}"
