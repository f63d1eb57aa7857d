"""Checks of the numbers in a network file, each of which fails with one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Floats, Glif3Parameters

ADVICE = "use the file as published, or make one with v1.write_synthetic_network."


def wrong_layout(path: Path | str, error: Exception | str) -> ValueError:
    """The error to raise for a file whose containers are not as published.

    Args:
        path: the file.
        error: what failed in reading it, or a sentence that says so.

    Example:
        >>> str(wrong_layout("network_dat.pkl", KeyError("nodes")))[:72]
        "network_dat.pkl is not laid out as a GLIF_network file (KeyError: 'nodes"
    """
    told = f"{type(error).__name__}: {error}" if isinstance(error, Exception) else error
    return ValueError(f"{path} is not laid out as a GLIF_network file ({told}): {ADVICE}")


def numbers(value: object, where: str, dtype: DTypeLike = np.float64) -> Floats:
    """`value` as a flat float array.

    Args:
        value: a number or anything that numpy makes an array of numbers of.
        where: file, entry and field, for the message.
        dtype: of the result; numbers beyond its range become infinite.

    Raises:
        ValueError: there are things other than numbers.

    Example:
        >>> numbers([1, 2.5], "network_dat.pkl: k")
        array([1. , 2.5])
    """
    try:
        array = np.asarray(value).reshape(-1)
        if array.dtype == dtype:
            return array
        if array.dtype.kind not in "biufO":
            raise TypeError
        with np.errstate(over="ignore"):
            return array.astype(dtype)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{where} must hold numbers; got {_shown(value)}: {ADVICE}") from None


def whole_numbers(value: object, where: str) -> NDArray[np.integer[Any]]:
    """`value` as a flat integer array.

    Args:
        value: a whole number, or an array or list of them.
        where: file, entry and field, for the message.

    Raises:
        ValueError: there are things other than whole numbers.

    Example:
        >>> whole_numbers([3, 4], "network_dat.pkl: ids")
        array([3, 4])
    """
    try:
        array = np.asarray(value).reshape(-1)
    except ValueError:  # lists of unequal length
        array = np.zeros(1)
    if not array.size:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{where} must hold whole numbers; got {_shown(value)}: {ADVICE}")
    return array


def _shown(value: object) -> str:
    """`value` as a message repeats it; an array of the reader's own class as a plain one."""
    return shown(np.asarray(value) if isinstance(value, np.ndarray) else value)


def check_all(
    good: NDArray[np.bool_], values: NDArray[Any], where: str, expected: str, unit: str
) -> None:
    """Refuses values that are not all good.

    Args:
        good: booleans, one per row of `values`.
        values: array, one row per `unit`.
        where: file and field, for the message.
        expected: what the values must be, in words.
        unit: what there is one row of, e.g. "node type".

    Raises:
        ValueError: one sentence with the number of bad rows and the first of them.

    Example:
        >>> g = np.array([5.0, 4.0])
        >>> check_all(g > 0, g, "network_dat.pkl: g", "above 0 nS", "node type")
    """
    if good.all():
        return
    bad = np.flatnonzero(~good)
    raise ValueError(
        f"{where} must be {expected}; it is not for {len(bad):,} of {len(good):,} {unit}s, the "
        f"first is {unit} {bad[0]:,} with {np.asarray(values[bad[0]]).tolist()}: {ADVICE}"
    )


def check_parameters(parameters: Glif3Parameters, path: Path | str) -> None:
    """Refuses parameters that no cell can have.

    Args:
        parameters: of every node type.
        path: the file, for the message.

    Raises:
        ValueError: not finite; V_th not above E_L; C_m, g or tau_syn not above 0; t_ref or k
            below 0.

    Example:
        >>> check_parameters(network.parameters, "network_dat.pkl")
    """
    allowed: Mapping[str, tuple[Callable[[Floats], NDArray[np.bool_]], str]] = {
        "V_th": (lambda v: v > parameters.E_L, "above E_L (mV)"),
        "C_m": (lambda v: v > 0, "above 0 pF"),
        "g": (lambda v: v > 0, "above 0 nS"),
        "tau_syn": (lambda v: v > 0, "above 0 ms"),
        "t_ref": (lambda v: v >= 0, "0 ms or more"),
        "k": (lambda v: v >= 0, "0 or more per ms"),
    }
    for name, values in vars(parameters).items():
        rows = (len(values), -1)
        finite = np.isfinite(values).reshape(rows).all(1)
        check_all(finite, values, f"{path}: {name}", "a finite number", "node type")
    for name, (rule, expected) in allowed.items():
        values = getattr(parameters, name)
        good = rule(values).reshape(len(values), -1).all(1)
        check_all(good, values, f"{path}: {name}", expected, "node type")


def node_type_ids(
    nodes: Sequence[Mapping[str, Any]], n_nodes: int, path: Path | str, nodes_path: Path | str
) -> list[NDArray[np.integer[Any]]]:
    """The node ids of each type; together they name 0 to n_nodes - 1 once.

    Args:
        nodes: an entry with "ids" for each node type.
        n_nodes: number of nodes.
        path: the file of the entries, for the message.
        nodes_path: the file that says how many nodes there are, for the message.

    Raises:
        ValueError: ids that are no whole numbers, beyond the network, missing or double.

    Example:
        >>> node_type_ids([{"ids": [0, 2]}, {"ids": [1]}], 3, "network_dat.pkl", "v1_nodes.h5")
        [array([0, 2]), array([1])]
    """
    ids = [whole_numbers(n["ids"], f"{path}: ids of node type {i}") for i, n in enumerate(nodes)]
    beyond = any(i.size and not 0 <= i.min() <= i.max() < n_nodes for i in ids)
    if beyond or sum(map(len, ids)) != n_nodes:
        raise ValueError(
            f"{path} and {nodes_path} do not name the same {n_nodes:,} neurons: use the files of "
            "one network."
        )
    counts = np.bincount(np.concatenate(ids).astype(np.int64), minlength=n_nodes)
    if (counts != 1).any():
        double = int(counts.argmax())
        raise ValueError(
            f"{path} gives neuron {double:,} to more than one node type or twice to one, and "
            f"leaves {int((counts == 0).sum()):,} neurons without: {ADVICE}"
        )
    return ids


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
            f"{where}: receptor_type must be 1 to {N_RECEPTORS}; got {_shown(value)}: {ADVICE}"
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
