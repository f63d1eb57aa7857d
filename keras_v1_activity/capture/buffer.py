"""Buffer: TensorFlow variables that a compiled training step writes and the program reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.capture.apart import apart

_NOTHING = -1


class Buffer:
    """Keeps the tensors of one look until they are read.

    Its variables belong to no layer and no model, so that nothing enters weights or checkpoints.
    Each compiled version of a step may bring other shapes. It gets a set of variables of its own,
    and the variable `slot` says which set was written last. XLA wants shapes that never change, and
    those of a set never do.

    Args:
        device: of the variables; None: TensorFlow chooses.

    Example:
        >>> buffer = Buffer()
        >>> buffer.write({"spikes": tf.constant([0, 1])}, step=tf.constant(7, tf.int64))
        >>> buffer.read()
        ({'spikes': array([0, 1], dtype=int32)}, 7)
        >>> buffer.clear()
        >>> buffer.read() is None
        True
    """

    def __init__(self, device: str | None = None) -> None:
        self._device = device
        self._slot_of: dict[Any, int] = {}
        self._sets: list[dict[str, Any]] = []
        self._slot, self._step = apart(_slot_and_step, device)

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
            kinds = {name: (tensor.shape, tensor.dtype) for name, tensor in tensors.items()}
            make = partial(_set_of_variables, kinds)
            self._sets.append(apart(make, self._device))
            self._slot_of[key] = len(self._sets) - 1
        return self._slot_of[key]


def _slot_and_step() -> tuple[Any, Any]:
    slot = tf.Variable(_NOTHING, trainable=False, dtype=tf.int64, name="slot")
    return slot, tf.Variable(0, trainable=False, dtype=tf.int64, name="captured_step")


def _set_of_variables(kinds: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {name: _variable(name, *kind) for name, kind in kinds.items()}


def _variable(name: str, shape: Any, dtype: Any) -> Any:
    known = [size or 0 for size in shape.as_list()]
    initial = np.zeros(known, dtype.as_numpy_dtype)
    return tf.Variable(initial, trainable=False, dtype=dtype, shape=shape, name=name)
