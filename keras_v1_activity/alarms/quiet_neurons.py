"""QuietNeurons: which neurons have fired no spike for many looks running."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity

QUIET_LOOKS: int = 20
"""A neuron without a spike in so many looks running is called dead."""


class QuietNeurons:
    """Counts for each neuron the looks since its last spike.

    Args:
        looks: how many looks without a spike make a neuron quiet.

    Example:
        >>> quiet = QuietNeurons(looks=2)
        >>> one_fires = Activity.from_dense(np.eye(4)[:, :1] * [1, 0])
        >>> quiet.note(one_fires), quiet.note(one_fires)["all"]
        ({}, 0.5)
    """

    def __init__(self, looks: int = QUIET_LOOKS) -> None:
        self._looks = looks
        self._since: NDArray[np.int32] = np.zeros(0, np.int32)
        self._n_looks = 0

    def note(self, activity: Activity) -> dict[str, float]:
        """Takes in a look.

        Returns:
            dict of population, and "all", -> part of its neurons that are quiet; empty until there
            are so many looks.
        """
        if len(self._since) != activity.n_neurons:
            self._since, self._n_looks = np.zeros(activity.n_neurons, np.int32), 0
        self._n_looks += 1
        self._since += 1
        self._since[activity.spike_neurons] = 0
        if self._n_looks < self._looks or not len(self._since):
            return {}
        quiet = self._since >= self._looks
        index, populations = activity.populations.index, activity.populations
        counts = np.bincount(index[quiet], minlength=len(populations.members))
        parts = counts / np.maximum(populations.counts, 1)
        named = zip(populations.names, parts, strict=True) if populations.named else ()
        return {"all": float(quiet.mean()), **{name: float(part) for name, part in named}}
