"""The class that the output neurons' spikes in a window of time stand for."""

from dataclasses import dataclass, replace

import numpy as np

from keras_v1_activity.common import units
from keras_v1_activity.similarity import window_steps


@dataclass(frozen=True, eq=False)
class SpikeCountReadout:
    """A readout from spike counts: by groups of neurons, or linear in all of them.

    By groups, the confidence in a class is its group's share of all readout spikes. Linear, it is
    the softmax of mean spikes per time step times the weights, plus the biases.

    Attributes:
        groups: (n_output, cells) int neuron ids, or None for the linear readout.
        weights: (n_neurons, n_output), or None for groups.
        biases: (n_output,), or None for groups.
        window_ms: spikes from the first to before the second of these times count.
        chunk_ms: length of the pieces in which the readout over time is given.

    Example:
        >>> activity = SpikeCountReadout(network.class_groups(10)).read(activity) # doctest: +SKIP
        >>> activity.prediction, activity.confidence                              # doctest: +SKIP
    """

    groups: np.ndarray | None = None
    weights: np.ndarray | None = None
    biases: np.ndarray | None = None
    window_ms: tuple = (50.0, 200.0)
    chunk_ms: float = 50.0

    def __post_init__(self):
        if (self.groups is None) == (self.weights is None):
            raise ValueError(
                "a readout has either groups of neurons or linear weights: give one of the two."
            )

    @property
    def neurons(self):
        """Ids of the readout neurons, class after class; none for the linear readout."""
        return np.zeros(0, np.int64) if self.groups is None else self.groups.reshape(-1)

    def read(self, activity):
        """The activity with outputs, confidence and its readout neurons marked.

        Outputs are the confidence in each class in each chunk of time. Where no readout neuron
        fires, a class has no confidence: 0 in that chunk, and no prediction where it is the whole
        window.

        Raises:
            ValueError: a window that is none, or that begins after the activity ends.
        """
        confidence = self._confidence(activity, *window_steps(activity, self.window_ms))
        chunk = max(int(units.ms_to_steps(self.chunk_ms, activity.dt)), 1)
        chunks = [
            self._confidence(activity, start, min(start + chunk, activity.n_steps))
            for start in range(0, activity.n_steps, chunk)
        ]
        return replace(
            activity,
            neurons=replace(activity.neurons, readout_neurons=self.neurons),
            outputs=np.stack(chunks).astype(np.float32),
            confidence=confidence.astype(np.float32) if confidence.any() else None,
        )

    def counts(self, activity):
        """(n_output,) spikes of each class's group in the window; None for the linear readout."""
        if self.groups is None:
            return None
        counts = _spike_counts(activity, *window_steps(activity, self.window_ms))
        return counts[self.groups].sum(axis=1)

    def _confidence(self, activity, first, end):
        counts = _spike_counts(activity, first, end)
        if self.groups is not None:
            by_class = counts[self.groups].sum(axis=1)
            return by_class / max(by_class.sum(), 1)
        scores = counts @ self.weights / (end - first) + self.biases
        shares = np.exp(scores - scores.max())
        return shares / shares.sum()


def _spike_counts(activity, first, end):
    """(n_neurons,) spikes in the steps ``first <= step < end``."""
    low, high = np.searchsorted(activity.spike_steps, (first, end))
    return np.bincount(activity.spike_neurons[low:high], minlength=activity.n_neurons)
