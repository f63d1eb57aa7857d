"""The layer `input_layer`: from LGN channels and background noise to input currents."""

import keras
import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.engine.padded import PaddedRows, detach, in_pieces, weight_gradient
from keras_v1_activity.v1.layers.dale import KeepSign
from keras_v1_activity.v1.network.noise import (
    BACKGROUND_FACTOR,
    BACKGROUND_PROBABILITY,
    FAST_NOISE_SCALE,
    N_BACKGROUND_SOURCES,
    SLOW_NOISE_SCALE,
)
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS

# Moments computed at once: what 17,400 channels send in them stays in a cache of a few MB.
_MOMENTS = 100


def background_rows(network):
    """Ids (neuron * 4 + receptor) of the currents that the background reaches, ascending."""
    return np.flatnonzero(network.background_weights.reshape(-1))


def input_rows(network):
    """Ids (neuron * 4 + receptor) of the currents that LGN or background reach, ascending.

    Recorded noise (additive_noise.mat) reaches every receptor.
    """
    if network.noise_samples is not None:
        return np.arange(N_RECEPTORS * network.n_neurons)
    return np.union1d(np.unique(network.inputs.row), background_rows(network))


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class InputCurrents(keras.layers.Layer):
    """Input currents of the V1 network: ``W_lgn x(t)`` plus background noise.

    Output: float32 (batch, time, rows), normalised by the target's V_th - E_L; the rows are
    `input_rows(network)`, the receptors of neurons that get any input.

    Args:
        network: `V1Network`.
        noise: whether background noise is added. Its draws are shared by all neurons, and differ
            by time step, sample and call. Where the folder has additive_noise.mat, its samples
            are drawn instead, for each neuron and receptor on its own, and added as they are.
        train_input: whether `sparse_input_weights` are trainable.
        train_background: whether `rest_of_brain_weights` are trainable.
        use_dale_law: keep the sign of each weight.
        seed: of the background noise.
        name: layer name; users know ``input_layer``.
        **kwargs: as of keras.layers.Layer.
    """

    def __init__(
        self,
        network,
        *,
        noise=True,
        train_input=True,
        train_background=False,
        use_dale_law=True,
        seed=0,
        name="input_layer",
        **kwargs,
    ):
        super().__init__(name=name, autocast=False, **kwargs)
        self.network = network
        self.noise = noise
        self.train_input = train_input
        self.train_background = train_background
        self.use_dale_law = use_dale_law
        self.rows = input_rows(network)
        self._seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape):
        """Creates the weights and the tables of the synapses.

        Raises:
            ValueError: the input has another number of channels than the network.
        """
        if input_shape[-1] != self.network.n_input:
            raise ValueError(
                f"the input has {input_shape[-1]} channels, but the network was loaded with "
                f"n_input={self.network.n_input}: make them agree."
            )
        synapses, scale = self.network.inputs, self.network.parameters.voltage_scale
        weights = synapses.weight / scale[synapses.target]
        self.sparse_input_weights = self._add_synapses(
            "sparse_input_weights", weights, self.train_input
        )
        flat = (BACKGROUND_FACTOR * self.network.background_weights / scale[:, None]).reshape(-1)
        self.rest_of_brain_weights = self._add_synapses(
            "rest_of_brain_weights", flat[background_rows(self.network)], self.train_background
        )
        self._build_tables(np.searchsorted(self.rows, synapses.row))

    def _add_synapses(self, name, values, trainable):
        return self.add_weight(
            shape=values.shape,
            initializer=lambda shape, dtype: tf.constant(values, dtype),
            dtype="float32",
            autocast=False,
            trainable=trainable,
            constraint=KeepSign(values) if self.use_dale_law and trainable else None,
            name=name,
        )

    def _build_tables(self, rows):
        sources = self.network.inputs.source
        n_rows, n_input = len(self.rows), self.network.n_input
        self._table = PaddedRows.build(rows, sources, n_rows, n_input)
        self._transposed = PaddedRows.build(sources, rows, n_input, n_rows)
        place = np.full(n_rows, np.count_nonzero(self.network.background_weights), np.int32)
        reached = np.searchsorted(self.rows, background_rows(self.network))
        place[reached] = np.arange(len(reached))
        with tf.init_scope():
            self._rows = tf.convert_to_tensor(rows.astype(np.int32))
            self._sources = tf.convert_to_tensor(sources)
            self._background_place = tf.convert_to_tensor(place)
        self._differentiable = tf.function(self._with_own_gradient, reduce_retracing=True)
        self._run = tf.function(self._forward, jit_compile=True, reduce_retracing=True)
        self._run_weights = tf.function(self._weights, jit_compile=True, reduce_retracing=True)
        self._run_back = tf.function(self._backward, jit_compile=True, reduce_retracing=True)

    def call(self, inputs):
        """(batch, time, n_input) spikes or real-valued input to (batch, time, rows) currents."""
        x = tf.cast(inputs, tf.float32)
        batch, n_steps = tf.shape(x)[0], tf.shape(x)[1]
        weights = tf.convert_to_tensor(self.sparse_input_weights)
        currents = self._differentiable(weights, tf.reshape(x, (-1, self.network.n_input)))
        currents = tf.reshape(currents, (batch, n_steps, len(self.rows)))
        currents = tf.ensure_shape(currents, (*inputs.shape[:2], len(self.rows)))
        return currents + self._background(batch, n_steps) if self.noise else currents

    def _with_own_gradient(self, weights, x):
        @tf.custom_gradient
        def product(*arguments):
            weights, x = detach(arguments)

            def grad(upstream):
                (upstream,) = detach((upstream,))
                grad_weights = self._run_weights(upstream, x)
                return detach((grad_weights, self._run_back(weights, upstream)))

            return self._run(weights, x), grad

        return product(weights, x)

    def _forward(self, weights, x):
        """(moments, rows) currents of (moments, channels) input."""
        return self._in_turn(self._table, weights, x)

    def _backward(self, weights, upstream):
        """(moments, channels) gradient of the input from that of the currents."""
        return self._in_turn(self._transposed, weights, upstream)

    def _in_turn(self, table, weights, x):
        """The product of a table with each moment, some moments after the other."""
        arranged, n_moments = table.arrange(weights), tf.shape(x)[0]
        n_pieces, pieces = in_pieces(_MOMENTS, x)

        def one_piece(k, products):
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

    def _weights(self, upstream, x):
        """Gradient of the weights from that of the currents and the input of each moment."""
        n_pieces, upstream, x = in_pieces(_MOMENTS, upstream, x)

        def one_piece(k, total):
            row_values, channel_values = tf.transpose(upstream[k]), tf.transpose(x[k])
            due = weight_gradient(row_values, channel_values, self._rows, self._sources)
            return k + 1, total + due

        start = tf.zeros(self._rows.shape, x.dtype)
        return tf.while_loop(
            lambda k, _: k < n_pieces,
            one_piece,
            (tf.constant(0), start),
            maximum_iterations=n_pieces,
        )[1]

    def _background(self, batch, n_steps):
        """(batch, time, rows) noise current."""
        if self.network.noise_samples is not None:
            return self._recorded_noise(batch, n_steps)
        weights = tf.convert_to_tensor(self.rest_of_brain_weights)
        per_row = tf.gather(tf.concat([weights, tf.zeros((1,))], 0), self._background_place)
        return self._shared_noise(batch, n_steps)[:, :, None] * per_row

    def _shared_noise(self, batch, n_steps):
        """(batch, time) strength of the background, shared by all neurons of a sample."""
        draws = keras.random.uniform(
            (batch, n_steps, N_BACKGROUND_SOURCES), seed=self._seed_generator
        )
        fired = tf.cast(draws < BACKGROUND_PROBABILITY, tf.float32)
        return tf.reduce_sum(fired, -1) / N_BACKGROUND_SOURCES

    def _recorded_noise(self, batch, n_steps):
        """(batch, time, rows): for each row a draw per step and one per trial, no weights."""
        fast = FAST_NOISE_SCALE * self._draw((batch, n_steps, len(self.rows)))
        return fast + SLOW_NOISE_SCALE * self._draw((batch, 1, len(self.rows)))

    def _draw(self, shape):
        samples = tf.constant(self.network.noise_samples.reshape(-1), tf.float32)
        places = keras.random.randint(
            shape, 0, samples.shape[0], dtype="int32", seed=self._seed_generator
        )
        return tf.gather(samples, places)

    def compute_output_spec(self, inputs):
        """Symbolic (batch, time, rows), float32."""
        return keras.KerasTensor((*inputs.shape[:2], len(self.rows)), dtype="float32")
