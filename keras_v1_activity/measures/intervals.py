"""Irregularity of firing, from the intervals between the spikes of each neuron."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.trials import Response, same_neurons

LEAST_SPIKES: int = 10
"""A neuron with fewer spikes in all trials together is not judged."""

REFRACTORY_MS: float = 5.0
"""The constant R of `lvr`, ms."""


@dataclass(frozen=True)
class _Intervals:
    """Intervals of all neurons and trials; those of a neuron in a trial follow each other."""

    length: NDArray[np.float64]  # (n_intervals,) ms
    neuron: NDArray[np.int64]  # (n_intervals,) whose it is
    train: NDArray[np.int64]  # (n_intervals,) a number for each neuron in each trial
    judged: NDArray[np.bool_]  # (n_neurons,) enough spikes

    def mean(self, values: NDArray[np.float64], neuron: NDArray[np.int64]) -> NDArray[np.float64]:
        """Mean of the values of each neuron; NaN where there are too few spikes or no value."""
        n = len(self.judged)
        number = np.bincount(neuron, minlength=n)
        sums = np.bincount(neuron, weights=values, minlength=n)
        known = self.judged & (number > 0)
        return np.divide(sums, number, out=np.full(n, np.nan), where=known)

    def pairs(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Each interval and the next one of the same train, ms, and whose they are."""
        same = self.train[1:] == self.train[:-1]
        return self.length[:-1][same], self.length[1:][same], self.neuron[1:][same]


def _intervals(response: Response, least_spikes: int) -> _Intervals:
    trials = same_neurons(response)
    n = trials[0].n_neurons
    lengths, neurons, trains = [], [], []
    counts = np.zeros(n, np.int64)
    for number, activity in enumerate(trials):
        # Spikes are in the order of time: a stable sort by neuron keeps each train's.
        by_neuron = np.argsort(activity.spike_neurons, kind="stable")
        neuron = activity.spike_neurons[by_neuron].astype(np.int64)
        same = neuron[1:] == neuron[:-1]
        steps = np.diff(activity.spike_steps[by_neuron])[same]
        lengths.append(steps * activity.dt)
        neurons.append(neuron[1:][same])
        trains.append(neurons[-1] + number * n)
        counts += activity.spike_counts
    return _Intervals(
        np.concatenate(lengths),
        np.concatenate(neurons),
        np.concatenate(trains),
        counts >= least_spikes,
    )


def cv(response: Response, *, least_spikes: int = LEAST_SPIKES) -> NDArray[np.float64]:
    """Coefficient of variation of each neuron's interspike intervals; it has no unit.

    Standard deviation over mean: 1 for Poisson firing, 0 for a clock. A rate that changes raises
    it, which `cv2` and `lv` avoid. Intervals of all trials are pooled. Softky & Koch 1993, J.
    Neurosci. 13:334.

    Args:
        response: one `Activity`, or the trials of a stimulus.
        least_spikes: of a neuron that is judged, in all trials together.

    Returns:
        (n_neurons,), NaN where there are too few spikes.

    Raises:
        ValueError: no trial, or trials of other neurons.

    Example:
        >>> from keras_v1_activity import Activity
        >>> cv(Activity.from_dense(np.ones((10, 2))))
        array([0., 0.])
    """
    found = _intervals(response, least_spikes)
    mean = found.mean(found.length, found.neuron)
    variance = found.mean((found.length - mean[found.neuron]) ** 2, found.neuron)
    return np.sqrt(variance) / mean


def cv2(response: Response, *, least_spikes: int = LEAST_SPIKES) -> NDArray[np.float64]:
    """Local variation of neighbouring intervals I, I': mean of 2 |I - I'| / (I + I'); no unit.

    1 for Poisson firing, 0 for a clock, little changed by a rate that changes slowly. Holt et al.
    1996, J. Neurophysiol. 75:1806.

    Args:
        response: one `Activity`, or the trials of a stimulus.
        least_spikes: of a neuron that is judged, in all trials together.

    Returns:
        (n_neurons,), NaN where there are too few spikes.

    Raises:
        ValueError: no trial, or trials of other neurons.

    Example:
        >>> from keras_v1_activity import Activity
        >>> cv2(Activity.from_dense(np.ones((10, 2))))
        array([0., 0.])
    """
    found = _intervals(response, least_spikes)
    before, after, neuron = found.pairs()
    return found.mean(2 * np.abs(after - before) / (after + before), neuron)


def lv(response: Response, *, least_spikes: int = LEAST_SPIKES) -> NDArray[np.float64]:
    """Local variation of neighbouring intervals I, I': mean of 3 (I - I')^2 / (I + I')^2; no unit.

    1 for Poisson firing, 0 for a clock. Shinomoto et al. 2003, Neural Comput. 15:2823.

    Args:
        response: one `Activity`, or the trials of a stimulus.
        least_spikes: of a neuron that is judged, in all trials together.

    Returns:
        (n_neurons,), NaN where there are too few spikes.

    Raises:
        ValueError: no trial, or trials of other neurons.

    Example:
        >>> from keras_v1_activity import Activity
        >>> lv(Activity.from_dense(np.ones((10, 2))))
        array([0., 0.])
    """
    return lvr(response, refractory_ms=0.0, least_spikes=least_spikes)


def lvr(
    response: Response,
    *,
    refractory_ms: float = REFRACTORY_MS,
    least_spikes: int = LEAST_SPIKES,
) -> NDArray[np.float64]:
    """`lv` corrected for the refractory time R: each term times 1 + 4 R / (I + I'); no unit.

    It depends less on the rate than `lv`. Shinomoto et al. 2009, PLoS Comput. Biol. 5:e1000433.

    Args:
        response: one `Activity`, or the trials of a stimulus.
        refractory_ms: R, ms.
        least_spikes: of a neuron that is judged, in all trials together.

    Returns:
        (n_neurons,), NaN where there are too few spikes.

    Raises:
        ValueError: no trial, or trials of other neurons.

    Example:
        >>> from keras_v1_activity import Activity
        >>> lvr(Activity.from_dense(np.ones((10, 2))))
        array([0., 0.])
    """
    found = _intervals(response, least_spikes)
    before, after, neuron = found.pairs()
    both = before + after
    terms = 3 * ((after - before) / both) ** 2 * (1 + 4 * refractory_ms / both)
    return found.mean(terms, neuron)
