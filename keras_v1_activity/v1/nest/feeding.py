"""What drives the neurons in NEST: nodes that fire when they are told to."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.nest.clock import Clock
from keras_v1_activity.v1.nest.neurons import NestNeurons
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Synapses, V1Network


class LgnChannels:
    """The input channels that have a synapse, each a node of NEST.

    Args:
        nest: the module, as `fresh_kernel` gives it.
        neurons: `NestNeurons` that they lead to.
        synapses: `Synapses` from the channels, weights in pA.

    Example:
        >>> from keras_v1_activity.v1.nest.kernel import fresh_kernel
        >>> nest = fresh_kernel(resolution=1.0, seed=1, threads=1)
        >>> neurons = NestNeurons(nest, network.parameters, Clock(dt=1.0))
        >>> channels = LgnChannels(nest, neurons, network.inputs)
        >>> channels.feed(np.zeros((100, network.n_input)))
    """

    def __init__(self, nest: Any, neurons: NestNeurons, synapses: Synapses) -> None:
        self._nest = nest
        self._neurons = neurons
        self._synapses = synapses
        self._channels = np.unique(synapses.source)
        self._injectors = self._connected("spike_train_injector")

    def _connected(self, model: str) -> Any:
        """New nodes of a model, one for each channel, with all its synapses."""
        if not len(self._channels):
            return None
        synapses = self._synapses
        nodes = self._nest.Create(model, len(self._channels))
        source_ids = nodes[0].global_id + np.searchsorted(self._channels, synapses.source)
        self._neurons.connect(
            source_ids, synapses.target, synapses.receptor, synapses.weight, self._neurons.clock.dt
        )
        return nodes

    def feed(self, x: NDArray[Any]) -> None:
        """Tells each channel when it fires, and how strongly if that is not 1.

        Args:
            x: (time, n_input) spikes or currents.
        """
        if not len(self._channels):
            return
        channels, steps = np.nonzero(x[:, self._channels].T)
        strengths = x[steps, self._channels[channels]]
        nodes = self._injectors
        if (strengths != 1).any():
            # Injectors cannot weight their spikes. Generators can, but each takes 30 kB for its
            # synapses, however few: half a gigabyte for the LGN.
            nodes = self._connected("spike_generator")
        set_spikes(nodes, channels, steps, strengths, self._neurons.clock)


def feed_background(
    nest: Any, neurons: NestNeurons, network: V1Network, background: NDArray[Any]
) -> None:
    """Adds the background noise of one trial.

    Args:
        nest: the module, as `fresh_kernel` gives it.
        neurons: `NestNeurons` of the network.
        network: `V1Network`, whose background weights (pA) shared noise is multiplied by.
        background: as `draw_background` gives it, (time,) or (time, n_neurons * 4).

    Example:
        >>> from keras_v1_activity.v1.nest.kernel import fresh_kernel
        >>> nest = fresh_kernel(resolution=1.0, seed=1, threads=1)
        >>> neurons = NestNeurons(nest, network.parameters, Clock(dt=1.0))
        >>> feed_background(nest, neurons, network, np.ones(100))
    """
    if background.ndim == 1:
        _feed_shared(nest, neurons, network.background_weights, background)
    else:
        _feed_each(nest, neurons, background)


def _feed_shared(
    nest: Any, neurons: NestNeurons, weights: NDArray[np.floating[Any]], counts: NDArray[Any]
) -> None:
    """One generator for all neurons, `counts` (time,) spikes at each step."""
    targets, receptors = np.nonzero(weights)
    if not len(targets):
        return
    generator = nest.Create("spike_generator")
    source_ids = np.full(len(targets), generator[0].global_id)
    neurons.connect(source_ids, targets, receptors, weights[targets, receptors], neurons.clock.dt)
    steps = np.flatnonzero(counts)
    set_spikes(generator, np.zeros(len(steps), int), steps, counts[steps], neurons.clock)


def _feed_each(nest: Any, neurons: NestNeurons, currents: NDArray[Any]) -> None:
    """One generator for each neuron and receptor, `currents` (time, n_neurons * 4) in pA."""
    rows = np.flatnonzero(currents.any(axis=0))
    generators = nest.Create("spike_generator", len(rows))
    targets, receptors = np.divmod(rows, N_RECEPTORS)
    source_ids = generators[0].global_id + np.arange(len(rows))
    neurons.connect(source_ids, targets, receptors, np.ones(len(rows)), neurons.clock.dt)
    places, steps = np.nonzero(currents[:, rows].T)
    set_spikes(generators, places, steps, currents[steps, rows[places]], neurons.clock)


def set_spikes(
    nodes: Any,
    which: NDArray[np.integer[Any]],
    steps: NDArray[np.integer[Any]],
    strengths: NDArray[Any],
    clock: Clock,
) -> None:
    """Has node ``which[i]`` fire with ``strengths[i]`` at time step ``steps[i]``.

    Args:
        nodes: NodeCollection of injectors or, if a strength is not 1, of generators.
        which: (n,) numbers from 0, ascending.
        steps: (n,) time steps, ascending for each node.
        strengths: (n,) factors of the weights.
        clock: `Clock` of the model.

    Example:
        >>> from keras_v1_activity.v1.nest.kernel import fresh_kernel
        >>> nodes = fresh_kernel(resolution=1.0, seed=1, threads=1).Create("spike_generator", 2)
        >>> set_spikes(nodes, np.array([0, 1]), np.array([4, 9]), np.ones(2), Clock(dt=1.0))
        >>> [times.tolist() for times in nodes.get("spike_times")]
        [[5.0], [10.0]]
    """
    ends = np.cumsum(np.bincount(which, minlength=len(nodes)))[:-1]
    columns = {"spike_times": np.split(clock.input_times(steps), ends)}
    if (strengths != 1).any():
        columns["spike_weights"] = np.split(strengths.astype(np.float64), ends)
    rows = zip(*columns.values(), strict=True)
    nodes.set([dict(zip(columns, row, strict=True)) for row in rows])
