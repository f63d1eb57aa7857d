"""The product of the input weights with the input of every moment, and its gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine.events import collect
from keras_v1_activity.v1.engine.outgoing import OutgoingTable
from keras_v1_activity.v1.engine.padded import PaddedRows, detach, in_pieces, weight_gradient
from keras_v1_activity.v1.engine.receptor_mix import ReceptorMix
from keras_v1_activity.v1.engine.synaptic_sums import way_of_device
from keras_v1_activity.v1.network.synapses import N_RECEPTORS, Synapses

# Moments computed at once: what 17,400 channels send in them stays in a cache of a few MB.
_MOMENTS = 100
# Of the input that is not 0, a part for which following it pays; synapses for which it does; and
# entries of a chunk.
_FEW, _MANY, _LONGEST = 0.1, 100_000, 1 << 14


class InputProduct:
    """A sparse matrix, rows x channels, whose weights are trained elsewhere.

    Args:
        rows: (n_synapses,) int row of each synapse.
        channels: (n_synapses,) int32 input channel of each.
        n_rows: number of rows.
        n_channels: number of input channels.
        mix: `_Mix` from the sums of the synapses to the rows of the product, if they differ.
        whole: whether all moments are taken at once, as suits a GPU: the number of its programs
            then depends neither on the batch nor on the time. Decided by the device if None.
        by_events: whether the gradient of the weights follows what was sent, if most of the input
            is 0; by default for large tables, in pieces.

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
        mix: _Mix | None = None,
        whole: bool | None = None,
        by_events: bool | None = None,
    ) -> None:
        self._whole = way_of_device() != "events" if whole is None else whole
        if by_events is None:
            by_events = not self._whole and len(rows) >= _MANY
        self._outgoing = OutgoingTable.build(channels, rows, n_channels) if by_events else None
        self._mix, self._n_rows = mix, n_rows if mix is None else mix.n_rows
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

    @classmethod
    def of(
        cls, synapses: Synapses, rows: NDArray[np.int64], *, whole: bool | None = None
    ) -> InputProduct:
        """The product of synapses from input channels, also of those with synapse models.

        Args:
            synapses: `Synapses`.
            rows: ascending ids (neuron * 4 + receptor) of the rows of the product; all that the
                synapses feed, and maybe more.
            whole: as of the class.

        Example:
            >>> product = InputProduct.of(network.inputs, np.unique(network.inputs.row))
            >>> weights, x = np.ones(len(network.inputs), np.float32), np.ones((1, 17400), "f4")
            >>> float(tf.reduce_sum(product(weights, x))) == len(network.inputs)
            True
        """
        mix = ReceptorMix(synapses)
        if not mix.mixes:
            places = np.searchsorted(rows, synapses.row)
            return cls(places, synapses.source, len(rows), synapses.n_sources, whole=whole)
        chosen = _Mix(mix, rows, N_RECEPTORS * synapses.n_targets)
        return cls(mix.row, synapses.source, mix.n_rows, synapses.n_sources, chosen, whole)

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
        mix = None if self._mix is None else self._mix.currents
        return self._in_turn(self._table, weights, x, after=mix)

    def _backward(self, weights: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        """(moments, channels) gradient of the input from that of the currents."""
        mix = None if self._mix is None else self._mix.adjoint
        return self._in_turn(self._transposed, weights, upstream, before=mix)

    def _in_turn(
        self,
        table: PaddedRows,
        weights: tf.Tensor,
        x: tf.Tensor,
        before: Callable[[tf.Tensor], tf.Tensor] | None = None,
        after: Callable[[tf.Tensor], tf.Tensor] | None = None,
    ) -> tf.Tensor:
        """The product of a table with each moment, some moments after the other."""
        n_rows = table.n_rows if after is None else self._n_rows
        arranged, n_moments = table.arrange(weights), tf.shape(x)[0]
        multiply = table.product if self._whole else table.wide_product

        def product_of(piece: tf.Tensor) -> tf.Tensor:
            # (channel, moment): each synapse then reads and writes contiguous memory.
            piece = tf.transpose(piece)
            product = multiply(arranged, piece if before is None else before(piece))
            return tf.transpose(product if after is None else after(product))

        if self._whole:
            return product_of(x)
        n_pieces, pieces = in_pieces(_MOMENTS, x)

        def one_piece(k: tf.Tensor, products: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            return k + 1, products.write(k, product_of(pieces[k]))

        products = tf.TensorArray(x.dtype, n_pieces, element_shape=(_MOMENTS, n_rows))
        _, products = tf.while_loop(
            lambda k, _: k < n_pieces,
            one_piece,
            (tf.constant(0), products),
            maximum_iterations=n_pieces,
        )
        return tf.reshape(products.stack(), (-1, n_rows))[:n_moments]

    def _weights(self, upstream: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """Gradient of the weights from that of the currents and the input of each moment."""
        if self._outgoing is None:
            return self._weights_of_all(upstream, x)
        n_sent = tf.reduce_sum(tf.cast(x != 0, tf.float32))
        return tf.cond(
            n_sent < _FEW * tf.cast(tf.size(x), tf.float32),
            lambda: self._weights_by_events(upstream, x),
            lambda: self._weights_of_all(upstream, x),
        )

    def _weights_by_events(self, upstream: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """The same, from the synapses of channels that sent something."""
        n_pieces, upstream, x = in_pieces(_MOMENTS, upstream, x)

        def one_piece(k: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            row_values, sent = tf.transpose(upstream[k]), tf.transpose(x[k])[None]
            if self._mix is not None:
                row_values = self._mix.adjoint(row_values)
            return k + 1, collect(self._outgoing, total, sent, row_values, longest=_LONGEST)

        _, total = tf.while_loop(
            lambda k, _: k < n_pieces,
            one_piece,
            (tf.constant(0), tf.zeros(self._outgoing.rows.shape, x.dtype)),
            maximum_iterations=n_pieces,
        )
        return self._outgoing.in_order(total)

    def _weights_of_all(self, upstream: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """The same, from all synapses."""
        chunk = {"chunk": max(self._rows.shape[0], 1)} if self._whole else {}

        def due_of(upstream: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
            row_values, channel_values = tf.transpose(upstream), tf.transpose(x)
            if self._mix is not None:
                row_values = self._mix.adjoint(row_values)
            return weight_gradient(row_values, channel_values, self._rows, self._channels, **chunk)

        if self._whole:
            return due_of(upstream, x)
        n_pieces, upstream, x = in_pieces(_MOMENTS, upstream, x)

        def one_piece(k: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return k + 1, total + due_of(upstream[k], x[k])

        start = tf.zeros(self._rows.shape, x.dtype)
        return tf.while_loop(
            lambda k, _: k < n_pieces,
            one_piece,
            (tf.constant(0), start),
            maximum_iterations=n_pieces,
        )[1]


class _Mix:
    """A `ReceptorMix` whose currents are only some of all: `rows`, of `n_all`."""

    def __init__(self, mix: ReceptorMix, rows: NDArray[np.int64], n_all: int) -> None:
        self._mix, self.n_rows = mix, len(rows)
        self._rows = None
        if len(rows) < n_all:
            place = np.full(n_all, len(rows), np.int32)
            place[rows] = np.arange(len(rows))
            with tf.init_scope():
                self._rows = tf.convert_to_tensor(rows.astype(np.int32))
                self._place = tf.convert_to_tensor(place)

    def currents(self, sums: tf.Tensor) -> tf.Tensor:
        """(rows, moments) of (sums, moments)."""
        currents = self._mix.currents(sums)
        return currents if self._rows is None else tf.gather(currents, self._rows)

    def adjoint(self, gradient: tf.Tensor) -> tf.Tensor:
        """(sums, moments) of the (rows, moments) gradient."""
        if self._rows is not None:
            nothing = tf.zeros_like(gradient[:1])
            gradient = tf.gather(tf.concat([gradient, nothing], 0), self._place)
        return self._mix.adjoint(gradient)
