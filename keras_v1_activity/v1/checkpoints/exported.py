"""The exported network file for other simulators: one HDF5 file with neurons, synapses, readout.

Layout, besides the attributes n_neurons, n_input, n_output and weight_unit of the file:

- ``neurons/``: node_type_ids, positions_x, positions_y, positions_z (um), and ``glif3_params/``
  with one row per node type (NaN for types that none of the neurons has). Ours adds
  population_names, one a neuron.
- ``recurrent/``: sources, targets, weights, receptor_types (from 0), delays (ms).
- ``input/``: sources, targets, weights, receptor_types, and bkg_weights (n_neurons * 4) of the
  background: row neuron * 4 + receptor, times its attribute ``factor``. Ours adds
  channel_of_unit, the input channel that each LGN unit was merged into.
- ``readout/``: neuron_ids, class after class; for a linear readout also weights (neuron, class) and
  biases, which act on mean spikes per time step.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import h5py
import numpy as np

from keras_v1_activity.common.files import replacing
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    BIAS,
    INPUT,
    KERNEL,
    RECURRENT,
    SCALE,
    damaged,
)
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Glif3Parameters
from keras_v1_activity.version import __version__

NORMALISED, PICOAMPERE = "V_th - E_L", "pA"
WEIGHT_UNITS = (NORMALISED, PICOAMPERE)
# The model's background weights hold the ten sources of the published background together.
TRAINED_FACTOR = 10.0
_PARAMETERS = tuple(field.name for field in fields(Glif3Parameters))


@dataclass(frozen=True, eq=False, kw_only=True)
class ExportedNetwork:
    """The content of an exported network file, as arrays.

    Attributes:
        path: the file.
        n_neurons, n_input, n_output: sizes.
        weight_unit: "V_th - E_L" (of the target; trained) or "pA" (as in a GLIF_network folder).
        recurrent, inputs: dict of the columns sources, targets, weights, receptor_types and, for
            recurrent, delays (ms).
        background: (n_neurons * 4,) weights, in `weight_unit`; None where the file has none.
        background_factor: 10 where the ten background sources are counted in, else 1.
        readout_neurons: neuron indices, class after class.
        readout_weights: (neuron, class) float64, or None.
        readout_biases: (class,) float64, or None.
        readout_scale: (1,) float32 parameter b of the readout by groups, or None.
    """

    path: Path
    n_neurons: int
    n_input: int
    n_output: int
    weight_unit: str
    recurrent: dict
    inputs: dict
    background: np.ndarray | None
    background_factor: float
    readout_neurons: np.ndarray
    readout_weights: np.ndarray | None = None
    readout_biases: np.ndarray | None = None
    readout_scale: np.ndarray | None = None

    def weights_for(self, network):
        """Published variable name -> array, in the order of a network's synapses.

        Raises:
            ValueError: the synapses are not those of the network.
        """
        self._check_sizes(network)
        scale = network.parameters.voltage_scale
        values = {
            RECURRENT: self._ordered("recurrent", self.recurrent, network.recurrent, scale),
            INPUT: self._ordered("input", self.inputs, network.inputs, scale),
        }
        if self.background is not None:
            rows = self.background.reshape(-1) * (TRAINED_FACTOR / self.background_factor)
            if self.weight_unit == PICOAMPERE:
                rows = rows / np.repeat(scale, N_RECEPTORS)
            values[BACKGROUND] = rows.astype(np.float32)
        readout = {
            KERNEL: self.readout_weights,
            BIAS: self.readout_biases,
            SCALE: self.readout_scale,
        }
        return values | {name: value for name, value in readout.items() if value is not None}

    def _check_sizes(self, network):
        for name in ("n_neurons", "n_input"):
            mine, theirs = getattr(self, name), getattr(network, name)
            if mine != theirs:
                raise ValueError(
                    f"{self.path} holds a network of {name}={mine:,}, but the model's network has "
                    f"{theirs:,}: load the network with {name}={mine}."
                )

    def _ordered(self, name, columns, synapses, scale):
        """Weights of the file in the order of `synapses`, divided by V_th - E_L."""
        ends = zip(
            (columns["targets"], columns["receptor_types"], columns["sources"]),
            (synapses.target, synapses.receptor, synapses.source),
            strict=True,
        )
        order = slice(None)
        if not all(np.array_equal(mine, theirs) for mine, theirs in ends):
            order = self._order_of(name, columns, synapses)
        weights = columns["weights"][order]
        if self.weight_unit == PICOAMPERE:
            weights = weights / scale[synapses.target]
        return weights.astype(np.float32)

    def _order_of(self, name, columns, synapses):
        order = np.lexsort((columns["sources"], columns["receptor_types"], columns["targets"]))
        own = np.lexsort((synapses.source, synapses.receptor, synapses.target))
        same = len(order) == len(own) and all(
            np.array_equal(columns[column][order], getattr(synapses, attribute)[own])
            for column, attribute in (
                ("sources", "source"),
                ("targets", "target"),
                ("receptor_types", "receptor"),
            )
        )
        if not same:
            raise ValueError(
                f"the {len(order):,} {name} synapses in {self.path} are others than the "
                f"{len(own):,} of the model's network: it was probably loaded with another "
                "n_neurons, seed or selection."
            )
        place = np.empty(len(own), np.int64)
        place[own] = order
        return place

    def delays_differ(self, network):
        """Whether a recurrent delay differs from the network's by half a millisecond or more."""
        order = slice(None)
        if not np.array_equal(self.recurrent["sources"], network.recurrent.source):
            order = self._order_of("recurrent", self.recurrent, network.recurrent)
        difference = np.abs(self.recurrent["delays"][order] - network.recurrent.delay)
        return bool((difference >= 0.5).any())


