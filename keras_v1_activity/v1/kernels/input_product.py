"""The product of the input weights with the input of every moment by the loops of this room."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine.padded import detach
from keras_v1_activity.v1.engine.receptor_mix import sums_of
from keras_v1_activity.v1.kernels.input_loops import (
    Events,
    InputTable,
    find,
    input_gradient,
    product_of_all,
    product_of_events,
    weights_of_all,
    weights_of_events,
)
from keras_v1_activity.v1.kernels.memory import aligned, read_only
from keras_v1_activity.v1.kernels.threads import one_at_a_time, start_threads
from keras_v1_activity.v1.network.synapses import N_RECEPTORS, Synapses

FEW: Final = 0.08
"""Part of the channels that may send something before it is faster to go over all synapses."""


class LoopProduct:
    """A sparse matrix, rows x channels, whose weights are trained elsewhere, as `InputProduct`.

    Args:
        synapses: `Synapses` from input channels.
        rows: ascending ids (neuron * 4 + receptor) of the rows of the product; all that the
            synapses feed, and maybe more.
        threads: how many; those of numba if None.

    Example:
        >>> product = LoopProduct(network.inputs, np.unique(network.inputs.row))
        >>> weights = tf.ones((len(network.inputs),))
        >>> float(tf.reduce_sum(product(weights, tf.ones((1, 17400))))) == len(network.inputs)
        True
    """

    def __init__(
        self, synapses: Synapses, rows: NDArray[np.int64], *, threads: int | None = None
    ) -> None:
        n_channels, self._n_rows = synapses.n_sources, len(rows)
        target, factors, row = sums_of(synapses)
        if len(factors):
            place = np.searchsorted(rows, N_RECEPTORS * target).astype(np.int32)
            n_sums = len(target)
        else:
            place, n_sums = np.zeros(0, np.int32), len(rows)
            row = np.searchsorted(rows, row)
        channel = synapses.source.astype(np.int64)
        self._position = np.argsort(channel * n_sums + row, kind="stable")
        self._by_row = np.argsort(row * n_channels + channel, kind="stable")
        first = np.searchsorted(channel[self._position], np.arange(n_channels + 1))
        available = start_threads()
        parts = threads or available
        shares = np.arange(1, parts) * (len(channel) / parts)
        self._table = InputTable(
            first.astype(np.int64),
            row[self._position].astype(np.int32),
            np.array([0, *np.searchsorted(first, shares), n_channels], np.int64),
            np.searchsorted(row[self._by_row], np.arange(n_sums + 1)).astype(np.int64),
            channel[self._by_row].astype(np.int32),
            place,
            factors,
        )

    def __call__(self, weights: tf.Tensor, x: tf.Tensor, n_steps: int | None = None) -> tf.Tensor:
        """(moments, rows) of (moments, channels); gradients flow to weights and input.

        `n_steps` is of no account here.
        """

        @tf.custom_gradient
        def product(*arguments: tf.Tensor) -> Any:
            arguments = detach(arguments)
            kinds = [tf.float32, tf.int64, tf.int32, tf.float32]
            out, *events = tf.numpy_function(self._forward, arguments, kinds, stateful=False)
            out.set_shape((x.shape[0], self._n_rows))

            def grad(upstream: tf.Tensor) -> Any:
                given = (*detach((upstream,)), *arguments, *events)
                # Two functions: in a graph, what nobody asks for is not computed.
                of_weights = tf.numpy_function(self._weights, given, tf.float32, stateful=False)
                of_x = tf.numpy_function(self._input, given[:3], tf.float32, stateful=False)
                of_weights.set_shape(weights.shape)
                of_x.set_shape(x.shape)
                return of_weights, of_x

            return out, grad

        return product(weights, x)

    def _forward(self, weights: Any, x: Any) -> tuple[Any, ...]:
        x = read_only(x)
        out, room = aligned((len(x), self._n_rows)), int(2 * FEW * x.shape[1]) + 1
        shape = (len(x), room)
        events = Events(np.empty(len(x), np.int64), aligned(shape, np.int32), aligned(shape))
        with one_at_a_time():
            find(x, events)
            if events.number.sum() > FEW * x.size or events.number.max(initial=0) > room:
                product_of_all(self._table, weights[self._by_row], x, out)
                return (out, *(array[:0] for array in events))
            product_of_events(self._table, weights[self._position], events, out)
        return (out, *events)

    def _weights(self, upstream: Any, weights: Any, x: Any, *events: Any) -> Any:
        upstream, x = read_only(upstream), read_only(x)
        found = [read_only(array) for array in events]
        arranged, gradient = np.zeros_like(weights), np.empty_like(weights)
        with one_at_a_time():
            if len(found[0]):
                weights_of_events(self._table, upstream, Events(*found), arranged)
            else:
                weights_of_all(self._table, upstream, x, arranged)
        gradient[self._position] = arranged
        return gradient

    def _input(self, upstream: Any, weights: Any, x: Any) -> Any:
        out = aligned(x.shape)
        with one_at_a_time():
            input_gradient(self._table, weights[self._position], read_only(upstream), out)
        return out
