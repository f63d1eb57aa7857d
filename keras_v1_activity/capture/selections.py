"""Selections: which samples and neurons are recorded of layers of several sizes."""

from __future__ import annotations

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.capture.handed import select
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.plan import RecordPlan


class Selections:
    """The `Selection` for each number of neurons, settled when it first comes.

    Args:
        plan: `RecordPlan`.
        given_neurons: `Neurons` that the user named, or None.

    Example:
        >>> selections = Selections(RecordPlan(voltage_neurons=2), None)
        >>> selections.of(9).voltage_neurons
        array([2, 6])
    """

    def __init__(self, plan: RecordPlan, given_neurons: Neurons | None) -> None:
        self._plan = plan
        self._given_neurons = given_neurons
        self._of_size: dict[int, Selection] = {}

    def of(self, n_neurons: int) -> Selection:
        """The `Selection` of that many neurons.

        Raises:
            ValueError: populations or ids that do not fit them.
        """
        if n_neurons not in self._of_size:
            self._of_size[n_neurons] = select(self._plan, self._given_neurons, n_neurons)
        return self._of_size[n_neurons]

    @property
    def are_new(self) -> bool:
        """Whether none has been asked for."""
        return not self._of_size
