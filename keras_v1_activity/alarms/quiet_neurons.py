"""QuietNeurons: which neurons have fired no spike for many looks running."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity

QUIET_LOOKS: Final = {"ten_looks": 10, "twenty_looks": 20}
"""For how many looks running a neuron is without a spike, by the name of that number."""


class QuietNeurons:
    """Counts for each neuron the looks since its last spike.

    Example:
        >>> quiet, look = QuietNeurons(), Activity.from_dense(np.eye(4)[:, :1] * [1, 0])
        >>> parts = [quiet.note(look) for _ in range(10)]
        >>> parts[8], parts[9]
        ({}, {'ten_looks': {'all': 0.5, 'neurons': 0.5}})
    """

    def __init__(self) -> None:
        self._since: NDArray[np.int32] = np.zeros(0, np.int32)
        self._n_looks = 0

    def note(self, activity: Activity) -> dict[str, dict[str, float]]:
        """Takes in a look.

        Returns:
            By number of looks, once there are so many: dict of population, and "all", -> part of
            its neurons that fired no spike in these looks.
        """
        if len(self._since) != activity.n_neurons:
            self._since, self._n_looks = np.zeros(activity.n_neurons, np.int32), 0
        self._n_looks += 1
        self._since += 1
        self._since[activity.spike_neurons] = 0
        return {
            name: _parts(self._since >= looks, activity)
            for name, looks in QUIET_LOOKS.items()
            if self._n_looks >= looks and len(self._since)
        }


def _parts(quiet: NDArray[np.bool_], activity: Activity) -> dict[str, float]:
    populations = activity.populations
    counts = np.bincount(populations.index[quiet], minlength=len(populations.members))
    parts = np.round(counts / np.maximum(populations.counts, 1), 6).tolist()
    return {"all": float(quiet.mean()), **dict(zip(populations.names, parts, strict=True))}
