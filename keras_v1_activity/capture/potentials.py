"""Potentials in mV: what they are made of, and a word to the user if they are plainly not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.potentials import are_plainly_no_mv, potentials_of
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.common import notices
from keras_v1_activity.common.checks import shown

EXTRACT_MV: Final = "extract=lambda output: (output[0], -70 + 20 * output[1])"
HANDED_MV: Final = "voltage_range=(-70, -50)"


@dataclass(frozen=True, eq=False)
class VoltageRange:
    """The potentials in mV that a network counts as 0 and as 1.

    Attributes:
        zero: float32 mV, for all neurons () or for each (n_neurons,).
        one: of the same shape.

    Example:
        >>> VoltageRange.of((-70, -50)).mv(np.array([[0.5, 1]], "f4"), [3, 8])
        array([[-60., -50.]], dtype=float32)
    """

    zero: NDArray[np.float32]
    one: NDArray[np.float32]

    @classmethod
    def of(cls, given: Any) -> VoltageRange:
        """From a pair of numbers, or of arrays (n_neurons,).

        Raises:
            ValueError: it is anything else.
        """
        try:
            zero, one = (np.asarray(part, np.float32) for part in given)
            together = np.broadcast_arrays(zero, one)
        except (TypeError, ValueError):
            together = []
        if not together or together[0].ndim > 1 or not np.isfinite(together).all():
            raise ValueError(
                "voltage_range must be two potentials in mV, those that the network counts as 0 "
                "and as 1, each a number or one for each neuron, e.g. (-70, -50) or (E_L, V_th); "
                f"got {shown(given)}."
            )
        return cls(together[0], together[1])

    def mv(self, values: NDArray[np.float32], neurons: Any) -> NDArray[np.float32]:
        """Potentials (time, k) of k neurons, in mV.

        Raises:
            ValueError: there is no potential for one of the neurons.
        """
        ids = np.asarray(neurons, np.int64)
        if self.zero.ndim and ids.size and ids.max() >= len(self.zero):
            raise ValueError(
                f"voltage_range has potentials of {len(self.zero):,} neurons, but neuron "
                f"{ids.max():,} is recorded: give one for each neuron of the layer."
            )
        zero, one = (part[ids] if part.ndim else part for part in (self.zero, self.one))
        return np.asarray(zero + values * (one - zero), np.float32)

    def in_mv(self, activity: Activity) -> Activity:
        """The same look with its potentials in mV."""
        changed: dict[str, Any] = {}
        if activity.voltages.size:
            changed["voltages"] = self.mv(activity.voltages, activity.voltage_neurons)
        traces = activity.traces
        if traces is not None and "voltage" in traces.values:
            in_mv = self.mv(traces.values["voltage"], traces.neurons)
            changed["traces"] = Traces(traces.neurons, {**traces.values, "voltage": in_mv})
        return replace(activity, **changed)


class PotentialsCheck:
    """Looks at the potentials of each look until one is plainly not in mV.

    Args:
        remedy: the argument that makes mV of potentials from rest (0) to threshold (1).
        voltage_range: what `VoltageRange.of` takes, if they are to be turned into mV; None if they
            are in mV.

    Raises:
        ValueError: `voltage_range` is anything else.

    Example:
        >>> check = PotentialsCheck(HANDED_MV)
        >>> check.checked(activity) is activity
        True
    """

    def __init__(self, remedy: str, voltage_range: Any = None) -> None:
        self._remedy = remedy
        self._range = None if voltage_range is None else VoltageRange.of(voltage_range)
        self._said = False

    def made(self, make: Callable[[], Activity]) -> Activity:
        """The look that `make` returns, checked."""
        return self.checked(make())

    def checked(self, activity: Activity) -> Activity:
        """The same look, in mV if that is asked for.

        Raises:
            ValueError: there is no `voltage_range` for one of its neurons.
        """
        if self._range is not None:
            return self._range.in_mv(activity)
        if not self._said and are_plainly_no_mv(activity):
            self._said = True
            values = potentials_of(activity)
            low, high = values.min(), values.max()
            notices.warn(
                f"the membrane potentials lie between {low:.3g} and {high:.3g}, which cannot be mV,"
                " so they are drawn and stored without a unit: if 0 is rest and 1 is threshold, "
                f"give {self._remedy}, with your own potentials in mV."
            )
        return activity
