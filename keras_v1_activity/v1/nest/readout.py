"""The class that the output neurons' spikes in a window of time stand for."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common import units
from keras_v1_activity.similarity import window_steps


@dataclass(frozen=True, eq=False)
class SpikeCountReadout:
    """A readout from spike counts: by groups of neurons, or linear in all of them.

    By groups, the confidence in a class is its group's share of all readout spikes. Linear, it is
    the softmax of mean spikes per time step times the weights, plus the biases.

    With a threshold the first class has no group: its share is that of spikes at a constant rate.
    The second is predicted if its group fires more (Chen, Scherr & Maass 2022).

    Attributes:
        groups: (groups, cells) int neuron ids, or None for the linear readout.
        weights: (n_neurons, n_output), or None for groups.
        biases: (n_output,), or None for groups.
        window_ms: spikes from the first to before the second of these times count.
        chunk_ms: length of the pieces in which the readout over time is given.
        threshold: None, or mean spikes of a cell per ms that stand for the first class.

    Raises:
        ValueError: both groups and weights, or neither.

    Example:
        >>> from keras_v1_activity import Activity
        >>> fired = np.zeros((200, 4), bool)
        >>> fired[[60, 70, 80, 90], [0, 2, 3, 3]] = True
        >>> read = SpikeCountReadout(np.array([[0, 1], [2, 3]])).read(Activity.from_dense(fired))
        >>> read.prediction, read.confidence
        (1, array([0.25, 0.75], dtype=float32))
    """

    groups: NDArray[np.integer[Any]] | None = None
    weights: NDArray[np.floating[Any]] | None = None
    biases: NDArray[np.floating[Any]] | None = None
    window_ms: tuple[float, float] = (50.0, 200.0)
    chunk_ms: float = 50.0
    threshold: float | None = None

    def __post_init__(self) -> None:
        if (self.groups is None) == (self.weights is None):
            raise ValueError(
                "a readout has either groups of neurons or linear weights: give one of the two."
            )

    @property
    def neurons(self) -> NDArray[np.integer[Any]]:
        """Ids of the readout neurons, class after class; none for the linear readout."""
        return np.zeros(0, np.int64) if self.groups is None else self.groups.reshape(-1)

    def read(self, activity: Activity) -> Activity:
        """The activity with outputs, confidence and its readout neurons marked.

        Outputs are the confidence in each class in each chunk of time. A chunk in which no readout
        neuron fires has the confidence 0 in every class. If none fires in the whole window, there
        is no prediction.

        Raises:
            ValueError: the window is empty, or begins after the activity ends.
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

    def counts(self, activity: Activity) -> NDArray[np.int64] | None:
        """(groups,) spikes of each group in the window; None for the linear readout."""
        if self.groups is None:
            return None
        counts = _spike_counts(activity, *window_steps(activity, self.window_ms))
        return counts[self.groups].sum(axis=1)

    def _confidence(self, activity: Activity, first: int, end: int) -> NDArray[np.float64]:
        counts = _spike_counts(activity, first, end)
        if self.groups is not None:
            by_class = counts[self.groups].sum(axis=1)
            if self.threshold is not None:
                ms = (end - first) * activity.dt
                constant = self.threshold * ms * self.groups.shape[1]
                return np.append(constant, by_class) / (constant + by_class.sum())
            return by_class / max(by_class.sum(), 1)
        scores = counts @ self.weights / (end - first) + self.biases
        shares = np.exp(scores - scores.max())
        return shares / shares.sum()


def _spike_counts(activity: Activity, first: int, end: int) -> NDArray[np.int64]:
    """(n_neurons,) spikes in the steps ``first <= step < end``."""
    low, high = np.searchsorted(activity.spike_steps, (first, end))
    return np.bincount(activity.spike_neurons[low:high], minlength=activity.n_neurons)
