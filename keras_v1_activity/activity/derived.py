"""Numbers that follow from the spikes of an `Activity`: times, counts, rates."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.batch_view import best_class
from keras_v1_activity.activity.fields import ActivityFields
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common import units
from keras_v1_activity.common.values import read_only


class SpikeNumbers(ActivityFields):
    """What follows from the fields of an `Activity`; arrays of it are read-only.

    Example:
        >>> activity.duration_ms, activity.silent
        (200.0, False)
    """

    @property
    def populations(self) -> Populations:
        """`Populations` of the neurons."""
        return self.neurons.populations

    @cached_property
    def spike_times(self) -> NDArray[np.float64]:
        """(n_spikes,) time of each spike in ms: its time step times dt."""
        return read_only(units.steps_to_ms(self.spike_steps, self.dt))

    @property
    def n_spikes(self) -> int:
        """Number of spikes of all neurons."""
        return len(self.spike_steps)

    @property
    def duration_ms(self) -> float:
        """Length of the sample in ms."""
        return self.n_steps * self.dt

    @property
    def prediction(self) -> int | None:
        """Class of greatest confidence, or None if the model gave none."""
        best = best_class(self.confidence)
        return None if best < 0 else best

    def spikes(self) -> NDArray[np.bool_]:
        """(n_steps, n_neurons) bool, a new array at each call."""
        dense = np.zeros((self.n_steps, self.n_neurons), bool)
        dense[self.spike_steps, self.spike_neurons] = True
        return dense

    @cached_property
    def spike_counts(self) -> NDArray[np.int64]:
        """(n_neurons,) spikes of each neuron."""
        return read_only(np.bincount(self.spike_neurons, minlength=self.n_neurons))

    @cached_property
    def rates(self) -> NDArray[np.float64]:
        """(n_neurons,) firing rate of each neuron, Hz."""
        return read_only(units.counts_to_hz(self.spike_counts, self.duration_ms))

    @property
    def mean_rate(self) -> float:
        """Mean firing rate over all neurons, Hz."""
        return float(self.rates.mean()) if self.n_neurons else 0.0

    @property
    def population_rates(self) -> dict[str, float]:
        """Mean firing rate (Hz) of each population, a new dict by name in drawing order."""
        populations = self.populations
        spikes = np.bincount(
            populations.index, weights=self.spike_counts, minlength=len(populations.members)
        )
        rates = units.counts_to_hz(spikes, self.duration_ms, np.maximum(populations.counts, 1))
        return dict(zip(populations.names, rates.tolist(), strict=True))

    @property
    def silent(self) -> bool:
        """True if not one neuron fired."""
        return self.n_spikes == 0
