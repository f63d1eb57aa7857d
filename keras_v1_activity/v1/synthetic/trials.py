"""What a simulated synthetic network is shown, and the spikes that it answers with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SimulatedTrial:
    """One stimulus: LGN spike probabilities that change now and then.

    Attributes:
        segments: (duration in time steps of 1 ms, (n_input,) probability per time step) of each
            stretch of time.
        spiking: draw LGN spikes; else their probability times 1.3 enters as a current.

    Example:
        >>> grey, white = np.zeros(3), np.ones(3)
        >>> trial = SimulatedTrial(((50, grey), (100, white)))
        >>> trial.n_steps, trial.segment_at(49), trial.segment_at(50)
        (150, 0, 1)
    """

    segments: Sequence[tuple[int, NDArray[np.float32]]]
    spiking: bool = False

    @property
    def n_steps(self) -> int:
        """Length in time steps of 1 ms."""
        return sum(duration for duration, _ in self.segments)

    def segment_at(self, step: int) -> int:
        """Number of the segment that holds a time step.

        Args:
            step: the time step, counted from 0.
        """
        end = 0
        for number, (duration, _) in enumerate(self.segments):
            end += duration
            if step < end:
                return number
        return len(self.segments)


@dataclass(frozen=True, eq=False)
class SimulatedSpikes:
    """Spikes of several trials, one entry for each spike, in the order of time.

    Attributes:
        steps: (n_spikes,) int64 time step of each spike, of 1 ms.
        trials: (n_spikes,) int64 trial of each spike.
        neurons: (n_spikes,) int64 neuron of each spike.
        n_steps: time steps of a trial.
        n_trials: number of trials.
        n_neurons: number of neurons.

    Example:
        >>> spikes = SimulatedSpikes(np.array([3, 8]), np.array([0, 0]), np.array([1, 1]), 10, 1, 2)
        >>> spikes.counts(), spikes.counts(first_step=5)
        (array([[0, 2]]), array([[0, 1]]))
    """

    steps: NDArray[np.int64]
    trials: NDArray[np.int64]
    neurons: NDArray[np.int64]
    n_steps: int
    n_trials: int
    n_neurons: int

    def counts(self, first_step: int = 0, end_step: int | None = None) -> NDArray[np.int64]:
        """(n_trials, n_neurons) spikes in ``first_step <= time step < end_step``.

        Args:
            first_step: first time step that counts.
            end_step: first one that no longer counts; None for the end of the trial.
        """
        end_step = self.n_steps if end_step is None else end_step
        inside = (self.steps >= first_step) & (self.steps < end_step)
        flat = self.trials[inside] * self.n_neurons + self.neurons[inside]
        counts = np.bincount(flat, minlength=self.n_trials * self.n_neurons)
        return counts.reshape(self.n_trials, self.n_neurons)
