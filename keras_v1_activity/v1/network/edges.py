"""Edge groups of a network file as one table of synapses, in the published order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.edge_checks import (
    check_edge_values,
    edge_ends,
    edge_receptor,
    edge_values,
)
from keras_v1_activity.v1.network.file_checks import wrong_layout
from keras_v1_activity.v1.network.raw_tables import SynapseColumns
from keras_v1_activity.v1.network.sonata.joining import joined_columns
from keras_v1_activity.v1.network.table_cache import Arrays
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS

Meaning: TypeAlias = Callable[
    [Mapping[str, Any], NDArray[np.int32], str],
    tuple[NDArray[np.int8], NDArray[np.int16] | None],
]
"""A function (edge group, targets of its kept edges, where) -> their receptor and synapse model."""

_MOST_BITS = 63


def gather_edges(
    edges: Any,
    index_of: NDArray[np.int32],
    path: Path | str,
    source_index: NDArray[np.int32] | None = None,
    *,
    meaning: Meaning | None = None,
    factors: NDArray[np.float32] | None = None,
) -> SynapseColumns:
    """`SynapseColumns` of the edges among chosen neurons, in the order of the file.

    Each group is filtered before anything is joined, and dropped from `edges` when done, so that
    the whole network is never held twice.

    Args:
        edges: list of edge groups as the file holds them; it is emptied.
        index_of: (n_nodes,) index of each node among the chosen neurons, or -1.
        path: the file, for messages.
        source_index: the same of the sources, if these are not the nodes.
        meaning: what tells the receptors of a group; None: its receptor_type, 1 to 4.
        factors: of the synapse models that `meaning` tells, if it does.

    Raises:
        ValueError: an edge that cannot be, or another layout.
        KeyError, TypeError, IndexError, AttributeError: a group is laid out otherwise.

    Example:
        >>> group = {"source": [0, 1], "target": [1, 1],
        ...          "params": {"receptor_type": 1, "weight": 2.5, "delay": 1.0}}
        >>> gather_edges([group], np.array([-1, 0], np.int32), "network_dat.pkl").source
        array([0], dtype=int32)
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
        target = target[inside]
        receptor, model = (meaning or _one_receptor)(group, target, where)
        weight = edge_values(params["weight"], inside, n, where, "weight")
        delay = edge_values(params.get("delay", 0.0), inside, n, where, "delay")
        kept.append(SynapseColumns(source[inside], target, receptor, weight, delay, model))
    sizes = [len(group.source) for group in kept]
    columns = joined_columns(kept, factors)
    check_edge_values(columns.weight, -np.inf, sizes, path, "weight must be a finite number of pA")
    expected = "delay must be a finite number of 0 ms or more"
    check_edge_values(columns.delay, 0.0, sizes, path, expected)
    return columns


def _one_receptor(
    group: Mapping[str, Any], target: NDArray[np.int32], where: str
) -> tuple[NDArray[np.int8], None]:
    receptor = edge_receptor(group["params"]["receptor_type"], where)
    return np.full(len(target), receptor, np.int8), None


def in_published_order(
    columns: SynapseColumns,
    n_sources: int,
    published_delay_order: bool = False,
    *,
    stable: bool = True,
) -> Arrays:
    """Columns by name, ordered by target, receptor and source.

    Args:
        columns: in any order.
        n_sources: number of possible sources.
        published_delay_order: leave the delays in the order they came in.
        stable: synapses that agree in all three stay in the order they came in; False leaves their
            order to numpy's default sort, as published.

    Example:
        >>> ones = np.ones(2, np.float32)
        >>> columns = SynapseColumns(np.array([5, 4]), np.array([1, 0]), np.zeros(2), ones, ones)
        >>> in_published_order(columns, 6)["source"]
        array([4, 5])
    """
    order = published_order(columns, n_sources, stable=stable)
    named = {name: column for name, column in columns._asdict().items() if column is not None}
    if published_delay_order:
        del named["delay"]
    return {"delay": columns.delay} | {name: column[order] for name, column in named.items()}


def published_order(
    columns: SynapseColumns, n_sources: int, *, stable: bool = True
) -> NDArray[np.int64]:
    """Places of the synapses in the order of `in_published_order`.

    Args:
        columns, n_sources, stable: as there.

    Example:
        >>> columns = SynapseColumns(np.array([5, 4]), *np.zeros((4, 2), np.int64))
        >>> published_order(columns, 6)
        array([1, 0])
    """
    key = columns.target.astype(np.int64) * N_RECEPTORS
    key += columns.receptor.astype(np.int8, copy=False)
    key *= n_sources
    key += columns.source
    return _stable_order(key) if stable else np.argsort(key)


def _stable_order(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """The stable order of `key`, which is overwritten.

    The place of a key as its lowest digits makes each one unique. Such numbers can be sorted by
    value, for which numpy is several times as fast as for an order.
    """
    n_bits = max(len(key) - 1, 1).bit_length()
    if int(key.max(initial=0)).bit_length() + n_bits > _MOST_BITS or key.min(initial=0) < 0:
        return np.argsort(key, kind="stable")
    key <<= n_bits
    key |= np.arange(len(key))
    key.sort()
    key &= (1 << n_bits) - 1
    return key


def sum_doubles(columns: SynapseColumns, n_channels: int) -> SynapseColumns:
    """One synapse per (target, receptor or synapse model, channel), of the summed weight.

    Args:
        columns: whose sources are input channels.
        n_channels: number of channels.

    Example:
        >>> zeros, ones = np.zeros(2, np.int64), np.ones(2, np.float32)
        >>> sum_doubles(SynapseColumns(zeros, zeros, zeros, ones, ones), 1).weight
        array([2.], dtype=float32)
    """
    source, target, receptor, weight, delay, model = columns
    kind, n_kinds = (
        (receptor, N_RECEPTORS) if model is None else (model, int(model.max(initial=0)) + 1)
    )
    key = (target.astype(np.int64) * n_kinds + kind) * n_channels + source
    distinct, first, place = np.unique(key, return_index=True, return_inverse=True)
    summed = np.bincount(place, weight, minlength=len(distinct)).astype(np.float32)
    return SynapseColumns(
        source[first], target[first], receptor[first], summed, delay[first],
        None if model is None else model[first],
    )  # fmt: skip
