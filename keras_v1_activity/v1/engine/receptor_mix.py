"""From what arrives by synapse model to what arrives by receptor.

A synapse may act on all four receptors of its target: its weight times a factor for each, the same
for all synapses of a model. So the synapses of one model onto one neuron are summed first, and the
sum is multiplied by the factors. There is one product a synapse instead of four, forward, backward
and for the gradient of the weights.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.network.synapses import N_RECEPTORS, Synapses


class ReceptorMix:
    """The sums that synapses feed, and the currents that follow from them.

    Without synapse models the sums are the currents. With models there is a sum for each model that
    a neuron has synapses of: its currents are that sum times the four factors, added over models.

    Args:
        synapses: `Synapses` onto n neurons.

    Attributes:
        n_rows: number of sums.
        mixes: whether sums and currents differ.

    Example:
        >>> from dataclasses import replace
        >>> half = np.array([[0.5, 0.0, 0.25, 0.0]], np.float32)
        >>> model = np.zeros(len(network.recurrent), np.int16)
        >>> mix = ReceptorMix(replace(network.recurrent, model=model, factors=half))
        >>> mix.currents(tf.ones((mix.n_rows, 1)))[:4, 0].numpy()
        array([0.5 , 0.  , 0.25, 0.  ], dtype=float32)
    """

    n_rows: int
    mixes: bool

    def __init__(self, synapses: Synapses) -> None:
        self._n = synapses.n_targets
        target, factors, row = sums_of(synapses)
        self.mixes, self.n_rows = synapses.model is not None, len(target)
        if not self.mixes:
            self._synapses = synapses
            return
        self._row = row.astype(np.int32)
        # The sums of a neuron stand one after the other: how many stand before each.
        number = np.arange(self.n_rows) - np.searchsorted(target, target)
        shape = (int(number.max(initial=-1)) + 1, self._n)
        places, of_place = np.full(shape, self.n_rows), np.zeros((*shape, N_RECEPTORS))
        places[number, target], of_place[number, target] = np.arange(self.n_rows), factors
        with tf.init_scope():
            self._target = tf.convert_to_tensor(target.astype(np.int32))
            self._factors = tf.convert_to_tensor(factors)
            self._places = tf.convert_to_tensor(places.astype(np.int32))
            self._of_place = tf.convert_to_tensor(of_place.astype(np.float32))

    @property
    def row(self) -> NDArray[np.int64]:
        """(n_synapses,) sum that each synapse feeds; made when asked for, not kept."""
        return self._row.astype(np.int64) if self.mixes else self._synapses.row

    def currents(self, sums: tf.Tensor) -> tf.Tensor:
        """(4 n, b) currents by neuron and receptor, of (n_rows, b) sums."""
        if not self.mixes:
            return sums
        padded = tf.concat([sums, tf.zeros((1, tf.shape(sums)[1]), sums.dtype)], 0)
        total = tf.zeros((self._n, N_RECEPTORS, tf.shape(sums)[1]), sums.dtype)
        for places, factors in self._by_place():
            total += tf.gather(padded, places)[:, None] * factors[..., None]
        return tf.reshape(total, (N_RECEPTORS * self._n, -1))

    def adjoint(self, gradient: tf.Tensor) -> tf.Tensor:
        """(n_rows, b) gradient of the sums, of the (4 n, b) gradient of the currents."""
        if not self.mixes:
            return gradient
        by_neuron = tf.reshape(gradient, (self._n, N_RECEPTORS, -1))
        return tf.reduce_sum(tf.gather(by_neuron, self._target) * self._factors[..., None], 1)

    def currents_by_moment(self, sums: tf.Tensor) -> tf.Tensor:
        """(moments, 4 n) currents of (moments, n_rows) sums; only if it mixes."""
        padded = tf.concat([sums, tf.zeros_like(sums[:, :1])], 1)
        total = tf.zeros((tf.shape(sums)[0], self._n, N_RECEPTORS), sums.dtype)
        for places, factors in self._by_place():
            total += tf.gather(padded, places, axis=1)[..., None] * factors
        return tf.reshape(total, (-1, N_RECEPTORS * self._n))

    def adjoint_by_moment(self, gradient: tf.Tensor) -> tf.Tensor:
        """(moments, n_rows) of the (moments, 4 n) gradient of the currents; only if it mixes."""
        by_neuron = tf.reshape(gradient, (-1, self._n, N_RECEPTORS))
        return tf.reduce_sum(tf.gather(by_neuron, self._target, axis=1) * self._factors, 2)

    def _by_place(self) -> Iterable[tuple[tf.Tensor, tf.Tensor]]:
        """(n,) sum and (n, 4) factors of the first of each neuron, of the second, and so on."""
        return zip(tf.unstack(self._places), tf.unstack(self._of_place), strict=True)


def sums_of(
    synapses: Synapses,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """The sums that synapses feed, in numpy.

    Args:
        synapses: `Synapses`.

    Returns:
        The neuron of each sum, ascending; its (sums, 4) factors, none if the sums are the currents;
        and (n_synapses,) the sum that each synapse feeds.

    Example:
        >>> target, factors, row = sums_of(network.recurrent)
        >>> target[:5], factors.shape, len(row) == len(network.recurrent)
        (array([0, 0, 0, 0, 1]), (0, 4), True)
    """
    if synapses.model is None or synapses.factors is None:
        target = np.repeat(np.arange(synapses.n_targets), N_RECEPTORS)
        return target, np.zeros((0, N_RECEPTORS), np.float32), synapses.row
    n_models = len(synapses.factors)
    keys = synapses.target.astype(np.int64) * n_models + synapses.model
    distinct, row = np.unique(keys, return_inverse=True)
    factors = np.ascontiguousarray(synapses.factors[distinct % n_models], np.float32)
    return distinct // n_models, factors, row.reshape(-1)
