"""StepBatch: what a training step was given, and what it made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from keras_v1_activity.capture.leaves import leaves_of


@dataclass(eq=False)
class StepBatch:
    """Inputs, labels, outputs and weights of one training step, as far as they are known.

    Attributes:
        x: inputs.
        y: labels.
        outputs: what the model gave.
        weights: sample weights.
        written: whether it has been written already, by a `compute_loss` in the step.

    Example:
        >>> batch = StepBatch.of((x, y))
        >>> batch.as_scored(None, y * 2, y, None).y is y
        True
    """

    x: Any = None
    y: Any = None
    outputs: Any = None
    weights: Any = None
    written: bool = False

    @classmethod
    def of(cls, data: Any) -> StepBatch:
        """From what Keras gives `train_step`: x, or a tuple (x, y) or (x, y, sample_weight)."""
        if isinstance(data, tuple) and 1 <= len(data) <= 3:
            x, y, weights = (*data, None, None)[:3]
            return cls(x, y, weights=weights)
        return cls(data)

    def as_scored(self, x: Any, y: Any, outputs: Any, weights: Any) -> StepBatch:
        """Together with what `compute_loss` is given; the batch's own inputs and labels count.

        Labels of another structure than the outputs, such as a dict of which the step takes one
        entry, give way to those that are scored.
        """
        outputs = self.outputs if outputs is None else outputs
        return StepBatch(
            x if self.x is None else self.x,
            self.y if y is None or _belong(self.y, outputs) else y,
            outputs,
            self.weights if weights is None else weights,
        )

    def within_reach(self) -> StepBatch:
        """Without outputs that a function inside the step made, which nobody outside can read."""
        reach = graphs_here()
        for tensor in tf.nest.flatten(self.outputs):
            if getattr(tensor, "graph", None) is not None and tensor.graph not in reach:
                return replace(self, outputs=None)
        return self

    def of_known_shapes(self) -> StepBatch:
        """With None in the place of each array of unknown shape, which XLA cannot store."""
        return StepBatch(*(tf.nest.map_structure(_if_known, part) for part in self.parts()))

    def parts(self) -> tuple[Any, Any, Any, Any]:
        """(x, y, outputs, weights)."""
        return self.x, self.y, self.outputs, self.weights


def _if_known(leaf: Any) -> Any:
    shape = getattr(leaf, "shape", None)
    if isinstance(shape, tf.TensorShape) and not shape[1:].is_fully_defined():
        return None
    return leaf


def _belong(labels: Any, outputs: Any) -> bool:
    """Whether there is one label for each output, or one for all."""
    found = leaves_of(labels)
    return any(leaf is not None for leaf in found) and len(found) in (1, len(leaves_of(outputs)))


def graphs_here() -> list[Any]:
    """The graph that is being made, and those around it.

    Example:
        >>> graphs_here()
        []
    """
    if tf.executing_eagerly():
        return []
    graphs = [tf.compat.v1.get_default_graph()]
    while getattr(graphs[-1], "outer_graph", None) is not None:
        graphs.append(graphs[-1].outer_graph)
    return graphs
