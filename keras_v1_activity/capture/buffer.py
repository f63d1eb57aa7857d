"""Buffer: TensorFlow variables that a compiled training step writes and the program reads."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

_NOTHING = -1


class Buffer:
    """Keeps the tensors of one look until they are read.

    Its variables belong to no layer and no model, so that nothing enters weights or checkpoints.
    Each compiled version of a step may bring other shapes. It gets a set of variables of its own,
    and the variable `slot` says which set was written last. XLA wants shapes that never change, and
    those of a set never do.

    Example:
        >>> buffer = Buffer()
        >>> buffer.write({"spikes": tf.constant([0, 1])}, step=tf.constant(7, tf.int64))
        >>> buffer.read()
        ({'spikes': array([0, 1], dtype=int32)}, 7)
        >>> buffer.clear()
        >>> buffer.read() is None
        True
    """

    def __init__(self) -> None:
        self._slot_of: dict[Any, int] = {}
        self._sets: list[dict[str, Any]] = []
        self._slot = tf.Variable(_NOTHING, trainable=False, dtype=tf.int64, name="slot")
        self._step = tf.Variable(0, trainable=False, dtype=tf.int64, name="captured_step")

    def write(self, tensors: Mapping[str, Any], step: Any) -> None:
        """Stores tensors. In a function that is being compiled, adds the operations that do so.

        Args:
            tensors: dict of tensors by name.
            step: int64 scalar tensor, the training step that they are of.
        """
        slot = self._slot_for(tensors)
        variables = self._sets[slot]
        for name, tensor in tensors.items():
            variables[name].assign(tensor)
        self._slot.assign(slot)
        self._step.assign(step)

    def clear(self) -> None:
        """Forgets what was written."""
        self._slot.assign(_NOTHING)

    def wait(self) -> None:
        """Waits until the functions called so far have written what they write."""
        self._slot.numpy()

    def read(self) -> tuple[dict[str, NDArray[Any]], int] | None:
        """(arrays by name, training step) of what was written since `clear`, or None."""
        slot = int(self._slot.numpy())
        if slot == _NOTHING:
            return None
        arrays = {name: np.asarray(v.numpy()) for name, v in self._sets[slot].items()}
        return arrays, int(self._step.numpy())

    def _slot_for(self, tensors: Mapping[str, Any]) -> int:
        key = tuple((n, tuple(t.shape.as_list()), t.dtype) for n, t in sorted(tensors.items()))
        if key not in self._slot_of:
            self._sets.append(_variables_for(tensors))
            self._slot_of[key] = len(self._sets) - 1
        return self._slot_of[key]


def _variables_for(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Variables out of the graph that is being made, so that they outlive it."""

    def make() -> dict[str, Any]:
        return {n: _variable(n, t.shape, t.dtype) for n, t in tensors.items()}

    try:
        with tf.init_scope():
            return make()
    except ValueError:
        # A tf.function refuses variables when it is compiled again, for other shapes. Those made in
        # another thread are none of its own.
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(make).result()


def _variable(name: str, shape: Any, dtype: Any) -> Any:
    known = [size or 0 for size in shape.as_list()]
    initial = np.zeros(known, dtype.as_numpy_dtype)
    return tf.Variable(initial, trainable=False, dtype=dtype, shape=shape, name=name)
