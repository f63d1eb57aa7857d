"""Writing an exported network file; its layout is in `exported.py`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.v1.checkpoints.exported import NORMALISED, PICOAMPERE
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    BIAS,
    INPUT,
    KERNEL,
    RECURRENT,
    SCALE,
)
from keras_v1_activity.v1.network.noise import BACKGROUND_FACTOR
from keras_v1_activity.v1.network.task_readouts import readout_of
from keras_v1_activity.v1.network.v1_network import Glif3Parameters, Synapses, V1Network
from keras_v1_activity.version import __version__

_PARAMETERS = tuple(field.name for field in fields(Glif3Parameters))


def export_network(
    network: V1Network,
    path: str | os.PathLike[str],
    n_output: int = 10,
    groups: NDArray[np.integer[Any]] | None = None,
) -> Path:
    """Writes a network as it is in its folder, untrained: weights in pA.

    Args:
        network: the network.
        path: HDF5 file to write, e.g. ``network.h5``.
        n_output: number of classes.
        groups: (n_output, cells) readout neurons of each class; None takes the network's own for
            `n_output` classes, or none if it is too small for them.

    Returns:
        The path.

    Example:
        >>> path = export_network(network, "network.h5")
        >>> with h5py.File(path) as file:
        ...     sorted(file), file.attrs["weight_unit"]
        (['input', 'neurons', 'readout', 'recurrent'], 'pA')
    """
    if groups is None:
        try:
            groups = network.class_groups(n_output)
        except ValueError:
            groups = np.zeros((0, 0), np.int64)
    values = {
        RECURRENT: network.recurrent.weight,
        INPUT: network.inputs.weight,
        BACKGROUND: network.background_weights.reshape(-1),
    }
    return write_exported(
        path, network, values, weight_unit=PICOAMPERE, n_output=n_output, groups=groups
    )


def write_exported(
    path: str | os.PathLike[str],
    network: V1Network,
    values: Mapping[str, NDArray[Any]],
    *,
    weight_unit: str,
    n_output: int,
    groups: NDArray[np.integer[Any]] | None = None,
    task: str | None = None,
) -> Path:
    """Writes the file, whole or not at all.

    Args:
        path: HDF5 file.
        network: `V1Network` that the weights belong to.
        values: published variable name -> array, in `weight_unit`.
        weight_unit: one of `WEIGHT_UNITS`.
        n_output: number of classes.
        groups: (groups, cells) readout neurons, class after class; None for the linear readout.
        task: published task whose readout it is, or None.

    Returns:
        The path.

    Raises:
        ValueError: the network is one that such a file cannot hold.

    Example:
        >>> values = {
        ...     "sparse_recurrent_weights": network.recurrent.weight,
        ...     "sparse_input_weights": network.inputs.weight,
        ...     "rest_of_brain_weights": network.background_weights.reshape(-1),
        ... }
        >>> write_exported("network.h5", network, values, weight_unit="pA", n_output=3).name
        'network.h5'
    """
    if network.recurrent.factors is not None or network.background is not None:
        raise ValueError(
            f"{path} cannot hold synapses that act on several receptors, or background sources "
            "that fire on their own: write the network with v1.write_sonata, or its trained "
            "weights with v1.export_weights."
        )
    with replacing(path) as part, h5py.File(part, "w") as file:
        file.attrs.update(
            n_neurons=network.n_neurons,
            n_input=network.n_input,
            n_output=n_output,
            weight_unit=weight_unit,
            written_by=f"keras_v1_activity {__version__}",
        )
        _write_neurons(file.create_group("neurons"), network)
        recurrent = _write_synapses(file, "recurrent", network.recurrent, values[RECURRENT])
        recurrent["delays"] = network.recurrent.delay
        inputs = _write_synapses(file, "input", network.inputs, values[INPUT])
        inputs["bkg_weights"] = values[BACKGROUND]
        inputs["channel_of_unit"] = network.input_channel_of
        if network.lgn_units is not None:
            for name, values in vars(network.lgn_units).items():
                inputs[f"unit_{name}"] = values
        factor = BACKGROUND_FACTOR if weight_unit == NORMALISED else 1.0
        inputs["bkg_weights"].attrs["factor"] = factor
        readout = file.create_group("readout")
        _write_readout(readout, network, values, groups)
        if task is not None:
            readout.attrs["task"] = task
            threshold = readout_of(task).threshold
            if groups is not None and threshold is not None:
                readout.attrs["threshold"] = threshold
    return Path(path)


def _write_neurons(group: h5py.Group, network: V1Network) -> None:
    for axis in "xyz":
        group[f"positions_{axis}"] = getattr(network, axis)
    names = network.populations.names_per_neuron()
    group["population_names"] = names.astype(h5py.string_dtype())
    types = np.asarray(network.node_types)
    parameters = network.parameters
    first = np.full(types.max() + 1, -1)
    first[types[::-1]] = np.arange(network.n_neurons)[::-1]
    if any(not _equal(getattr(parameters, p), first[types]) for p in _PARAMETERS):
        # Neurons of one type that differ are each written as a type of their own.
        types = first = np.arange(network.n_neurons)
    group["node_type_ids"] = types.astype(np.int32)
    for name in _PARAMETERS:
        rows = getattr(parameters, name)[first].copy()
        rows[first < 0] = np.nan
        group[f"glif3_params/{name}"] = rows


def _equal(values: NDArray[Any], representative: NDArray[np.int64]) -> bool:
    return np.array_equal(values, values[representative])


def _write_synapses(
    file: h5py.File, name: str, synapses: Synapses, weights: NDArray[Any]
) -> h5py.Group:
    group = file.create_group(name)
    group["sources"] = synapses.source
    group["targets"] = synapses.target
    group["weights"] = weights
    group["receptor_types"] = synapses.receptor
    return group


def _write_readout(
    group: h5py.Group,
    network: V1Network,
    values: Mapping[str, NDArray[Any]],
    groups: NDArray[np.integer[Any]] | None,
) -> None:
    if groups is None:
        group["neuron_ids"] = np.arange(network.n_neurons, dtype=np.int64)
    else:
        group["neuron_ids"] = np.asarray(groups, np.int64).reshape(-1)
        group["neuron_ids"].attrs["neurons_per_output"] = groups.shape[1]
    if KERNEL in values:
        group["weights"], group["biases"] = values[KERNEL], values[BIAS]
    if SCALE in values:
        group.attrs["scale"] = values[SCALE]
