"""The published model (Chen et al. 2022) in tf-keras, from its equations and with its names."""

import numpy as np
import tensorflow as tf
import tf_keras
from checkpoint_models import BACKGROUND, CHUNK, INPUT, N_OUTPUT, RECURRENT, T


class PublishedCell(tf_keras.layers.Layer):
    """The published cell, from its equations, with its names; soft reset, dt = 1 ms."""

    def __init__(self, network, weights, max_delay=5):
        super().__init__()
        p, n = network.parameters, network.n_neurons
        s = p.V_th - p.E_L
        f = lambda x: tf.constant(x, tf.float32)  # noqa: E731
        self.n, self.depth, self.state_size = (
            n,
            max_delay,
            (max_delay * n, n, n, 2 * n, 4 * n, 4 * n),
        )
        self.decay, self.t_ref = f(np.exp(-p.g / p.C_m)), f(p.t_ref)
        self.factor = f((1 - np.exp(-p.g / p.C_m)) / p.g)
        self.syn_decay, self.rise = f(np.exp(-1 / p.tau_syn)), f(np.e / p.tau_syn)
        self.k_decay, self.amps = f(np.exp(-p.k)), f(p.asc_amps / s[:, None])
        self.v_reset, self.s, self.e_l = f((p.V_reset - p.E_L) / s), f(s), f(p.E_L)
        synapses = network.recurrent
        steps = np.clip(np.rint(synapses.delay), 1, max_delay).astype(int) - 1
        self.indices = np.stack([synapses.row, steps * n + synapses.source], 1)
        self.recurrent_weight_positive = tf.Variable(
            weights[RECURRENT] >= 0, name="recurrent_weights_sign", trainable=False
        )
        self.recurrent_weight_values = tf.Variable(weights[RECURRENT], name=RECURRENT)
        self.input_weight_values = tf.Variable(weights[INPUT], name=INPUT)
        self.bkg_weights = tf.Variable(weights[BACKGROUND], name=BACKGROUND, trainable=False)

    def call(self, inputs, state):
        z_buffer, v, r, asc, psc_rise, psc = state
        n, z = self.n, z_buffer[:, : self.n]
        matrix = tf.SparseTensor(
            self.indices, self.recurrent_weight_values, (4 * n, self.depth * n)
        )
        arriving = tf.transpose(tf.sparse.sparse_dense_matmul(matrix, z_buffer, adjoint_b=True))
        i = tf.reshape(arriving + inputs, (-1, n, 4))
        psc_rise, psc = (tf.reshape(x, (-1, n, 4)) for x in (psc_rise, psc))
        asc = tf.reshape(asc, (-1, n, 2))
        drive = tf.reduce_sum(psc, -1) + tf.reduce_sum(asc, -1)
        v = self.decay * v + self.factor * drive + z * (self.v_reset - 1.0)
        new_psc = psc * self.syn_decay + self.syn_decay * psc_rise
        new_rise = psc_rise * self.syn_decay + i * self.rise
        r = tf.nn.relu(r + z * self.t_ref - 1.0)
        asc = asc * self.k_decay + z[..., None] * self.amps
        z = tf.where(r > 0, 0.0, tf.cast(v > 1.0, tf.float32))
        z_buffer = tf.concat([z, z_buffer[:, :-n]], 1)
        flat = [tf.reshape(x, (-1, n * k)) for x, k in ((asc, 2), (new_rise, 4), (new_psc, 4))]
        return (z, v * self.s + self.e_l), (z_buffer, v, r, *flat)

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        start = [tf.zeros((batch_size, size)) for size in self.state_size]
        start[1] += self.v_reset
        return start


class PublishedInput(tf_keras.layers.Layer):
    def __init__(self, network, cell):
        super().__init__(name="input_layer")
        self._weights, self._bkg_weights = cell.input_weight_values, cell.bkg_weights
        self.indices = np.stack([network.inputs.row, network.inputs.source], 1)
        self.shape = (4 * network.n_neurons, network.n_input)

    def call(self, x):
        flat = tf.reshape(x, (-1, self.shape[1]))
        matrix = tf.SparseTensor(self.indices, self._weights, self.shape)
        out = tf.transpose(tf.sparse.sparse_dense_matmul(matrix, flat, adjoint_b=True))
        return tf.reshape(out, (-1, T, self.shape[0]))


def published_model(network, seed):
    """A tf-keras model with the published names and random weights."""
    rng, s = np.random.default_rng(seed), network.parameters.voltage_scale

    def varied(pa, scale):
        return (pa / scale * rng.uniform(0.5, 1.5, pa.shape)).astype(np.float32)

    weights = {
        RECURRENT: varied(network.recurrent.weight, s[network.recurrent.target]),
        INPUT: varied(network.inputs.weight, s[network.inputs.target]),
        BACKGROUND: varied(10 * network.background_weights.reshape(-1), np.repeat(s, 4)),
    }
    cell = PublishedCell(network, weights)
    x = tf_keras.Input((T, network.n_input))
    rsnn = tf_keras.layers.RNN(cell, return_sequences=True, name="rsnn")
    spikes, _ = rsnn(PublishedInput(network, cell)(x))
    projection = tf_keras.layers.Dense(N_OUTPUT, name="projection")
    scores = projection(spikes)
    chunks = tf.reduce_mean(tf.reshape(scores, (-1, T // CHUNK, CHUNK, N_OUTPUT)), 2)
    projection.set_weights([rng.normal(0, 40, (50, 3)), rng.normal(size=3)])
    return tf_keras.Model(x, [spikes, tf.nn.softmax(chunks)])
