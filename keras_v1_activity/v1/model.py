"""The V1 network as a keras.Model: input_layer -> rsnn -> readout -> prediction -> softmax."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common import units
from keras_v1_activity.common.checks import real_number, whole_number
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.layers.input_layer import InputCurrents
from keras_v1_activity.v1.layers.losses import ActivityLosses
from keras_v1_activity.v1.layers.readout import ChunkMean, GroupReadout
from keras_v1_activity.v1.layers.rsnn import RSNN
from keras_v1_activity.v1.network.v1_network import V1Network

READOUTS: Final[tuple[str, ...]] = ("auto", "groups", "linear")


def create_model(
    network: V1Network,
    seq_len: int = 600,
    n_output: int = 10,
    *,
    readout: str = "auto",
    chunk_ms: float = 50,
    dt: float = CellOptions.dt,
    max_delay: int = CellOptions.max_delay,
    dampening_factor: float = CellOptions.dampening_factor,
    gauss_std: float = CellOptions.gauss_std,
    hard_reset: bool = CellOptions.hard_reset,
    noise: bool = True,
    train_recurrent: bool = True,
    train_input: bool = True,
    train_background: bool = False,
    use_dale_law: bool = True,
    rate_cost: float = 0.1,
    voltage_cost: float = 1e-5,
    voltage_floor: float = 1.0,
    return_currents: bool = False,
    seed: int = 0,
) -> keras.Model:
    """Builds the model of Chen, Scherr & Maass 2022 from a network.

    The model is plain Keras: compile it with a loss over (batch, chunks) labels and fit it. Its
    input is (batch, seq_len, n_input), its output the class probabilities of each chunk of time,
    (batch, seq_len / 50, n_output). The network itself is not changed; any number of models can be
    built from it.

    Args:
        network: `V1Network`, from `load_network`.
        seq_len: number of time steps.
        n_output: number of classes.
        readout: "groups", mean spikes of each class's readout neurons times a learned scale;
            "linear", a Dense layer `projection` on all spikes, which sees spike counts per chunk;
            "auto", groups if the network can fill them, else linear.
        chunk_ms: length of a chunk of time, ms.
        dt: ms per time step.
        max_delay, dampening_factor, gauss_std, hard_reset: see `RSNN`.
        noise: whether background noise is added to the input.
        train_recurrent, train_input, train_background: which weights are trained.
        use_dale_law: no weight may change its sign.
        rate_cost, voltage_cost, voltage_floor: see `ActivityLosses`. The rate loss is left out
            if the network folder brings no recorded rates.
        return_currents: whether `rsnn` also outputs after-spike and synaptic currents.
        seed: of the background noise and the readout's initial weights.

    Returns:
        keras.Model with the layers `input_layer`, `rsnn` and `prediction`.

    Raises:
        ValueError: one sentence, for an argument out of its range; an unknown readout; groups that
            the network cannot fill; a sequence that is not a whole number of chunks.

    Example:
        >>> from keras_v1_activity import v1
        >>> network = v1.load_network("GLIF_network", n_neurons=200)
        >>> v1_model = v1.create_model(network, seq_len=100, n_output=10)
        >>> v1_model.compile("adam", "sparse_categorical_crossentropy")
        >>> v1_model.output_shape
        (None, 2, 10)
    """
    _check_network(network)
    cell = CellOptions(
        dt=dt,
        max_delay=max_delay,
        dampening_factor=dampening_factor,
        gauss_std=gauss_std,
        hard_reset=hard_reset,
    )
    _check_sizes(n_output, seq_len, rate_cost, voltage_cost)
    chunk_steps = _chunk_steps(seq_len, chunk_ms, cell.dt)
    groups = _readout_groups(network, n_output, readout)
    neurons = network.neurons
    if groups is not None:
        neurons = replace(neurons, readout_neurons=groups.reshape(-1))

    x = keras.Input((seq_len, network.n_input), name="lgn")
    currents = InputCurrents(
        network,
        noise=noise,
        train_input=train_input,
        train_background=train_background,
        use_dale_law=use_dale_law,
        seed=seed,
    )(x)
    rsnn = RSNN(
        network,
        neurons=neurons,
        **asdict(cell),
        train_recurrent=train_recurrent,
        use_dale_law=use_dale_law,
        return_currents=return_currents,
    )
    spikes, voltages = rsnn(currents)[:2]
    spikes = ActivityLosses(
        network,
        rate_cost=rate_cost if len(network.target_rates) else 0.0,
        voltage_cost=voltage_cost,
        voltage_floor=voltage_floor,
        dt=cell.dt,
        seed=seed,
    )([spikes, voltages])
    scores = _readout(spikes, groups, n_output, cell.dampening_factor, seed)
    # A Dense layer on spike means of 0.01 would need thousands of Adam steps to move its logits.
    scale = chunk_steps if groups is None else 1.0
    chunks = ChunkMean(chunk_steps, scale, name="chunks")(scores)
    probabilities = keras.layers.Softmax(dtype="float32", name="probabilities")(chunks)
    return keras.Model(x, probabilities, name="v1")


def _check_network(network: Any) -> None:
    if not isinstance(network, V1Network):
        raise ValueError(
            "network must be a V1Network, as v1.load_network returns it; got a "
            f"{type(network).__name__}."
        )


def _check_sizes(n_output: int, seq_len: int, rate_cost: float, voltage_cost: float) -> None:
    whole_number(n_output, "n_output", 1, 10)
    whole_number(seq_len, "seq_len", 1, 600)
    real_number(rate_cost, "rate_cost", 0.1, least=0)
    real_number(voltage_cost, "voltage_cost", 1e-5, least=0)


def _chunk_steps(seq_len: int, chunk_ms: float, dt: float) -> int:
    real_number(chunk_ms, "chunk_ms", 50, least=dt)
    steps = int(units.ms_to_steps(chunk_ms, dt))
    if seq_len % steps:
        below = seq_len // steps * steps
        near = f"{below} or {below + steps}" if below else str(steps)
        raise ValueError(
            f"seq_len must be a whole number of chunks of {chunk_ms} ms, e.g. {near} steps of "
            f"{dt} ms; got {seq_len}."
        )
    return steps


def _readout(
    spikes: Any,
    groups: NDArray[np.integer] | None,
    n_output: int,
    dampening_factor: float,
    seed: int,
) -> Any:
    """Class scores at each time step, the output of the layer `prediction`."""
    if groups is None:
        initializer = keras.initializers.GlorotUniform(seed=seed)
        dense = keras.layers.Dense(n_output, kernel_initializer=initializer, name="projection")
        scores = dense(spikes)
    else:
        scores = GroupReadout(groups, dampening_factor)(spikes)
    return keras.layers.Activation("linear", name="prediction")(scores)


def _readout_groups(network: V1Network, n_output: int, readout: str) -> NDArray[np.integer] | None:
    """(n_output, k) neurons of each class, or None for a linear readout."""
    if readout not in READOUTS:
        raise ValueError(f"readout must be one of {list(READOUTS)}; got {readout!r}.")
    if readout == "linear":
        return None
    try:
        return network.class_groups(n_output)
    except ValueError:
        if readout == "groups":
            raise
        return None
