"""Background sources that fire independently of each other, drawn inside the step."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.layers.input_product import input_product
from keras_v1_activity.v1.network.synapses import Synapses

# Counts that are less likely than this are left out.
_UNLIKELY = 1e-9


class PoissonSources:
    """Poisson sources and the currents that they cause.

    Args:
        synapses: `Synapses` from the sources.
        rows: ascending ids (neuron * 4 + receptor) of the currents that are wanted.
        mean: spikes of a source in a time step, on average.
        seed_generator: of the draws.
        engine: "xla" or "numba", see `CellOptions`.

    Example:
        >>> rows = np.arange(4 * network.n_neurons)
        >>> sources = PoissonSources(network.inputs, rows, 0.25, keras.random.SeedGenerator(0))
        >>> counts = sources.draw(tf.constant(2), tf.constant(50))
        >>> counts.shape, 0.24 < float(tf.reduce_mean(counts)) < 0.26
        (TensorShape([2, 50, 17400]), True)
    """

    def __init__(
        self,
        synapses: Synapses,
        rows: NDArray[np.int64],
        mean: float,
        seed_generator: Any,
        *,
        engine: str = CellOptions.engine,
    ) -> None:
        self._n_sources, self._n_rows = synapses.n_sources, len(rows)
        self._product = input_product(synapses, rows, engine)
        self._below = _cumulative(mean)
        self._seed_generator = seed_generator

    def draw(self, batch: tf.Tensor, n_steps: tf.Tensor) -> tf.Tensor:
        """(batch, time, n_sources) float32 spikes of each source in each time step."""
        shape = (batch, n_steps, self._n_sources)
        drawn = keras.random.uniform(shape, seed=self._seed_generator)
        # As many spikes as there are probabilities of fewer below the number drawn.
        counts = tf.zeros_like(drawn)
        for probability in self._below:
            counts += tf.cast(drawn >= probability, tf.float32)
        return counts

    def currents(self, weights: tf.Tensor, batch: tf.Tensor, n_steps: tf.Tensor) -> tf.Tensor:
        """(batch, time, rows) currents, for (n_synapses,) weights; gradients flow to these."""
        counts = tf.reshape(self.draw(batch, n_steps), (-1, self._n_sources))
        arrived = self._product(weights, counts)
        return tf.reshape(arrived, (batch, n_steps, self._n_rows))


def _cumulative(mean: float) -> list[float]:
    """Probability of at most 0, 1, 2, ... spikes, as long as more are likely."""
    below, term, total, count = [], math.exp(-mean), 0.0, 0
    while total < 1.0 - _UNLIKELY and count < 1000:
        total += term
        below.append(total)
        count += 1
        term *= mean / count
    return below
