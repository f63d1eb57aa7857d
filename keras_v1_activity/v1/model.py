"""The V1 network as a keras.Model: input_layer -> rsnn -> readout -> prediction -> softmax."""

from dataclasses import replace

import keras

from keras_v1_activity.common import units
from keras_v1_activity.common.checks import real_number, whole_number
from keras_v1_activity.v1.layers.input_layer import InputCurrents
from keras_v1_activity.v1.layers.losses import ActivityLosses
from keras_v1_activity.v1.layers.readout import ChunkMean, GroupReadout
from keras_v1_activity.v1.layers.rsnn import RSNN
from keras_v1_activity.v1.network.v1_network import V1Network

READOUTS = ("auto", "groups", "linear")


def create_model(
    network,
    seq_len=600,
    n_output=10,
    *,
    readout="auto",
    chunk_ms=50,
    dt=1.0,
    max_delay=5,
    dampening_factor=0.5,
    gauss_std=0.28,
    hard_reset=False,
    noise=True,
    train_recurrent=True,
    train_input=True,
    train_background=False,
    use_dale_law=True,
    rate_cost=0.1,
    voltage_cost=1e-5,
    voltage_floor=1.0,
    return_currents=False,
    seed=0,
):
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
            "auto", groups where the network can fill them, else linear.
        chunk_ms: length of a chunk of time, ms.
        dt: ms per time step.
        max_delay, dampening_factor, gauss_std, hard_reset: see `RSNN`.
        noise: whether background noise is added to the input.
        train_recurrent, train_input, train_background: which weights are trained.
        use_dale_law: no weight may change its sign.
        rate_cost, voltage_cost, voltage_floor: see `ActivityLosses`. The rate loss is left out
            where the network folder brings no recorded rates.
        return_currents: whether `rsnn` also outputs after-spike and synaptic currents.
        seed: of the background noise and the readout's initial weights.

    Returns:
        keras.Model with the layers `input_layer`, `rsnn` and `prediction`.

    Raises:
        ValueError: one sentence, for an argument out of its range; an unknown readout; groups that
            the network cannot fill; a sequence that is not a whole number of chunks.

    Example:
        >>> network = load_network("GLIF_network", n_neurons=2000)   # doctest: +SKIP
        >>> model = create_model(network, seq_len=600, n_output=10)  # doctest: +SKIP
        >>> model.compile("adam", "sparse_categorical_crossentropy") # doctest: +SKIP
    """
    _check_arguments(
        network, n_output, seq_len, max_delay, dt, chunk_ms, gauss_std, rate_cost, voltage_cost
    )
    chunk_steps = _chunk_steps(seq_len, chunk_ms, dt)
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
        dt=dt,
        max_delay=max_delay,
        dampening_factor=dampening_factor,
        gauss_std=gauss_std,
        hard_reset=hard_reset,
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
        dt=dt,
        seed=seed,
    )([spikes, voltages])
    scores = _readout(spikes, groups, n_output, dampening_factor, seed)
    # A Dense layer on spike means of 0.01 would need thousands of Adam steps to move its logits.
    scale = chunk_steps if groups is None else 1.0
    chunks = ChunkMean(chunk_steps, scale, name="chunks")(scores)
    probabilities = keras.layers.Softmax(dtype="float32", name="probabilities")(chunks)
    return keras.Model(x, probabilities, name="v1")


def _check_arguments(
    network, n_output, seq_len, max_delay, dt, chunk_ms, gauss_std, rate_cost, voltage_cost
):
    if not isinstance(network, V1Network):
        raise ValueError(
            "network must be a V1Network, as v1.load_network returns it; got a "
            f"{type(network).__name__}."
        )
    whole_number(n_output, "n_output", 1, 10)
    whole_number(seq_len, "seq_len", 1, 600)
    whole_number(max_delay, "max_delay", 1, 5)
    real_number(dt, "dt", 1.0, above=0)
    real_number(chunk_ms, "chunk_ms", 50, least=dt)
    real_number(gauss_std, "gauss_std", 0.28, above=0)
    real_number(rate_cost, "rate_cost", 0.1, least=0)
    real_number(voltage_cost, "voltage_cost", 1e-5, least=0)


def _chunk_steps(seq_len, chunk_ms, dt):
    steps = int(units.ms_to_steps(chunk_ms, dt))
    if seq_len % steps:
        below = seq_len // steps * steps
        near = f"{below} or {below + steps}" if below else str(steps)
        raise ValueError(
            f"seq_len must be a whole number of chunks of {chunk_ms} ms, e.g. {near} steps of "
            f"{dt} ms; got {seq_len}."
        )
    return steps


def _readout(spikes, groups, n_output, dampening_factor, seed):
    """Class scores at each time step, the output of the layer `prediction`."""
    if groups is None:
        initializer = keras.initializers.GlorotUniform(seed=seed)
        dense = keras.layers.Dense(n_output, kernel_initializer=initializer, name="projection")
        scores = dense(spikes)
    else:
        scores = GroupReadout(groups, dampening_factor)(spikes)
    return keras.layers.Activation("linear", name="prediction")(scores)


def _readout_groups(network, n_output, readout):
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
