"""The V1 network as a keras.Model: input_layer -> rsnn -> readout -> prediction -> softmax."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import keras
import numpy as np

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.common import units
from keras_v1_activity.common.checks import real_number, whole_number
from keras_v1_activity.common.notices import warn
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.layers.input_layer import InputCurrents
from keras_v1_activity.v1.layers.losses import ActivityLosses
from keras_v1_activity.v1.layers.readout import ChunkMean
from keras_v1_activity.v1.layers.rsnn import RSNN
from keras_v1_activity.v1.layers.scores import Readout
from keras_v1_activity.v1.network.v1_network import V1Network


def create_model(
    network: V1Network,
    seq_len: int = 600,
    n_output: int | None = None,
    *,
    task: str | None = None,
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
    as_published: bool = False,
    dynamics: str | None = CellOptions.dynamics,
    segment_ms: float | None = CellOptions.segment_ms,
    sums_dtype: str = CellOptions.sums_dtype,
    engine: str = CellOptions.engine,
) -> keras.Model:
    """Builds the model of Chen, Scherr & Maass 2022 from a network.

    The model is plain Keras: compile it with a loss over (batch, chunks) labels and fit it. Its
    input is (batch, seq_len, n_input), its output the class probabilities of each chunk of time,
    (batch, seq_len / 50, n_output). The network itself is not changed; any number of models can be
    built from it.

    Args:
        network: `V1Network`, from `load_network`.
        seq_len: number of time steps.
        n_output: number of classes; None for those of the task, or 10 without one.
        task: name of a published task, such as "garrett", whose readout neurons are read; see
            `TaskReadout`. None: ten classes have those of the task "10class", another number of
            classes has the groups from 0 on.
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
        as_published: undo every known departure from the published code, for comparison with it;
            docs/published-network.md names them. Load the network with `as_published=True` too, and
            compile with `v1.ClassLoss()`.
        dynamics: see `RSNN`; docs/model.md has the equations.
        segment_ms: saves memory: the way back keeps states every so many ms, a divisor of the
            sequence, and runs what is between again; see docs/performance.md.
        sums_dtype: "float16" or "bfloat16" reads weights in half precision, which changes spikes;
            see docs/performance.md.
        engine: "numba" runs the network in loops for the CPU that numba compiles, several times
            faster there; see docs/performance.md.

    Returns:
        keras.Model with the layers `input_layer`, `rsnn` and `prediction`.

    Raises:
        ValueError: one sentence, for an argument out of its range; an unknown readout or task;
            groups that the network cannot fill; a sequence that is not a whole number of chunks.

    Example:
        >>> from keras_v1_activity import v1
        >>> network = v1.load_network("GLIF_network", n_neurons=200)
        >>> v1_model = v1.create_model(network, seq_len=100, n_output=10)
        >>> v1_model.compile("adam", "sparse_categorical_crossentropy")
        >>> v1_model.output_shape
        (None, 2, 10)
    """
    _check_network(network, as_published)
    cell = CellOptions(
        dt=dt,
        max_delay=_buffer(network, max_delay) if as_published else max_delay,
        dampening_factor=dampening_factor,
        gauss_std=gauss_std,
        hard_reset=hard_reset,
        as_published=as_published,
        dynamics=dynamics,
        segment_ms=segment_ms,
        sums_dtype=sums_dtype,
        engine=engine,
    )
    chosen = Readout.of(network, n_output, task, readout, as_published)
    _check_sizes(seq_len, rate_cost, voltage_cost)
    chunk_steps = _chunk_steps(seq_len, chunk_ms, cell.dt)

    x = keras.Input((seq_len, network.n_input), name="lgn")
    currents = InputCurrents(
        network,
        noise=noise,
        train_input=train_input,
        train_background=train_background,
        use_dale_law=use_dale_law,
        seed=seed,
        **{name: getattr(cell, name) for name in ("dt", "as_published", "engine")},
    )(x)
    spikes, voltages = RSNN(
        network,
        neurons=_with_readout(network.neurons, chosen),
        **asdict(cell),
        train_recurrent=train_recurrent,
        use_dale_law=use_dale_law,
        return_currents=return_currents,
    )(currents)[:2]
    spikes = ActivityLosses(
        network,
        rate_cost=rate_cost if len(network.target_rates) else 0.0,
        voltage_cost=voltage_cost,
        voltage_floor=voltage_floor,
        dt=cell.dt,
        seed=seed,
        as_published=as_published,
    )([spikes, voltages])
    scores = chosen.scores(spikes, cell.dampening_factor, seed)
    # A Dense layer on spike means of 0.01 would need thousands of Adam steps to move its logits.
    scale = chunk_steps if chosen.counts_spikes else 1.0
    chunks = ChunkMean(chunk_steps, scale, name="chunks")(scores)
    softmax = keras.layers.Softmax(dtype="float32", name="probabilities")
    return keras.Model(x, softmax(chunks), name="v1")


def _with_readout(neurons: Neurons, chosen: Readout) -> Neurons:
    if chosen.groups is None:
        return neurons
    return replace(neurons, readout_neurons=chosen.groups.reshape(-1))


def _check_network(network: Any, as_published: bool) -> None:
    if not isinstance(network, V1Network):
        raise ValueError(
            "network must be a V1Network, as v1.load_network returns it; got a "
            f"{type(network).__name__}."
        )
    if as_published and not network.settings.get("as_published", True):
        warn(
            "create_model(as_published=True) got a network that load_network read without "
            "as_published=True: its delays and the order of its synapses are not the published "
            "ones; load it with as_published=True."
        )


def _buffer(network: V1Network, max_delay: int) -> int:
    """Time steps of the published buffer: the greatest delay there is, at most `max_delay`."""
    greatest = int(np.rint(network.recurrent.delay.max(initial=1.0)))
    return min(greatest, whole_number(max_delay, "max_delay", 1, 5))


def _check_sizes(seq_len: int, rate_cost: float, voltage_cost: float) -> None:
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
