"""The states that `alarm_networks.py` drives networks into."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class State:
    """How a network is driven into a state.

    Attributes:
        drive: called with model and network before each step, from the first changed one on.
        input: what becomes of the input from then on, (batch, time, channel) bool.
        late: looks after that at which the state begins.
    """

    drive: Callable = lambda model, network: None
    input: Callable = lambda x, step: x
    late: int = 0


def weights(model, name):
    """The weights of a model whose path ends in `name`."""
    return next(w for w in model.weights if w.path.endswith(name))


def scale(name, factor, chosen=None):
    """Multiplies weights, those of `chosen(network)` or all, of their values at the first call."""
    start = {}

    def drive(model, network):
        variable = weights(model, name)
        if id(variable) not in start:
            start[id(variable)] = variable.numpy()
        value = start[id(variable)].copy()
        where = slice(None) if chosen is None else chosen(network)
        value[where] *= factor
        variable.assign(value)

    return drive


def both(*drives):
    """Several drives, one after the other."""

    def drive(model, network):
        for each in drives:
            each(model, network)

    return drive


def some_neurons(network, part=0.3):
    """(n_neurons,) bool: the same part of the neurons each time."""
    return np.random.default_rng(3).random(network.n_neurons) < part


def onto_e23(network):
    """Which input synapses end on neurons of L2/3."""
    populations = network.populations
    mine = populations.index == populations.names.index("e23Cux2")
    return mine[network.inputs.target]


def gated(on, probability):
    """Input that is on, strongly, at the time steps that `on(n_steps, rng)` gives; else off."""

    def change(x, step):
        rng = np.random.default_rng(step)
        strong = rng.random(x.shape, np.float32) < probability
        return strong & on(x.shape[1], rng)[None, :, None]

    return change


def volleys(n_steps, rng):
    """Six volleys of 4 ms at random times."""
    on = np.zeros(n_steps, bool)
    for start in rng.choice(n_steps - 4, 6, replace=False):
        on[start : start + 4] = True
    return on


def rhythm(n_steps, rng):
    """5 ms of every 25."""
    return (np.arange(n_steps) + int(rng.integers(25))) % 25 < 5


def flipped(model, network):
    """Fifty inhibitory weights become excitatory: this model has no constraint."""
    variable = weights(model, "sparse_recurrent_weights")
    value = variable.numpy()
    inhibitory = np.flatnonzero(network.recurrent.weight < 0)[:50]
    value[inhibitory] = np.abs(value[inhibitory]) + 1e-3
    variable.assign(value)


def uninhibited(network):
    """Which recurrent synapses inhibit."""
    return network.recurrent.weight < 0


INPUT, BACKGROUND = "sparse_input_weights", "rest_of_brain_weights"
V1_STATES = {
    "silent population": State(scale(BACKGROUND, 0.0), lambda x, step: x & False),
    "dead neurons": State(
        both(
            scale(INPUT, 0.0, lambda network: some_neurons(network)[network.inputs.target]),
            scale(BACKGROUND, 0.0, some_neurons),
            scale("sparse_recurrent_weights", 0.0,
                  lambda network: some_neurons(network)[network.recurrent.target]),
        ),
        late=19,
    ),
    "runaway": State(scale("sparse_recurrent_weights", 0.0, uninhibited)),
    "synchrony": State(input=gated(volleys, 0.9)),
    "oscillation": State(input=gated(rhythm, 0.15)),
    "surrogate starvation": State(scale(BACKGROUND, -40.0)),
    "potential out of range": State(
        scale(BACKGROUND, -20.0, lambda network: some_neurons(network, 0.5))
    ),
    "drift of rates": State(scale(INPUT, 4.0, onto_e23)),
    "away from data": State(scale(INPUT, 5.0)),
    "Dale": State(flipped),
}  # fmt: skip


def set_readout(factor):
    """Sets the size of the readout's weights: the gradient of the layer is in proportion to it."""

    def drive(model):
        kernel = model.get_layer("prediction").kernel
        kernel.assign(np.sign(kernel.numpy()) * factor)

    return drive


def not_a_number(model):
    """One weight becomes NaN."""
    kernel = model.get_layer("prediction").kernel
    kernel.assign(np.where(np.arange(kernel.shape[0])[:, None] == 0, np.nan, kernel.numpy()))


def no_learning(model):
    """The learning rate becomes 0."""
    model.optimizer.learning_rate.assign(0.0)


SMALL_STATES = {
    "not finite": not_a_number,
    "vanishing gradient": set_readout(1e-6),
    "exploding gradient": set_readout(1e4),
    "not learning": no_learning,
    "looking degraded": lambda model: None,
}
