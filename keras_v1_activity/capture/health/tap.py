"""HealthTap: takes gradients, and weights before and after, in the training step itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from keras_v1_activity.capture import models
from keras_v1_activity.capture.health.gradients import Here, noting_methods
from keras_v1_activity.capture.health.roles import TrainableWeights, trainable_weights
from keras_v1_activity.capture.health.step_weights import StepWeights
from keras_v1_activity.capture.health.sums import HealthSums
from keras_v1_activity.capture.health.tables import HealthTables
from keras_v1_activity.capture.live_variables import LiveVariables
from keras_v1_activity.capture.replica_step import ReplicaStep
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.capture.step_batch import graphs_here
from keras_v1_activity.common.protocols import Layer, Model


class HealthTap:
    """Writes what a step's gradients and weights come to into variables, if a look is due.

    Args:
        model: the Keras model that is trained.

    Attributes:
        tables: `HealthTables` of the weights; None until a step has been compiled or run.

    Example:
        >>> variables, step = LiveVariables(), ReplicaStep()
        >>> variables.arm(step=1, due=True)
        >>> HealthTap(model).begin(step, variables)
        >>> len(step.weights.before)
        3
    """

    tables: HealthTables | None

    def __init__(self, model: Model) -> None:
        self._model: Any = model
        self._sums: dict[str | None, HealthSums] = {}
        self.tables = None

    def replacements(self, here: Here) -> list[tuple[object, str, Callable[..., Any]]]:
        """Methods that stand in for those of the optimizer; see `noting_methods`."""
        return noting_methods(getattr(self._model, "optimizer", None), here)

    def begin(self, step: ReplicaStep, variables: LiveVariables) -> None:
        """Keeps the weights as they are before a step, if a look is due in it."""
        due = variables.is_due()
        if tf.executing_eagerly() and not due:
            return
        step.weights = StepWeights()
        known = [each.variable for each in trainable_weights(self._model, None)]
        if known:
            copies = _copies(known, due, models.is_compiled_by_xla(self._model))
            step.weights.before.update(zip(map(id, known), copies, strict=True))

    def end(
        self,
        step: ReplicaStep,
        variables: LiveVariables,
        selection: Selection,
        layer: Layer | None,
    ) -> None:
        """Writes the sums of a step that has ended, if a look is due in it.

        Args:
            step: with what was noted in it.
            variables: where they are written.
            selection: of the recorded layer.
            layer: that layer.
        """
        known = trainable_weights(self._model, layer)
        if step.weights is None or step.part is None or not known:
            return
        sums = self._sums_of(known, selection, layer, variables.device)
        ids, reach = [id(each.variable) for each in known], graphs_here()
        gradients = [_within(reach, step.weights.gradients.get(i)) for i in ids]
        before = [step.weights.before.get(i) for i in ids]
        scale = _within(reach, step.weights.scale)
        variables.write_if_due(
            variables.health, lambda: sums.of(gradients, before, scale), (), holds=step.part.holds
        )

    def _sums_of(
        self,
        known: Sequence[TrainableWeights],
        selection: Selection,
        layer: Any,
        device: str | None,
    ) -> HealthSums:
        populations = selection.neurons.populations
        if self.tables is None or not self.tables.fits(known, populations):
            self.tables = HealthTables.of(known, populations, layer)
            self._sums.clear()
        if device not in self._sums:
            by_xla = models.is_compiled_by_xla(self._model)
            self._sums[device] = HealthSums(self.tables, by_xla=by_xla, device=device)
        return self._sums[device]


def _copies(variables: Sequence[Any], due: Any, fixed: bool) -> list[Any]:
    """The values of variables, if `due`; else zeros, of their shapes if shapes must be known."""

    def copy() -> list[Any]:
        return [tf.identity(tf.convert_to_tensor(variable)) for variable in variables]

    def nothing() -> list[Any]:
        return [tf.zeros(v.shape if fixed else (0,), v.dtype) for v in variables]

    return list(tf.cond(due, copy, nothing))


def _within(reach: Sequence[Any], tensor: Any) -> Any:
    """A tensor, or None if a function inside the step made it, which nobody outside can read."""
    values = tensor.values if isinstance(tensor, tf.IndexedSlices) else tensor
    graph = None if tf.executing_eagerly() else getattr(values, "graph", None)
    return None if graph is not None and graph not in reach else tensor
