"""Time of the model, in steps of dt, against time of NEST, in ms.

Step t of the model is the interval of NEST time from ``lead + t dt`` to ``lead + (t + 1) dt``, and
its state is NEST's at the end of it. ``lead`` is one step, because NEST's generators cannot fire at
time 0. An input x(t) is a spike, sent a step earlier, that arrives at the end of step t. So it
raises the synaptic current at the state of step t, as ``psc_rise`` of the model. A spike of step t
arrives d steps later at the end of step t + d, also as in the model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common import units

# NEST's times are multiples of its resolution, written in binary: equal to within a millionth.
_TOLERANCE = 1e-6
_DECIMALS = 6


@dataclass(frozen=True)
class Clock:
    """Converts between time steps of the model and times of NEST.

    Attributes:
        dt: ms per time step.

    Example:
        >>> clock = Clock(dt=1.0)
        >>> clock.input_times([0, 7])
        array([1., 8.])
        >>> clock.steps_of([1.1, 2.0, 2.1])
        array([0, 0, 1])
    """

    dt: float

    @property
    def lead(self) -> float:
        """NEST time at which step 0 begins, ms."""
        return self.dt

    def input_times(self, steps: ArrayLike) -> NDArray[np.float64]:
        """When an input of each step is sent, ms: with a delay of dt it arrives at the step's end.

        Args:
            steps: time steps.
        """
        return np.round(self.lead + units.steps_to_ms(steps, self.dt), _DECIMALS)

    def steps_of(self, times_ms: ArrayLike) -> NDArray[np.int64]:
        """The time step that holds each time of NEST; its intervals are closed at the end.

        Args:
            times_ms: NEST times; negative steps are before the start.
        """
        elapsed = (np.asarray(times_ms, np.float64) - self.lead) / self.dt
        return np.ceil(elapsed - _TOLERANCE).astype(np.int64) - 1

    def delays(self, delays_ms: ArrayLike, max_delay: int) -> NDArray[np.float64]:
        """Synaptic delays in whole steps from 1 to `max_delay`, given and returned in ms."""
        steps = np.clip(units.ms_to_steps(delays_ms, self.dt), 1, max_delay)
        return units.steps_to_ms(steps, self.dt)