def export_network(network, path, n_output=10, groups=None):
    """Writes a network as it is in its folder, untrained: weights in pA.

    Args:
        network: `V1Network`.
        path: HDF5 file to write, e.g. ``network.h5``.
        n_output: number of classes.
        groups: int array (n_output, cells) of readout neurons; None takes the network's own for
            `n_output` classes, or none where it is too small for them.

    Returns:
        The path.

    Example:
        >>> export_network(load_network("GLIF_network"), "network.h5")   # doctest: +SKIP
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


def write_exported(path, network, values, *, weight_unit, n_output, groups=None):
    """Writes the file, whole or not at all.

    Args:
        path: HDF5 file.
        network: `V1Network` that the weights belong to.
        values: published variable name -> array, in `weight_unit`.
        weight_unit: one of `WEIGHT_UNITS`.
        n_output: number of classes.
        groups: int array (n_output, cells) of readout neurons; None for the linear readout.

    Returns:
        The path.
    """
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
        factor = TRAINED_FACTOR if weight_unit == NORMALISED else 1.0
        inputs["bkg_weights"].attrs["factor"] = factor
        _write_readout(file.create_group("readout"), network, values, groups)
    return Path(path)


def _write_neurons(group, network):
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


def _equal(values, representative):
    return np.array_equal(values, values[representative])


def _write_synapses(file, name, synapses, weights):
    group = file.create_group(name)
    group["sources"] = synapses.source
    group["targets"] = synapses.target
    group["weights"] = weights
    group["receptor_types"] = synapses.receptor
    return group


def _write_readout(group, network, values, groups):
    if groups is None:
        group["neuron_ids"] = np.arange(network.n_neurons, dtype=np.int64)
    else:
        group["neuron_ids"] = np.asarray(groups, np.int64).reshape(-1)
        group["neuron_ids"].attrs["neurons_per_output"] = groups.shape[1]
    if KERNEL in values:
        group["weights"], group["biases"] = values[KERNEL], values[BIAS]
    if SCALE in values:
        group.attrs["scale"] = values[SCALE]


def is_exported(path):
    """Whether an HDF5 file is an exported network."""
    try:
        with h5py.File(path, "r") as file:
            return "recurrent/sources" in file and "neurons" in file
    except OSError:
        return False


def exported_attributes(path):
    """n_neurons, n_input, n_output and weight_unit of an exported network file, without its arrays.

    Raises:
        ValueError: the file is damaged, or an attribute is missing or wrong.
    """
    try:
        with h5py.File(path, "r") as file:
            return _attributes(file)
    except (OSError, RuntimeError, KeyError) as error:
        raise damaged(path, error) from None


def read_exported(path):
    """Reads an exported network file, ours or another program's.

    A file without the attribute weight_unit is taken for a trained one.

    Args:
        path: HDF5 file.

    Returns:
        `ExportedNetwork`.

    Raises:
        ValueError: the file is damaged, or one of its parts is missing.

    Example:
        >>> read_exported("network.h5").recurrent["weights"]   # doctest: +SKIP
    """
    path = Path(path)
    try:
        with h5py.File(path, "r") as file:
            return ExportedNetwork(path=path, **_content(file))
    except (OSError, RuntimeError, KeyError) as error:
        raise damaged(path, error) from None


def _content(file):
    attributes = _attributes(file)
    inputs, readout = file["input"], file["readout"]
    background = inputs.get("bkg_weights")
    factor = TRAINED_FACTOR if attributes["weight_unit"] == NORMALISED else 1.0
    return {
        **attributes,
        "recurrent": {**_columns(file["recurrent"]), "delays": file["recurrent/delays"][:]},
        "inputs": _columns(inputs),
        "background": None if background is None else background[()],
        "background_factor": (
            factor if background is None else float(background.attrs.get("factor", factor))
        ),
        "readout_neurons": readout["neuron_ids"][()].reshape(-1),
        "readout_weights": readout["weights"][()] if "weights" in readout else None,
        "readout_biases": readout["biases"][()] if "biases" in readout else None,
        "readout_scale": np.asarray(readout.attrs["scale"]) if "scale" in readout.attrs else None,
    }


def _attributes(file):
    unit = _text(file.attrs.get("weight_unit", NORMALISED))
    if unit not in WEIGHT_UNITS:
        raise ValueError(
            f"{file.filename} gives its weights in {unit!r}: expected one of {list(WEIGHT_UNITS)} "
            "in the file's attribute weight_unit."
        )
    sizes = {name: int(file.attrs[name]) for name in ("n_neurons", "n_input", "n_output")}
    return sizes | {"weight_unit": unit}


def _columns(group):
    names = ("sources", "targets", "weights", "receptor_types")
    return {name: group[name][()].reshape(-1) for name in names}


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)
