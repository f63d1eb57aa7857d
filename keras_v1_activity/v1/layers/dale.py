"""Dale's law: a synapse that excites stays excitatory, one that inhibits stays inhibitory."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike


class KeepSign(keras.constraints.Constraint):
    """After each update, a weight that would change its sign becomes 0.

    Args:
        initial_weights: array whose signs are kept; a weight that starts at 0 stays 0.
        zero_excites: a weight that starts at 0 may become positive instead, as published.

    Example:
        >>> kept = KeepSign([-1.0, 1.0])(np.array([0.5, 0.5], np.float32))
        >>> np.abs(kept)
        array([0. , 0.5], dtype=float32)
    """

    def __init__(self, initial_weights: ArrayLike, zero_excites: bool = False) -> None:
        sign = np.sign(np.asarray(initial_weights)).astype(np.int8)
        if zero_excites:
            sign[sign == 0] = 1
        # A tensor is passed to compiled functions; an array would be a constant inside of each.
        with tf.init_scope():
            self._sign = tf.convert_to_tensor(sign)

    def __call__(self, w: Any) -> Any:
        """The nearest weights to `w` that keep the signs."""
        sign = keras.ops.cast(self._sign, w.dtype)
        return sign * keras.ops.relu(sign * w)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments, as Keras asks for them."""
        return {"initial_weights": self._sign.numpy().tolist()}
