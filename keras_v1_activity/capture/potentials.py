"""Says once that recorded potentials are not in mV, and what mends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.potentials import are_plainly_no_mv, potentials_of
from keras_v1_activity.common import notices

EXTRACT_MV: Final = "extract=lambda output: (output[0], -70 + 20 * output[1])"
HANDED_MV: Final = "voltages=-70 + 20 * voltages"


class PotentialsCheck:
    """Looks at the potentials of each look until one is plainly not in mV.

    Args:
        remedy: the argument that makes mV of potentials from rest (0) to threshold (1).

    Example:
        >>> check = PotentialsCheck(HANDED_MV)
        >>> check.checked(activity) is activity
        True
    """

    def __init__(self, remedy: str) -> None:
        self._remedy = remedy
        self._said = False

    def made(self, make: Callable[[], Activity]) -> Activity:
        """The look that `make` returns, checked."""
        return self.checked(make())

    def checked(self, activity: Activity) -> Activity:
        """The same look."""
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
