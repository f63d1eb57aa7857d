"""The product of the input weights with the input of every moment, and its gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine.loops import repeat
from keras_v1_activity.v1.engine.padded import PaddedRows, detach, in_pieces, weight_gradient
from keras_v1_activity.v1.engine.receptor_mix import ReceptorMix
from keras_v1_activity.v1.engine.ways import way_of_device
from keras_v1_activity.v1.layers.input_events import InputEvents
from keras_v1_activity.v1.layers.spike_segments import MOST_MOMENTS, SpikeSegments
from keras_v1_activity.v1.network.synapses import N_RECEPTORS, Synapses


class InputProduct:
    """A sparse matrix, rows x channels, whose weights are trained elsewhere.

    Args:
        rows: (n_synapses,) int row of each synapse.
        channels: (n_synapses,) int32 input channel of each.
        n_rows: number of rows.
        n_channels: number of input channels.
        mix: `_Mix` from the sums of the synapses to the rows of the product, if they differ.
        whole: whether all moments are taken at once, as suits a GPU: the number of its programs
            then depends neither on the batch nor on the time. "spikes" goes over the synapses of
            channels that sent something only (`InputEvents`). Decided by the device if None.

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
        whole: bool | str | None = None,
    ) -> None:
        self._mix, self._n_rows = mix, n_rows if mix is None else mix.n_rows
        self._table = PaddedRows.build(rows, channels, n_rows, n_channels)
        self._events = None
        if whole == "spikes":
            self._events = InputEvents(rows, channels, n_rows, n_channels)
        self._segments = None
        if whole or (whole is None and way_of_device() != "events"):
            # All synapses are gone over: there is nothing to follow.
            self._transposed = PaddedRows.build(channels, rows, n_channels, n_rows)
        else:
            self._segments = SpikeSegments(rows, channels, n_rows, n_channels)
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
        cls, synapses: Synapses, rows: NDArray[np.int64], *, whole: bool | str | None = None
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

    def __call__(self, weights: tf.Tensor, x: tf.Tensor, n_steps: int | None = None) -> tf.Tensor:
        """(moments, rows) of (moments, channels); gradients flow to weights and input.

        The moments are those of any number of samples of `n_steps` each, if that is known.
        """
        return self._differentiable(weights, x, _piece_length(n_steps))

    def _with_own_gradient(self, weights: tf.Tensor, x: tf.Tensor, piece: int) -> tf.Tensor:
        @tf.custom_gradient
        def product(*arguments: tf.Tensor) -> Any:
            weights, x = detach(arguments)

            def grad(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
                (upstream,) = detach((upstream,))
                grad_weights = self._run_weights(upstream, x, piece)
                return detach((grad_weights, self._run_back(weights, upstream, piece)))

            return self._run(weights, x, piece), grad

        return product(weights, x)

    def _forward(self, weights: tf.Tensor, x: tf.Tensor, piece: int) -> tf.Tensor:
        """(moments, rows) currents of (moments, channels) input."""
        if self._events is not None:
            return self._mixed(self._events.product(weights, x))
        arranged, segments = self._table.arrange(weights), self._segments
        if segments is None:
            return self._mixed(_by_moment(self._table.product, arranged, x))
        in_segments = segments.arrange(weights)

        def product(x: tf.Tensor, words: tf.Tensor) -> tf.Tensor:
            sent = segments.sent(x, words)
            sums = tf.cond(
                sent.few,
                lambda: segments.product(in_segments, sent),
                lambda: _by_moment(self._table.wide_product, arranged, x),
            )
            return self._mixed(sums)

        return _in_turn(product, self._n_rows, x, piece, segments.words)

    def _mixed(self, sums: tf.Tensor) -> tf.Tensor:
        return sums if self._mix is None else self._mix.currents(sums)

    def _of_sums(self, upstream: tf.Tensor) -> tf.Tensor:
        return upstream if self._mix is None else self._mix.adjoint(upstream)

    def _backward(self, weights: tf.Tensor, upstream: tf.Tensor, piece: int) -> tf.Tensor:
        """(moments, channels) gradient of the input from that of the currents."""
        segments = self._segments
        if segments is None:
            table, arranged = self._transposed, self._transposed.arrange(weights)
            return _by_moment(table.product, arranged, self._of_sums(upstream))
        in_segments = segments.arrange(weights)

        def product(upstream: tf.Tensor) -> tf.Tensor:
            return segments.pull(in_segments, self._of_sums(upstream))

        return _in_turn(product, segments.n_channels, upstream, piece)

    def _weights(self, upstream: tf.Tensor, x: tf.Tensor, piece: int) -> tf.Tensor:
        """Gradient of the weights from that of the currents and the input of each moment."""
        segments = self._segments
        if self._events is not None:
            return self._events.weight_gradient(self._of_sums(upstream), x)
        if segments is None:
            values, chunk = (self._of_sums(upstream), x), max(len(self._rows), 1)
            return weight_gradient(*map(tf.transpose, values), self._rows, self._channels, chunk)
        n_pieces, upstream, x = in_pieces(piece, upstream, x)
        words = segments.words(x)

        def one_piece(
            k: tf.Tensor, total: tf.Tensor, arranged: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            of_sums = self._of_sums(upstream[k])

            def of_all() -> tuple[tf.Tensor, tf.Tensor]:
                values = tf.transpose(of_sums), tf.transpose(x[k])
                return total + weight_gradient(*values, self._rows, self._channels), arranged

            sent = segments.sent(x[k], words[k])
            return k + 1, *tf.cond(
                sent.few,
                lambda: (total, segments.collect(arranged, of_sums, sent)),
                of_all,
            )

        start = tf.zeros(self._rows.shape, x.dtype)
        _, total, arranged = repeat(n_pieces, one_piece, start, segments.arrange(start))
        return total + segments.in_order(arranged)


def input_product(synapses: Synapses, rows: NDArray[np.int64], engine: str) -> Any:
    """The product of synapses from input channels for an engine, see `CellOptions`.

    Args:
        synapses, rows: as of `InputProduct.of`.
        engine: "xla" or "numba".

    Returns:
        `InputProduct` or `LoopProduct`, which are called alike.

    Example:
        >>> type(input_product(network.inputs, np.unique(network.inputs.row), "xla")).__name__
        'InputProduct'
    """
    if engine == "xla":
        return InputProduct.of(synapses, rows)
    from keras_v1_activity.v1.kernels.input_product import LoopProduct

    return LoopProduct(synapses, rows)


def _piece_length(n_steps: int | None) -> int:
    """Moments of a piece: such that samples are a whole number of pieces, if there is one."""
    fitting = [k for k in range(MOST_MOMENTS // 2, MOST_MOMENTS + 1) if (n_steps or 1) % k == 0]
    return max(fitting, default=MOST_MOMENTS)


def _in_turn(
    product: Callable[..., tf.Tensor],
    n_rows: int,
    x: tf.Tensor,
    piece: int,
    *more: Callable[[tf.Tensor], tf.Tensor],
) -> tf.Tensor:
    """(moments, n_rows), the product of some moments after that of the others.

    The product takes a piece of x, and that of what functions of all pieces give.
    """
    n_moments = tf.shape(x)[0]
    n_pieces, pieces = in_pieces(piece, x)
    arrays = (pieces, *(function(pieces) for function in more))

    def one_piece(k: tf.Tensor, products: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        return k + 1, products.write(k, product(*(array[k] for array in arrays)))

    products = tf.TensorArray(x.dtype, n_pieces, element_shape=(piece, n_rows))
    _, products = repeat(n_pieces, one_piece, products)
    return tf.reshape(products.stack(), (-1, n_rows))[:n_moments]


def _by_moment(
    product: Callable[[list[tf.Tensor], tf.Tensor], tf.Tensor],
    arranged: list[tf.Tensor],
    x: tf.Tensor,
) -> tf.Tensor:
    """(moments, rows) of (moments, columns)."""
    # (column, moment): each synapse then reads and writes contiguous memory.
    return tf.transpose(product(arranged, tf.transpose(x)))


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
        """(moments, rows) of (moments, sums)."""
        currents = self._mix.currents_by_moment(sums)
        return currents if self._rows is None else tf.gather(currents, self._rows, axis=1)

    def adjoint(self, gradient: tf.Tensor) -> tf.Tensor:
        """(moments, sums) of the (moments, rows) gradient."""
        if self._rows is not None:
            nothing = tf.zeros_like(gradient[:, :1])
            gradient = tf.gather(tf.concat([gradient, nothing], 1), self._place, axis=1)
        return self._mix.adjoint_by_moment(gradient)
