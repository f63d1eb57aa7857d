"""Which row of a file holds which synapse of a network: files may list synapses in any order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.v1_network import Synapses

# Columns of a file by what they are in `Synapses`, the one that orders most first.
_ENDS: Final = {"target": "targets", "receptor": "receptor_types", "source": "sources"}


def rows_of_synapses(
    columns: Mapping[str, NDArray[Any]], synapses: Synapses, name: str, path: Path | str
) -> NDArray[np.int64] | slice:
    """The row of a file for each synapse of a network; a slice of all if the order is the same.

    Synapses that agree in target, receptor and source are matched in the order they come in.

    Args:
        columns: of the file: targets, receptor_types and sources.
        synapses: of the network.
        name: of the synapses, e.g. "recurrent", for the message.
        path: the file, for the message.

    Raises:
        ValueError: the synapses of the file are others.

    Example:
        >>> columns = {"targets": network.recurrent.target[::-1],
        ...            "receptor_types": network.recurrent.receptor[::-1],
        ...            "sources": network.recurrent.source[::-1]}
        >>> rows = rows_of_synapses(columns, network.recurrent, "recurrent", "network.h5")
        >>> bool((columns["sources"][rows] == network.recurrent.source).all())
        True
    """
    file_ends = [columns[column] for column in _ENDS.values()]
    own_ends = [getattr(synapses, attribute) for attribute in _ENDS]
    if _are_equal(file_ends, own_ends):
        return slice(None)
    # The last key of lexsort orders most.
    order, own = np.lexsort(file_ends[::-1]), np.lexsort(own_ends[::-1])
    if not _are_equal([end[order] for end in file_ends], [end[own] for end in own_ends]):
        raise ValueError(
            f"the {len(order):,} {name} synapses in {path} are others than the {len(own):,} of "
            "the model's network: it was probably loaded with another n_neurons, seed or "
            "selection."
        )
    rows = np.empty(len(own), np.int64)
    rows[own] = order
    return rows


def _are_equal(mine: list[NDArray[Any]], theirs: list[NDArray[Any]]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(mine, theirs, strict=True))
