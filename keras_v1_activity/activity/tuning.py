"""Tuning: what each neuron did in front of gratings of several directions. Numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common import units
from keras_v1_activity.common.checks import counted, frozen_array, real_number
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.common.values import Value, read_only, settle


@dataclass(frozen=True, eq=False, repr=False)
class Tuning(Value):
    """Spike counts of each neuron in one turn of a probe, by direction of movement and trial.

    `keras_v1_activity.measures` makes selectivity of it: ``osi(tuning.rates,
    tuning.directions_deg)``. It is immutable: arrays and lists that it is given are copied.

    Attributes:
        directions_deg: (n_directions,) float64, ascending, degrees: 0 moves to the right, 90 up.
        counts: (n_directions, n_trials, n_neurons) int32 spikes in the time that is counted.
        counted_ms: how long that time is, ms.
        steps: (n_directions, n_trials) int64 training step of each look; weights change between
            them.
        past_steps: (n_turns,) int64 step of the last look of each earlier turn, ascending; of a
            long training some of them.
        past_osi: (n_turns, 1 + n_populations) float64 median orientation selectivity in each
            earlier turn, of all neurons, then of each population in drawing order; NaN if unknown.
        past_dsi: likewise, direction selectivity.

    Raises:
        ValueError: an array of another shape, or a count below 0.

    Example:
        >>> tuning = Tuning([0, 90, 180, 270], np.ones((4, 1, 3)), counted_ms=500)
        >>> tuning, tuning.rates[0]
        (Tuning(4 directions, 1 trial, 3 neurons), array([2., 2., 2.]))
    """

    directions_deg: NDArray[np.float64]
    counts: NDArray[np.int32]
    counted_ms: float
    steps: NDArray[np.int64] | None = None
    past_steps: NDArray[np.int64] = ()  # type: ignore[assignment]
    past_osi: NDArray[np.float64] = None  # type: ignore[assignment]
    past_dsi: NDArray[np.float64] = None  # type: ignore[assignment]

    if TYPE_CHECKING:  # what the constructor takes; dataclass makes it

        def __init__(
            self,
            directions_deg: AnyArray,
            counts: AnyArray,
            counted_ms: float,
            steps: AnyArray | None = None,
            past_steps: AnyArray = (),
            past_osi: AnyArray | None = None,
            past_dsi: AnyArray | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        angles = frozen_array(self.directions_deg, "directions_deg", ["direction"], np.float64)
        shape = (len(angles), "trial", "neuron")
        counts = frozen_array(self.counts, "counts", shape, np.int32)
        if not np.isfinite(angles).all() or (np.diff(angles) <= 0).any():
            raise ValueError("directions_deg must be finite and ascending, e.g. [0, 90, 180, 270].")
        if (counts < 0).any():
            raise ValueError(f"counts must be at least 0; got {counts[counts < 0][0]}.")
        steps = np.zeros(counts.shape[:2]) if self.steps is None else self.steps
        past = frozen_array(self.past_steps, "past_steps", ["turn"], np.int64)
        settle(
            self,
            directions_deg=angles,
            counts=counts,
            counted_ms=real_number(self.counted_ms, "counted_ms", 500, above=0),
            steps=frozen_array(steps, "steps", counts.shape[:2], np.int64),
            past_steps=past,
            **{name: self._medians(name, len(past)) for name in ("past_osi", "past_dsi")},
        )

    def _medians(self, name: str, n_turns: int) -> NDArray[np.float64]:
        given = getattr(self, name)
        given = np.zeros((n_turns, 0)) if given is None else given
        return frozen_array(given, name, (n_turns, "population"), np.float64)

    @property
    def n_neurons(self) -> int:
        """How many neurons there are."""
        return self.counts.shape[2]

    @cached_property
    def trial_rates(self) -> NDArray[np.float64]:
        """(n_directions, n_trials, n_neurons) firing rates, Hz; read-only."""
        return read_only(units.counts_to_hz(self.counts, self.counted_ms))

    @cached_property
    def rates(self) -> NDArray[np.float64]:
        """(n_directions, n_neurons) firing rates, Hz, the mean over trials; read-only."""
        n_trials = max(self.counts.shape[1], 1)
        return read_only(units.counts_to_hz(self.counts.sum(axis=1), self.counted_ms * n_trials))

    def __repr__(self) -> str:
        n_directions, n_trials, n_neurons = self.counts.shape
        return (
            f"Tuning({counted(n_directions, 'direction')}, {counted(n_trials, 'trial')}, "
            f"{counted(n_neurons, 'neuron')})"
        )
