"""Tables of synapses that were read in pieces, as one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.raw_tables import SynapseColumns
from keras_v1_activity.v1.network.synapses import N_RECEPTORS

_TYPES = (np.int32, np.int32, np.int8, np.float32, np.float32, np.int16)


def joined_columns(pieces: Any, factors: NDArray[np.float32] | None = None) -> SynapseColumns:
    """One table of several; each column is dropped from the pieces as soon as it is joined.

    Args:
        pieces: of `SynapseColumns`.
        factors: of their models, if there are any.

    Example:
        >>> joined_columns([]).weight
        array([], dtype=float32)
    """
    parts = [list(piece) for piece in pieces]
    n_columns = len(_TYPES) - (not parts and factors is None)
    joined: list[Any] = []
    for place in range(n_columns):
        column = [part[place] for part in parts]
        for part in parts:
            part[place] = None
        if column and column[0] is None:
            joined.append(None)
        else:
            empty = np.zeros(0, _TYPES[place])
            joined.append(np.concatenate([empty, *column], dtype=_TYPES[place], casting="unsafe"))
    return SynapseColumns(*joined)


def summed_by_target(
    columns: SynapseColumns, factors: NDArray[np.float32] | None, n_targets: int
) -> NDArray[np.float64]:
    """(n_targets, 4) summed weight of some synapses on each receptor.

    Args:
        columns: of the synapses.
        factors: of their models, if there are any.
        n_targets: number of possible targets.

    Example:
        >>> one = np.ones(2, np.int32)
        >>> columns = SynapseColumns(one, one, one, np.array([2.5, 1.0]), one)
        >>> summed_by_target(columns, None, 2)[1]
        array([0. , 3.5, 0. , 0. ])
    """
    row = columns.target.astype(np.int64) * N_RECEPTORS
    size = n_targets * N_RECEPTORS
    if columns.model is None or factors is None:
        return np.bincount(row + columns.receptor, columns.weight, size).reshape(-1, N_RECEPTORS)
    shares = factors[columns.model] * columns.weight[:, None]
    sums = [np.bincount(row + r, shares[:, r], size) for r in range(N_RECEPTORS)]
    return np.sum(sums, 0).reshape(-1, N_RECEPTORS)
