"""Where a compiled training step lays down what was asked for: variables of its own."""

import numpy as np
import tensorflow as tf

_NOTHING = -1


class Shelf:
    """Non-trainable variables that a traced step assigns and the host reads.

    They belong to no layer and no model, so that nothing enters weights or checkpoints. Each trace
    may bring other shapes; it gets a set of variables of its own, and `_slot` says which set was
    written last. XLA wants shapes that never change, which every set has.
    """

    def __init__(self):
        self._sets = {}
        self._order = []
        self._slot = tf.Variable(_NOTHING, trainable=False, dtype=tf.int64, name="slot")
        self._step = tf.Variable(0, trainable=False, dtype=tf.int64, name="captured_step")

    def put(self, tensors, step):
        """Graph operations that lay down `tensors` (dict) as taken at `step` (int64 scalar)."""
        slot, variables = self._set_for(tensors)
        for name, tensor in tensors.items():
            variables[name].assign(tensor)
        self._slot.assign(slot)
        self._step.assign(step)

    def clear(self):
        """Forgets what was laid down."""
        self._slot.assign(_NOTHING)

    def wait(self):
        """Waits until what has been called so far has laid down what it does."""
        self._slot.numpy()

    def take(self):
        """(dict of numpy arrays, step) of what was laid down since `clear`, or None."""
        slot = int(self._slot.numpy())
        if slot == _NOTHING:
            return None
        variables = self._order[slot]
        return {name: v.numpy() for name, v in variables.items()}, int(self._step.numpy())

    def _set_for(self, tensors):
        key = tuple((n, tuple(t.shape.as_list()), t.dtype) for n, t in sorted(tensors.items()))
        if key not in self._sets:
            # Out of the graph that is being traced, so that the variables outlive it.
            with tf.init_scope():
                variables = {n: _variable(n, t.shape, t.dtype) for n, t in tensors.items()}
            self._sets[key] = len(self._order)
            self._order.append(variables)
        return self._sets[key], self._order[self._sets[key]]


def _variable(name, shape, dtype):
    known = [size or 0 for size in shape.as_list()]
    initial = np.zeros(known, dtype.as_numpy_dtype)
    return tf.Variable(initial, trainable=False, dtype=dtype, shape=shape, name=name)
