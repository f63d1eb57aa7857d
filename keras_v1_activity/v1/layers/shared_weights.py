"""One trained weight a synapse, also where a synapse acts on several receptors.

`ReceptorMix` sums such synapses by their model and is faster. What is here takes each apart, as the
code of others does.
"""

from __future__ import annotations

from functools import cached_property

import tensorflow as tf

from keras_v1_activity.v1.network.synapses import Synapses


class SharedWeights:
    """Turns the trained weights of synapses into their weights on the receptors.

    The factors of a synapse on its four receptors are constants. Its gradient is the sum of those
    of the four, each times its factor.

    Args:
        synapses: `Synapses`.

    Example:
        >>> from dataclasses import replace
        >>> import numpy as np
        >>> two = replace(
        ...     network.recurrent, model=np.zeros(len(network.recurrent), np.int16),
        ...     factors=np.array([[0.5, 0.0, -0.25, 0.0]], np.float32),
        ... )
        >>> weights = SharedWeights(two)(tf.fill((len(two),), 4.0))
        >>> weights[:4].numpy()
        array([ 2.,  0., -1.,  0.], dtype=float32)
    """

    def __init__(self, synapses: Synapses) -> None:
        self._synapses = synapses

    @cached_property
    def acting(self) -> Synapses:
        """The same `Synapses`, each acting on one receptor only."""
        return self._synapses.by_receptor()

    @cached_property
    def _factors(self) -> tf.Tensor | None:
        model, factors = self._synapses.model, self._synapses.factors
        if model is None or factors is None:
            return None
        with tf.init_scope():
            return tf.convert_to_tensor(factors[model], tf.float32)

    def __call__(self, weights: tf.Tensor) -> tf.Tensor:
        """(n_acting,) of (n_synapses,) weights; gradients flow through it."""
        if self._factors is None:
            return weights
        return tf.reshape(weights[:, None] * self._factors, (-1,))
