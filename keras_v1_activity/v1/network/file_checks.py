"""Checks of the numbers in a network file, each of which fails with one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.reading import one_line
from keras_v1_activity.v1.network.v1_network import Floats, Glif3Parameters

_LARGEST = 2**63 - 1
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
    told = f"{type(error).__name__}: " if isinstance(error, Exception) else ""
    told += one_line(error)
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
        raise ValueError(f"{where} must hold numbers; got {shown_value(value)}: {ADVICE}") from None


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
        raise ValueError(f"{where} must hold whole numbers; got {shown_value(value)}: {ADVICE}")
    if array.dtype.kind == "u" and array.dtype.itemsize == 8:
        # Numpy makes floats of these and signed ones together.
        if array.max() > _LARGEST:
            raise ValueError(
                f"{where} must hold whole numbers up to 2**63; got {int(array.max())}: {ADVICE}"
            )
        return array.astype(np.int64)
    return array


def shown_value(value: object) -> str:
    """`value` as a message repeats it; an array of the reader's own class as a plain one.

    Example:
        >>> shown_value([1, "x"])
        "[1, 'x']"
    """
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
        f"first is {unit} {bad[0]:,} with {shown(np.asarray(values[bad[0]]).tolist())}: {ADVICE}"
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
) -> list[NDArray[np.int64]]:
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
    whole = [of_type.astype(np.int64) for of_type in ids]
    counts = np.bincount(np.concatenate(whole), minlength=n_nodes)
    if (counts != 1).any():
        double = int(counts.argmax())
        raise ValueError(
            f"{path} gives neuron {double:,} to more than one node type or twice to one, and "
            f"leaves {int((counts == 0).sum()):,} neurons without: {ADVICE}"
        )
    return whole
