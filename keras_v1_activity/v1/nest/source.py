"""From what a user has (folder, exported file, checkpoint) to a network that NEST can take."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common.hdf5_reading import open_hdf5
from keras_v1_activity.v1.checkpoints.checked_values import indices, reals
from keras_v1_activity.v1.checkpoints.exported import (
    NORMALISED,
    ExportedNetwork,
    is_exported,
    read_exported,
)
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    INDEPENDENT,
    INPUT,
    RECURRENT,
    damaged,
)
from keras_v1_activity.v1.network.file_checks import check_parameters
from keras_v1_activity.v1.network.folder import is_network, load_network
from keras_v1_activity.v1.network.v1_network import (
    N_RECEPTORS,
    Glif3Parameters,
    LgnUnits,
    Synapses,
    V1Network,
)

_UNITS = ("unit_x", "unit_y", "unit_off")
_DAMAGE = (OSError, RuntimeError, KeyError, IndexError, TypeError, AttributeError)


@dataclass(frozen=True, eq=False)
class Source:
    """A network and the readout that came with it.

    Attributes:
        network: `V1Network`, all weights in pA.
        groups: (groups, cells) int readout neurons; None if the readout is another.
        weights, biases: linear readout, (n_neurons, n_output) and (n_output,), which act on mean
            spikes per time step; None if the readout is another.
        threshold: mean spikes per ms that stand for the first class, or None; see
            `SpikeCountReadout`.

    Example:
        >>> source = load_source(network)
        >>> source.network is network, source.weights is None
        (True, True)
    """

    network: V1Network
    groups: NDArray[np.integer[Any]] | None = None
    weights: NDArray[np.floating[Any]] | None = None
    biases: NDArray[np.floating[Any]] | None = None
    threshold: float | None = None


def load_source(
    source: V1Network | str | os.PathLike[str],
    network: V1Network | None = None,
    *,
    n_output: int = 10,
    **selection: Any,
) -> Source:
    """A network with the weights of `source`, in pA.

    Args:
        source: `V1Network`; network folder, whose weights are in pA; or exported HDF5 file.
            The file says whether its weights are in pA or, after training, in units of the target's
            V_th - E_L. Those are multiplied by it.
        network: for an exported file, the `V1Network` it was made from, if you have it: it knows
            what the file does not say, and the file is checked against it.
        n_output: classes of the readout, if the source does not say.
        **selection: of a folder, what `load_network` takes.

    Returns:
        `Source`.

    Raises:
        FileNotFoundError: there is nothing there.
        ValueError: it is something else, damaged, or does not fit the network.

    Example:
        >>> from keras_v1_activity import v1
        >>> path = v1.export_network(network, "network.h5", n_output=10)
        >>> load_source(path).network.n_neurons
        200
        >>> load_source("GLIF_network", n_neurons=100).network.n_neurons
        100
    """
    if isinstance(source, V1Network):
        return Source(source, _groups(source, n_output))
    path = Path(source)
    if is_network(path):
        found = load_network(path, **selection)
        return Source(found, _groups(found, n_output))
    if not path.exists():
        raise FileNotFoundError(f"there is no network {path}: give a folder or an HDF5 file.")
    if not is_exported(path):
        raise ValueError(
            f"{path} is neither a GLIF_network folder nor an exported network: write one of a "
            f"checkpoint with keras-v1-activity convert {path.name} network.h5."
        )
    return _from_exported(path, network)


def with_weights(network: V1Network, values: Mapping[str, ArrayLike]) -> V1Network:
    """The network with weights as checkpoints hold them: divided by the target's V_th - E_L.

    Args:
        network: `V1Network`.
        values: published variable name -> array, as `ExportedNetwork.weights_for` and
            `ModelWeights.read` give them; a missing background stays as it is.

    Returns:
        `V1Network` whose weights are the given ones times the target's V_th - E_L, pA.

    Example:
        >>> zeros = np.zeros(len(network.recurrent)), np.zeros(len(network.inputs))
        >>> silent = with_weights(network, {RECURRENT: zeros[0], INPUT: zeros[1]})
        >>> bool(silent.recurrent.weight.any())
        False
    """
    scale = network.parameters.voltage_scale
    changed = {}
    for name, synapses in ((RECURRENT, network.recurrent), (INPUT, network.inputs)):
        weight = np.asarray(values[name], np.float64) * scale[synapses.target]
        changed[name] = replace(synapses, weight=weight.astype(np.float32))
    background = network.background_weights
    if BACKGROUND in values:
        # The model's background weights hold the published ten sources together.
        rows = np.asarray(values[BACKGROUND], np.float64).reshape(-1, N_RECEPTORS) / 10.0
        background = (rows * scale[:, None]).astype(np.float32)
    own = network.background
    if own is not None and INDEPENDENT in values:
        weight = np.asarray(values[INDEPENDENT], np.float64) * scale[own.target]
        own = replace(own, weight=weight.astype(np.float32))
    return replace(
        network, recurrent=changed[RECURRENT], inputs=changed[INPUT],
        background_weights=background, background=own,
    )  # fmt: skip


def _groups(network: V1Network, n_output: int) -> NDArray[np.integer[Any]] | None:
    try:
        return network.class_groups(n_output)
    except ValueError:
        return None


def _from_exported(path: Path, network: V1Network | None) -> Source:
    exported = read_exported(path)
    if network is None:
        network = _network_of(exported)
    else:
        network = with_weights(network, exported.weights_for(network))
    if exported.readout_weights is not None:
        return Source(network, None, exported.readout_weights, exported.readout_biases)
    neurons, threshold = exported.readout_neurons, exported.readout_threshold
    n_groups = exported.n_output - (threshold is not None)
    if not len(neurons) or n_groups < 1 or len(neurons) % n_groups:
        return Source(network)
    return Source(network, neurons.reshape(n_groups, -1), threshold=threshold)


@dataclass(frozen=True, eq=False)
class _Neurons:
    """What an exported file says of its neurons and its input channels, in order."""

    parameters: Glif3Parameters
    types: NDArray[np.int64]
    names: NDArray[np.str_]
    positions: dict[str, NDArray[Any]]
    channel_of_unit: NDArray[Any]
    lgn_units: LgnUnits | None


def _network_of(exported: ExportedNetwork) -> V1Network:
    """The `V1Network` that an exported file describes."""
    neurons = _read_neurons(exported)
    scale = neurons.parameters.voltage_scale if exported.weight_unit == NORMALISED else None
    return V1Network(
        parameters=neurons.parameters,
        populations=Populations.from_names(neurons.names),
        **neurons.positions,
        node_ids=np.arange(exported.n_neurons),
        node_types=neurons.types,
        recurrent=_synapses(exported, exported.recurrent, exported.n_neurons, scale),
        inputs=_synapses(exported, exported.inputs, exported.n_input, scale),
        background_weights=_background(exported, scale),
        input_channel_of=neurons.channel_of_unit.astype(np.int32),
        lgn_units=neurons.lgn_units,
        source=str(exported.path),
    )


def _read_neurons(exported: ExportedNetwork) -> _Neurons:
    n_neurons, n_input = exported.n_neurons, exported.n_input
    file: Any
    try:
        parts = [f"input/{name}" for name in ("channel_of_unit", *_UNITS)]
        with open_hdf5(exported.path, only=["neurons", *parts], each=8) as file:
            by_type = {
                f.name: reals(file[f"neurons/glif3_params/{f.name}"])
                for f in fields(Glif3Parameters)
            }
            types = indices(file["neurons/node_type_ids"], len(by_type["g"]))
            channels = file["input"].get("channel_of_unit")
            parameters = Glif3Parameters(**{name: rows[types] for name, rows in by_type.items()})
            check_parameters(parameters, exported.path)
            return _Neurons(
                parameters=parameters,
                types=types.astype(np.int64),
                names=_names(file["neurons"], types),
                positions={
                    axis: _finite(file[f"neurons/positions_{axis}"], n_neurons) for axis in "xyz"
                },
                channel_of_unit=(
                    np.arange(n_input) if channels is None else indices(channels, n_input)
                ),
                lgn_units=_units(file["input"], n_input if channels is None else len(channels)),
            )
    except _DAMAGE as error:
        raise damaged(exported.path, error) from None


def _names(neurons: Any, types: NDArray[np.integer[Any]]) -> NDArray[np.str_]:
    names = neurons.get("population_names")
    # A file of another program may leave names out: each type is then a population.
    found = [f"type {t}" for t in types] if names is None else names.asstr()[()]
    if np.shape(found) != types.shape:
        raise TypeError("population_names must have a name for each neuron")
    return np.asarray(found, str)


def _finite(data: Any, n_neurons: int) -> NDArray[np.floating[Any]]:
    values = reals(data)
    if values.shape != (n_neurons,) or not np.isfinite(values).all():
        raise TypeError(f"{data.name} must hold a finite number for each neuron or LGN unit")
    return values


def _units(inputs: Any, n_units: int) -> LgnUnits | None:
    """Where the units of the LGN look, if the file says so."""
    if any(name not in inputs for name in _UNITS):
        return None
    x, y = (_finite(inputs[name], n_units) for name in _UNITS[:2])
    off = np.asarray(inputs[_UNITS[2]][()])
    if off.shape != x.shape or off.dtype.kind not in "bui":
        raise TypeError("unit_off must hold a truth value for each LGN unit")
    return LgnUnits(x=x, y=y, off=off.astype(bool))


def _background(
    exported: ExportedNetwork, scale: NDArray[np.float64] | None
) -> NDArray[np.float32]:
    """(n_neurons, 4) background weights, pA."""
    background = np.zeros((exported.n_neurons, N_RECEPTORS))
    if exported.background is not None:
        background = exported.background.reshape(-1, N_RECEPTORS) / exported.background_factor
    if scale is not None:
        background = background * scale[:, None]
    return background.astype(np.float32)


def _synapses(
    exported: ExportedNetwork,
    columns: Mapping[str, NDArray[Any]],
    n_sources: int,
    scale: NDArray[np.float64] | None,
) -> Synapses:
    """`Synapses` in their order, in pA."""
    order = np.lexsort((columns["sources"], columns["receptor_types"], columns["targets"]))
    target = columns["targets"][order].astype(np.int32)
    weight = columns["weights"][order].astype(np.float64)
    delay = columns.get("delays", np.zeros(len(order)))[order]
    return Synapses(
        source=columns["sources"][order].astype(np.int32),
        target=target,
        receptor=columns["receptor_types"][order].astype(np.int8),
        weight=(weight if scale is None else weight * scale[target]).astype(np.float32),
        delay=delay.astype(np.float32),
        n_sources=n_sources,
        n_targets=exported.n_neurons,
    )
