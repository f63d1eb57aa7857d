"""How long after a stimulus neurons and populations begin to respond."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.trials import Response, same_neurons
from keras_v1_activity.common import units
from keras_v1_activity.measures.rates import STIMULUS_MS

_BIN_MS = 2.0
_ABOVE_SD = 3.0


def latency(response: Response, onset_ms: float = STIMULUS_MS[0]) -> NDArray[np.float64]:
    """Time from the onset of the stimulus to each neuron's response, ms.

    The beginning of the first of two running bins of 2 ms in which the spikes, summed over trials,
    exceed mean + 3 sd of the bins before the onset. Maunsell & Gibson 1992, J. Neurophysiol.
    68:1332, whose threshold this is in the form of a normal distribution. It takes many trials: of
    one trial only bursts are seen.

    Args:
        response: one `Activity`, or several trials.
        onset_ms: when the stimulus begins, ms.

    Returns:
        (n_neurons,), NaN for neurons without a response.

    Raises:
        ValueError: no trial, other neurons, or fewer than two bins before the onset.

    Example:
        >>> latency(Activity.from_dense(np.arange(100)[:, None] >= 60), onset_ms=50)
        array([10.])
    """
    trials = same_neurons(response)
    n = trials[0].n_neurons
    return _first_crossing(trials, np.arange(n), n, onset_ms)


def population_latency(response: Response, onset_ms: float = STIMULUS_MS[0]) -> dict[str, float]:
    """Time from the onset of the stimulus to the response of each population, ms.

    As `latency`, of the spikes of all its neurons together, for which one trial is often enough.

    Args:
        response: one `Activity`, or several trials.
        onset_ms: when the stimulus begins, ms.

    Returns:
        dict of population -> ms, NaN without a response.

    Raises:
        ValueError: no trial, other neurons, or fewer than two bins before the onset.

    Example:
        >>> population_latency(Activity.from_dense(np.arange(100)[:, None] >= 60), onset_ms=50)
        {'neurons': 10.0}
    """
    trials = same_neurons(response)
    populations = trials[0].populations
    index = populations.index.astype(np.int64)
    found = _first_crossing(trials, index, len(populations.members), onset_ms)
    return dict(zip(populations.names, found.tolist(), strict=True))


def _first_crossing(
    trials: tuple[Activity, ...], group: NDArray[np.int64], n_groups: int, onset_ms: float
) -> NDArray[np.float64]:
    """(n_groups,) ms after the onset. Only bins that hold spikes are kept: others never cross."""
    first = trials[0]
    width = int(max(units.ms_to_steps(_BIN_MS, first.dt), 1))
    onset = int(units.ms_to_steps(onset_ms, first.dt))
    n_before = onset // width
    n_after = (min(one.n_steps for one in trials) - onset) // width
    if n_before < 2:
        raise ValueError(
            f"onset_ms must lie at least two bins of {width * first.dt:g} ms after the beginning, "
            f"which the baseline is taken from; got {onset_ms:g}."
        )
    n_bins = n_before + max(n_after, 0)
    keys = []
    for one in trials:
        # Bins begin at the onset, and before it end there.
        place = (one.spike_steps.astype(np.int64) - onset) // width + n_before
        inside = (place >= 0) & (place < n_bins)
        keys.append(group[one.spike_neurons[inside]] * n_bins + place[inside])
    cells, counts = np.unique(np.concatenate(keys), return_counts=True)
    owner, place = np.divmod(cells, n_bins)
    before = place < n_before
    mean = np.bincount(owner[before], weights=counts[before], minlength=n_groups) / n_before
    squares = np.bincount(owner[before], weights=counts[before] ** 2, minlength=n_groups) / n_before
    threshold = mean + _ABOVE_SD * np.sqrt(np.maximum(squares - mean**2, 0))
    high = ~before & (counts > threshold[owner])
    owner, place = owner[high], place[high]
    twice = np.flatnonzero((owner[1:] == owner[:-1]) & (place[1:] == place[:-1] + 1))
    # The first one of each group, since cells are in ascending order.
    groups, where = np.unique(owner[twice], return_index=True)
    found = np.full(n_groups, np.nan)
    found[groups] = (place[twice][where] - n_before) * width * first.dt
    return found
