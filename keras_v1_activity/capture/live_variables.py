"""LiveVariables: what a compiled training step is told, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.capture.apart import apart
from keras_v1_activity.capture.buffer import Buffer


class LiveVariables:
    """TensorFlow variables that stand between a compiled training step and the program.

    The program says with `arm` which step is wanted. The step then writes into the buffers `layer`
    and `loss`, under a condition, with `write_if_due`.

    Args:
        device: of the variables; None: TensorFlow chooses.

    Attributes:
        device: as given.
        layer: `Buffer` of what the layer gave.
        loss: `Buffer` of inputs, labels and outputs of the model.
        health: `Buffer` of sums over gradients and weights.
        counts_steps: whether one call of the train function runs several steps, so that the steps
            are counted in the graph.

    Example:
        >>> variables = LiveVariables()
        >>> variables.arm(step=100, due=True)
        >>> variables.write_if_due(variables.layer, lambda s: {"n": tf.size(s)}, (tf.zeros(3),))
        >>> variables.read()
        ({'n': array(3, dtype=int32)}, 100)
    """

    device: str | None
    layer: Buffer
    loss: Buffer
    health: Buffer
    counts_steps: bool

    def __init__(self, device: str | None = None) -> None:
        self.device = device
        self.layer, self.loss, self.health = (Buffer(device) for _ in range(3))
        self.counts_steps = False
        self._armed, self._step, self._every, self._also = apart(_told, device)
        self._is_armed = False

    def arm(self, step: int, *, due: bool, every: int = 1, also_first: bool = False) -> None:
        """Says what the next call of the train function writes.

        Args:
            step: number of the training step that it begins with, from 1.
            due: whether anything is written.
            every: of several steps in the call, those divisible by it are written.
            also_first: whether the first of them is written too, until a later one is.
        """
        if due or self._is_armed:
            self._armed.assign(due)
            self._is_armed = due
        if due:
            for buffer in (self.layer, self.loss, self.health):
                buffer.clear()
            self._every.assign(every)
            self._also.assign(step if also_first else 0)
        if due or self.counts_steps:
            self._step.assign(step - 1 if self.counts_steps else step)

    def wait(self) -> None:
        """Waits for the step that has been called, if anything is written in it."""
        if self._is_armed:
            # What is wrong, `read` says.
            with suppress(tf.errors.OpError):
                self.layer.wait()

    def read(self) -> tuple[dict[str, NDArray[Any]], int] | None:
        """(arrays of all buffers by name, training step), or None if nothing was written."""
        if not self._is_armed:
            return None
        of_layer = self.layer.read()
        if of_layer is None:
            return None
        arrays, step = of_layer
        for buffer in (self.loss, self.health):
            found = buffer.read()
            if found is not None and found[1] == step:
                arrays.update(found[0])
        return arrays, step

    def last_step(self) -> int:
        """Number of the last step run, as counted in the graph."""
        return int(self._step.numpy())

    def count_step(self) -> None:
        """Counts a step. In a function that is being compiled, adds the operation that does so."""
        self._step.assign_add(1)

    def write_if_due(
        self,
        buffer: Buffer,
        reduce: Callable[..., dict[str, Any]],
        tensors: Any,
        *,
        holds: Any = True,
        step: Any = None,
    ) -> None:
        """Writes ``reduce(*tensors)`` into a buffer, if this step is wanted.

        Args:
            buffer: `layer`, `loss` or `health`.
            reduce: function from the tensors to a dict of those that are kept; what it computes is
                computed only in a step that is wanted.
            tensors: structure of tensors; no gradient flows back into them.
            holds: a bool or a tensor: whether there is anything to write.
            step: int64 tensor, the number of this step if the caller counts; None: as armed.
        """
        tensors = tf.nest.map_structure(_without_gradient, tensors)
        due = self.is_due(step)
        size = _batch_size(tensors)
        if isinstance(size, int) and not size:
            return
        if size is not None and not isinstance(size, int):
            # Of an empty batch there is nothing to write.
            due = tf.logical_and(due, size > 0)
        if holds is not True:
            due = tf.logical_and(due, holds)
        number = self._step if step is None else step

        def write() -> Any:
            buffer.write(reduce(*tensors), number)
            return tf.constant(True)

        tf.cond(due, write, lambda: tf.constant(False))

    def is_due(self, step: Any = None) -> Any:
        """Whether this step is wanted, a scalar bool tensor or variable.

        Args:
            step: int64 tensor, the number of this step if the caller counts; None: as armed.
        """
        if step is None and not self.counts_steps:
            return self._armed
        number = self._step if step is None else step
        wanted = tf.equal(number % self._every, 0) | tf.equal(number, self._also)
        return tf.logical_and(self._armed, wanted)


def _told() -> tuple[Any, Any, Any, Any]:
    """(armed, step, every, also): what the program tells the step."""
    armed = tf.Variable(False, trainable=False, name="armed")
    step = tf.Variable(0, trainable=False, dtype=tf.int64, name="step")
    every = tf.Variable(1, trainable=False, dtype=tf.int64, name="every")
    return armed, step, every, tf.Variable(0, trainable=False, dtype=tf.int64, name="also")


def _batch_size(tensors: Any) -> Any:
    """Samples in the first tensor that has an axis for them, an int if it is known; or None."""
    for tensor in tf.nest.flatten(tensors):
        if isinstance(tensor, tf.Tensor) and tensor.shape.rank:
            return tf.shape(tensor)[0] if tensor.shape[0] is None else tensor.shape[0]
    return None


def _without_gradient(value: Any) -> Any:
    return tf.stop_gradient(value) if isinstance(value, tf.Tensor) else value
