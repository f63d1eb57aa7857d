"""Edge groups of a network file as one table of synapses, in the published order."""

import numpy as np

from keras_v1_activity.v1.network.file_checks import (
    check_edge_values,
    edge_ends,
    edge_receptor,
    edge_values,
    wrong_layout,
)
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS


def gather_edges(edges, index_of, path, source_index=None):
    """Columns (source, target, receptor, weight, delay) of the edges among chosen neurons.

    Each group is filtered before anything is joined, and dropped from `edges` when done, so that
    the whole network is never held twice.

    Args:
        edges: list of edge groups, which is emptied.
        index_of: (n_nodes,) index of each node among the chosen neurons, or -1.
        path: the file, for messages.
        source_index: the same of the sources, where these are not the nodes.

    Raises:
        ValueError: an edge that cannot be, or another layout.
    """
    source_index = index_of if source_index is None else source_index
    if isinstance(edges, (tuple, np.ndarray)):
        edges = list(edges)
    if not isinstance(edges, list):
        raise wrong_layout(path, f"edges must be a list of groups, got {type(edges).__name__}")
    kept = []
    for number in range(len(edges)):
        group, edges[number] = edges[number], None
        where = f"{path}: edge group {number}"
        source, target = edge_ends(group, len(source_index), len(index_of), where)
        source, target = source_index[source], index_of[target]
        inside = (source >= 0) & (target >= 0)
        n, params = int(inside.sum()), group["params"]
        receptor = edge_receptor(params["receptor_type"], where)
        kept.append(
            (
                source[inside],
                target[inside],
                np.full(n, receptor, np.int8),
                edge_values(params["weight"], inside, n, where, "weight"),
                edge_values(params.get("delay", 0.0), inside, n, where, "delay"),
            )
        )
    empty = np.zeros(0)
    first = (empty.astype(np.int32),) * 2 + (empty.astype(np.int8), *(empty.astype("f4"),) * 2)
    columns = [np.concatenate(column) for column in zip(first, *kept, strict=True)]
    sizes = [len(group[0]) for group in kept]
    check_edge_values(columns[3], -np.inf, sizes, path, "weight must be a finite number of pA")
    check_edge_values(columns[4], 0.0, sizes, path, "delay must be a finite number of 0 ms or more")
    return columns


def in_published_order(columns, n_sources, published_delay_order=False):
    """Columns by name, ordered by target, receptor and source.

    Args:
        columns: as `gather_edges` gives them.
        n_sources: number of possible sources.
        published_delay_order: leave the delays in the order they came in.
    """
    source, target, receptor, weight, delay = columns
    row = target.astype(np.int64) * N_RECEPTORS + receptor
    order = np.argsort(row * n_sources + source, kind="stable")
    return {
        "source": source[order],
        "target": target[order],
        "receptor": receptor[order],
        "weight": weight[order],
        "delay": delay if published_delay_order else delay[order],
    }


def sum_doubles(columns, n_channels):
    """One synapse per (target, receptor, channel), of the summed weight."""
    source, target, receptor, weight, delay = columns
    key = (target.astype(np.int64) * N_RECEPTORS + receptor) * n_channels + source
    distinct, first, place = np.unique(key, return_index=True, return_inverse=True)
    summed = np.bincount(place, weight, minlength=len(distinct)).astype(np.float32)
    return [source[first], target[first], receptor[first], summed, delay[first]]
