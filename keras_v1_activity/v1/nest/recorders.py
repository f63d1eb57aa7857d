"""What is read back from NEST: spikes of all neurons, membrane potentials of some."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.nest.neurons import NestNeurons


class Recorders:
    """Records every spike, and the membrane potentials of chosen neurons.

    Args:
        nest: the module, as `fresh_kernel` gives it.
        neurons: `NestNeurons`.
        voltage_neurons: (k,) numbers of the neurons whose potentials are recorded, in any order.

    Attributes:
        voltage_neurons: as given.

    Example:
        >>> from keras_v1_activity.v1.nest.clock import Clock
        >>> from keras_v1_activity.v1.nest.kernel import fresh_kernel
        >>> nest = fresh_kernel(resolution=1.0, seed=1, threads=1)
        >>> neurons = NestNeurons(nest, network.parameters, Clock(dt=1.0))
        >>> recorders = Recorders(nest, neurons, np.array([7, 2]))
        >>> nest.Simulate(102.0)
        >>> recorders.voltages(100).shape
        (100, 2)
    """

    def __init__(self, nest: Any, neurons: NestNeurons, voltage_neurons: NDArray[np.int64]) -> None:
        self.voltage_neurons = voltage_neurons
        self._neurons = neurons
        self._spikes: Any = nest.Create("spike_recorder")
        nest.Connect(neurons.nodes, self._spikes)
        self._voltages: Any = None
        if len(voltage_neurons):
            self._voltages = nest.Create(
                "multimeter", params={"record_from": ["V_m"], "interval": neurons.clock.dt}
            )
            nest.Connect(self._voltages, neurons.nodes[np.sort(voltage_neurons).tolist()])

    def spikes(self, n_steps: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(time step, neuron) of the spikes in the first `n_steps`, in the order of `Activity`.

        Spikes of one neuron within one time step count once, as in the Keras layer.
        """
        _, steps, neurons, _ = self._events(self._spikes, n_steps)
        once = np.unique(np.column_stack([steps, neurons]), axis=0).astype(np.int32)
        return once[:, 0], once[:, 1]

    def voltages(self, n_steps: int) -> NDArray[np.float32] | None:
        """(n_steps, k) membrane potentials, mV; None if none are recorded."""
        if self._voltages is None:
            return None
        events, steps, neurons, kept = self._events(self._voltages, n_steps)
        chosen = self.voltage_neurons
        dense = np.empty((n_steps, len(chosen)), np.float32)
        place = np.argsort(chosen)[np.searchsorted(np.sort(chosen), neurons)]
        dense[steps, place] = events["V_m"][kept]
        return dense

    def _events(
        self, recorder: Any, n_steps: int
    ) -> tuple[dict[str, Any], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """A recorder's events; step and neuron of those within the time, and which these are."""
        events = recorder.events
        steps = self._neurons.clock.steps_of(events["times"])
        neurons = self._neurons.numbers_of(events["senders"])
        kept = (steps >= 0) & (steps < n_steps)
        return events, steps[kept], neurons[kept], kept
