"""Checks of the edge groups in a network file, each of which fails with one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.file_checks import ADVICE, numbers, shown_value, whole_numbers
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS


def edge_ends(
    group: Mapping[str, Any], known_sources: int, known_targets: int, where: str
) -> list[NDArray[np.integer[Any]]]:
    """[source, target] cell ids of an edge group.

    Args:
        group: with "source" and "target".
        known_sources: number of cells that may be a source.
        known_targets: number of cells that may be a target.
        where: file and group, for the message.

    Raises:
        ValueError: ids that are no whole numbers or beyond the network, or unequal lengths.

    Example:
        >>> edge_ends({"source": [0], "target": [4]}, 5, 5, "network_dat.pkl: edge group 0")
        [array([0]), array([4])]
    """
    ends = []
    for end, n_known in (("source", known_sources), ("target", known_targets)):
        ids = whole_numbers(group[end], f"{where}: {end}")
        if ids.size and not (0 <= ids.min() and ids.max() < n_known):
            wrong = ids.max() if ids.max() >= n_known else ids.min()
            raise ValueError(
                f"{where} names cell {wrong:,} as {end}, but there are only {n_known:,}: use the "
                "files of one network."
            )
        ends.append(ids)
    if len(ends[0]) != len(ends[1]):
        raise ValueError(
            f"{where} has {len(ends[0]):,} sources but {len(ends[1]):,} targets: {ADVICE}"
        )
    return ends


def edge_receptor(value: object, where: str) -> int:
    """Receptor of an edge group, counted from 0.

    Args:
        value: receptor_type of the group, counted from 1.
        where: file and group, for the message.

    Raises:
        ValueError: not 1, 2, 3 or 4.

    Example:
        >>> edge_receptor(4, "network_dat.pkl: edge group 0")
        3
    """
    if type(value) is int and 1 <= value <= N_RECEPTORS:
        return value - 1
    receptor = numbers(value, f"{where}: receptor_type")
    if receptor.size != 1 or receptor[0] not in range(1, N_RECEPTORS + 1):
        raise ValueError(
            f"{where}: receptor_type must be 1 to {N_RECEPTORS}; got {shown_value(value)}: {ADVICE}"
        )
    return int(receptor[0]) - 1


def edge_values(
    value: object, kept: NDArray[np.bool_], n_kept: int, where: str, field: str
) -> NDArray[np.float32]:
    """float32 value of each kept edge, from one per edge or one for all.

    Args:
        value: weight or delay of the group.
        kept: boolean of each edge.
        n_kept: how many are kept.
        where: file and group, for the message.
        field: name of the value, for the message.

    Raises:
        ValueError: not numbers, or of the wrong length.

    Example:
        >>> edge_values(0.5, np.array([True, False, True]), 2, "edge group 0", "weight")
        array([0.5, 0.5], dtype=float32)
    """
    values = numbers(value, f"{where}: {field}", np.float32)
    if len(values) == len(kept):
        return values[kept]
    if len(values) != 1:
        raise ValueError(
            f"{where}: {field} must hold one number, or one for each of the {len(kept):,} edges; "
            f"got {len(values):,}: {ADVICE}"
        )
    return np.full(n_kept, values[0])


def check_edge_values(
    values: NDArray[np.float32],
    least: float,
    sizes: Sequence[int],
    path: Path | str,
    expected: str,
) -> None:
    """Refuses weights or delays of the kept edges that are impossible.

    Args:
        values: of all groups, one after the other.
        least: smallest allowed value.
        sizes: kept edges of each group.
        path: the file, for the message.
        expected: field and what it must be, in words.

    Raises:
        ValueError: not finite, or below `least`.

    Example:
        >>> delays = np.array([1.0, 2.0], np.float32)
        >>> check_edge_values(delays, 0.0, [2], "network_dat.pkl", "delay must be 0 ms or more")
    """
    # One pass over everything: thousands of small groups would cost more than the reading.
    good = np.isfinite(values) & (values >= least)
    if good.all():
        return
    first = int(np.argmin(good))
    group = int(np.searchsorted(np.cumsum(sizes), first, side="right"))
    raise ValueError(
        f"{path}: {expected}; it is not for {int((~good).sum()):,} of {len(good):,} edges, the "
        f"first is in edge group {group:,} with {values[first]}: {ADVICE}"
    )
