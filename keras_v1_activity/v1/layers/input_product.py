"""The product of the input weights with the input of every moment, and its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine.padded import PaddedRows, detach, in_pieces, weight_gradient

# Moments computed at once: what 17,400 channels send in them stays in a cache of a few MB.
_MOMENTS = 100


class InputProduct:
    """A sparse matrix, rows x channels, whose weights are trained elsewhere.

    Args:
        rows: (n_synapses,) int row of each synapse.
        channels: (n_synapses,) int32 input channel of each.
        n_rows: number of rows.
        n_channels: number of input channels.

    Example:
        >>> product = InputProduct(np.array([0, 1]), np.array([1, 1], np.int32), 2, 3)
        >>> product(tf.constant([10.0, 20.0]), tf.constant([[5.0, 1.0, 7.0]])).numpy().tolist()
        [[10.0, 20.0]]
    """

    def __init__(
        self,
        rows: NDArray[np.integer],
        channels: NDArray[np.int32],
        n_rows: int,
        n_channels: int,
    ) -> None:
        self._table = PaddedRows.build(rows, channels, n_rows, n_channels)
        self._transposed = PaddedRows.build(channels, rows, n_channels, n_rows)
        with tf.init_scope():
            self._rows = tf.convert_to_tensor(rows.astype(np.int32))
            self._channels = tf.convert_to_tensor(channels)
        self._differentiable = tf.function(
            self._with_own_gradient, reduce_retracing=True, autograph=False
        )
        self._run = tf.function(
            self._forward, jit_compile=True, reduce_retracing=True, autograph=False
        )
        self._run_weights = tf.function(
            self._weights, jit_compile=True, reduce_retracing=True, autograph=False
        )
        self._run_back = tf.function(
            self._backward, jit_compile=True, reduce_retracing=True, autograph=False
        )

    def __call__(self, weights: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """(moments, rows) of (moments, channels); gradients flow to weights and input."""
        return self._differentiable(weights, x)

    def _with_own_gradient(self, weights: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        @tf.custom_gradient
        def product(*arguments: tf.Tensor) -> Any:
            weights, x = detach(arguments)

            def grad(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
                (upstream,) = detach((upstream,))
                grad_weights = self._run_weights(upstream, x)
                return detach((grad_weights, self._run_back(weights, upstream)))

            return self._run(weights, x), grad

        return product(weights, x)

    def _forward(self, weights: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """(moments, rows) currents of (moments, channels) input."""
        return self._in_turn(self._table, weights, x)

    def _backward(self, weights: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        """(moments, channels) gradient of the input from that of the currents."""
        return self._in_turn(self._transposed, weights, upstream)

    def _in_turn(self, table: PaddedRows, weights: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """The product of a table with each moment, some moments after the other."""
        arranged, n_moments = table.arrange(weights), tf.shape(x)[0]
        n_pieces, pieces = in_pieces(_MOMENTS, x)

        def one_piece(k: tf.Tensor, products: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            # (channel, moment): each synapse then reads and writes contiguous memory.
            product = table.wide_product(arranged, tf.transpose(pieces[k]))
            return k + 1, products.write(k, tf.transpose(product))

        products = tf.TensorArray(x.dtype, n_pieces, element_shape=(_MOMENTS, table.n_rows))
        _, products = tf.while_loop(
            lambda k, _: k < n_pieces,
            one_piece,
            (tf.constant(0), products),
            maximum_iterations=n_pieces,
        )
        return tf.reshape(products.stack(), (-1, table.n_rows))[:n_moments]

    def _weights(self, upstream: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """Gradient of the weights from that of the currents and the input of each moment."""
        n_pieces, upstream, x = in_pieces(_MOMENTS, upstream, x)

        def one_piece(k: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            row_values, channel_values = tf.transpose(upstream[k]), tf.transpose(x[k])
            due = weight_gradient(row_values, channel_values, self._rows, self._channels)
            return k + 1, total + due

        start = tf.zeros(self._rows.shape, x.dtype)
        return tf.while_loop(
            lambda k, _: k < n_pieces,
            one_piece,
            (tf.constant(0), start),
            maximum_iterations=n_pieces,
        )[1]
