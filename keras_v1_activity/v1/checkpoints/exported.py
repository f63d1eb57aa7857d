"""The exported network file for other simulators: one HDF5 file with neurons, synapses, readout.

Layout, besides the attributes n_neurons, n_input, n_output and weight_unit of the file:

- ``neurons/``: node_type_ids, positions_x, positions_y, positions_z (um), and ``glif3_params/``
  with one row per node type (NaN for types that none of the neurons has). Our files add
  population_names, one for each neuron.
- ``recurrent/``: sources, targets, weights, receptor_types (from 0), delays (ms).
- ``input/``: sources, targets, weights, receptor_types, and bkg_weights (n_neurons * 4) of the
  background: row neuron * 4 + receptor, times its attribute ``factor``. Our files add
  channel_of_unit, the input channel that each LGN unit was merged into, and, if it is known where
  the units look, unit_x and unit_y (degrees) and unit_off (whether one answers to darkness only).
- ``readout/``: neuron_ids, class after class; for a linear readout also weights (neuron, class) and
  biases, which act on mean spikes per time step. Our files may add the attributes task, and
  threshold, the mean spikes per time step that stand for the first class.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.hdf5_reading import attribute, open_hdf5
from keras_v1_activity.v1.checkpoints.checked_values import count, finite_number, indices, reals
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    BIAS,
    INPUT,
    KERNEL,
    RECURRENT,
    SCALE,
    Values,
    damaged,
)
from keras_v1_activity.v1.checkpoints.synapse_order import rows_of_synapses
from keras_v1_activity.v1.network.noise import BACKGROUND_FACTOR
from keras_v1_activity.v1.network.table_cache import Arrays
from keras_v1_activity.v1.network.task_readouts import TASK_READOUTS
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Floats, Synapses, V1Network

NORMALISED: Final = "V_th - E_L"
PICOAMPERE: Final = "pA"
WEIGHT_UNITS: Final = (NORMALISED, PICOAMPERE)
_DAMAGE: Final = (OSError, RuntimeError, KeyError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True, eq=False, kw_only=True)
class ExportedNetwork:
    """The content of an exported network file, as arrays.

    Attributes:
        path: the file.
        n_neurons: number of neurons.
        n_input: number of input channels.
        n_output: number of classes.
        weight_unit: "V_th - E_L" (of the target; trained) or "pA" (as in a GLIF_network folder).
        recurrent: the columns sources, targets, weights, receptor_types (from 0) and delays (ms),
            each (n_synapses,).
        inputs: the same columns without delays.
        background: (n_neurons * 4,) weights, in `weight_unit`; None if the file has none.
        background_factor: 10 if the ten background sources are counted in, else 1.
        readout_neurons: (n,) neuron indices, class after class.
        readout_weights: (neuron, class) float64, or None.
        readout_biases: (class,) float64, or None.
        readout_scale: (1,) float32 parameter b of the readout by groups, or None.
        readout_threshold: mean spikes per time step that stand for the first class, whose group is
            then missing; or None.
        task: published task whose readout it is, or None.

    Example:
        >>> from keras_v1_activity import v1
        >>> v1.read_exported(v1.export_network(network, "network.h5"))
        ExportedNetwork(200 neurons, 7,998 recurrent synapses, weights in pA, from 'network.h5')
    """

    path: Path
    n_neurons: int
    n_input: int
    n_output: int
    weight_unit: str
    recurrent: Arrays
    inputs: Arrays
    background: Floats | None
    background_factor: float
    readout_neurons: NDArray[np.integer[Any]]
    readout_weights: Floats | None = None
    readout_biases: Floats | None = None
    readout_scale: Floats | None = None
    readout_threshold: float | None = None
    task: str | None = None

    def __repr__(self) -> str:
        return (
            f"ExportedNetwork({self.n_neurons:,} neurons, {len(self.recurrent['weights']):,} "
            f"recurrent synapses, weights in {self.weight_unit}, from {str(self.path)!r})"
        )

    def weights_for(self, network: V1Network) -> Values:
        """Published variable name -> array, in the order of a network's synapses.

        Args:
            network: `V1Network` that the file belongs to.

        Raises:
            ValueError: the synapses are not those of the network.
        """
        self._check_sizes(network)
        scale = network.parameters.voltage_scale
        values: Values = {
            RECURRENT: self._ordered("recurrent", self.recurrent, network.recurrent, scale),
            INPUT: self._ordered("input", self.inputs, network.inputs, scale),
        }
        if self.background is not None:
            rows = self.background.reshape(-1) * (BACKGROUND_FACTOR / self.background_factor)
            if self.weight_unit == PICOAMPERE:
                rows = rows / np.repeat(scale, N_RECEPTORS)
            values[BACKGROUND] = rows.astype(np.float32)
        readout = {
            KERNEL: self.readout_weights,
            BIAS: self.readout_biases,
            SCALE: self.readout_scale,
        }
        return values | {name: value for name, value in readout.items() if value is not None}

    def _check_sizes(self, network: V1Network) -> None:
        for name in ("n_neurons", "n_input"):
            mine, theirs = getattr(self, name), getattr(network, name)
            if mine != theirs:
                raise ValueError(
                    f"{self.path} holds a network of {name}={mine:,}, but the model's network has "
                    f"{theirs:,}: load the network with {name}={mine}."
                )

    def _ordered(
        self, name: str, columns: Arrays, synapses: Synapses, scale: Floats
    ) -> NDArray[np.float32]:
        """Weights of the file in the order of `synapses`, divided by V_th - E_L."""
        weights = columns["weights"][rows_of_synapses(columns, synapses, name, self.path)]
        if self.weight_unit == PICOAMPERE:
            weights = weights / scale[synapses.target]
        return weights.astype(np.float32)

    def delays_differ(self, network: V1Network) -> bool:
        """Whether a recurrent delay differs from the network's by half a millisecond or more.

        Args:
            network: `V1Network` with the same synapses.

        Raises:
            ValueError: the synapses are not those of the network.
        """
        rows = rows_of_synapses(self.recurrent, network.recurrent, "recurrent", self.path)
        difference = np.abs(self.recurrent["delays"][rows] - network.recurrent.delay)
        return bool((difference >= 0.5).any())


def is_exported(path: str | os.PathLike[str]) -> bool:
    """Whether an HDF5 file is an exported network.

    Example:
        >>> is_exported("missing.h5")
        False
    """
    try:
        with open_hdf5(path, only=["recurrent/sources", "neurons/node_type_ids"]) as file:
            return "recurrent/sources" in file and "neurons" in file
    except OSError:
        return False


def exported_attributes(path: str | os.PathLike[str]) -> dict[str, Any]:
    """n_neurons, n_input, n_output and weight_unit of an exported network file, without its arrays.

    Args:
        path: HDF5 file.

    Raises:
        ValueError: the file is damaged, or an attribute is missing or wrong.

    Example:
        >>> from keras_v1_activity import v1
        >>> exported_attributes(v1.export_network(network, "network.h5"))["n_input"]
        17400
    """
    try:
        with open_hdf5(path, only=["readout"]) as file:
            task = _task(file["readout"]) if "readout" in file else None
            return _attributes(file) | ({} if task is None else {"task": task})
    except _DAMAGE as error:
        raise damaged(Path(path), error) from None


def read_exported(path: str | os.PathLike[str]) -> ExportedNetwork:
    """Reads an exported network file, ours or another program's.

    A file without the attribute weight_unit is taken for a trained one.

    Args:
        path: HDF5 file.

    Returns:
        `ExportedNetwork`.

    Raises:
        ValueError: the file is damaged, or one of its parts is missing.

    Example:
        >>> from keras_v1_activity import v1
        >>> exported = v1.read_exported(v1.export_network(network, "network.h5"))
        >>> bool((exported.recurrent["weights"] == network.recurrent.weight).all())
        True
    """
    path = Path(path)
    try:
        with open_hdf5(path, each=8) as file:
            return ExportedNetwork(path=path, **_content(file))
    except _DAMAGE as error:
        raise damaged(path, error) from None


def _content(file: h5py.File) -> dict[str, Any]:
    attributes = _attributes(file)
    inputs, readout = file["input"], file["readout"]
    background = inputs.get("bkg_weights")
    factor = BACKGROUND_FACTOR if attributes["weight_unit"] == NORMALISED else 1.0
    if background is not None:
        factor = finite_number(attribute(background, "factor", factor), "the factor of bkg_weights")
    n_neurons, n_input = attributes["n_neurons"], attributes["n_input"]
    scale = np.asarray(attribute(readout, "scale")) if "scale" in readout.attrs else None
    return {
        **attributes,
        "recurrent": {
            **_columns(file["recurrent"], n_neurons, n_neurons),
            "delays": reals(file["recurrent/delays"]).reshape(-1),
        },
        "inputs": _columns(inputs, n_input, n_neurons),
        "background": None if background is None else reals(background),
        "background_factor": factor,
        "readout_neurons": indices(readout["neuron_ids"], n_neurons),
        "readout_weights": reals(readout["weights"]) if "weights" in readout else None,
        "readout_biases": reals(readout["biases"]) if "biases" in readout else None,
        "readout_scale": scale,
        "readout_threshold": _threshold(readout),
        "task": _task(readout),
    }


def _attributes(file: h5py.File) -> dict[str, Any]:
    unit = _text(attribute(file, "weight_unit", NORMALISED))
    if unit not in WEIGHT_UNITS:
        raise ValueError(
            f"{file.filename} gives its weights in {shown(unit)}: expected one of "
            f"{list(WEIGHT_UNITS)} in the file's attribute weight_unit."
        )
    names = ("n_neurons", "n_input", "n_output")
    sizes = {name: count(attribute(file, name), name) for name in names}
    return sizes | {"weight_unit": unit}


def _columns(group: h5py.Group, n_sources: int, n_targets: int) -> Arrays:
    columns = {
        "sources": indices(group["sources"], n_sources),
        "targets": indices(group["targets"], n_targets),
        "weights": reals(group["weights"]).reshape(-1),
        "receptor_types": indices(group["receptor_types"], N_RECEPTORS),
    }
    if len({len(column) for column in columns.values()}) > 1:
        raise TypeError(f"the columns of {group.name} differ in length")
    return columns


def _threshold(readout: h5py.Group) -> float | None:
    if "threshold" not in readout.attrs:
        return None
    return finite_number(attribute(readout, "threshold"), "the threshold of the readout")


def _task(readout: h5py.Group) -> str | None:
    """The task, if it is a published one."""
    task = _text(attribute(readout, "task", ""))
    return task if task in TASK_READOUTS else None


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
