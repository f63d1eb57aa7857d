"""A network, a batch of LGN spikes, and two ways to take a training step with them.

Ours are the layers `input_layer` and `rsnn`; the other is the plain formulation, with the input as
one sparse product and the network as `v1.reference`, differentiated by the framework. Both train
the recurrent and the input weights with Adam on the published losses of rates and voltages, and get
the same background noise. The learning rate is 0, so that every step computes the same.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from common import GREY_PROBABILITY

from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.engine.sequence import RecurrentSequence
from keras_v1_activity.v1.layers.input_layer import InputCurrents
from keras_v1_activity.v1.layers.input_product import InputProduct
from keras_v1_activity.v1.layers.losses import (
    rate_distribution_loss,
    target_rate_quantiles,
    voltage_loss,
)
from keras_v1_activity.v1.layers.rsnn import RSNN
from keras_v1_activity.v1.network.noise import (
    BACKGROUND_FACTOR,
    BACKGROUND_PROBABILITY,
    N_BACKGROUND_SOURCES,
)
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS

# Steps for which the plain formulation takes the input product at once: bounds its memory.
_PLAIN_INPUT_STEPS = 25


class Case:
    """See the module.

    Args:
        network: `V1Network`.
        n_steps: time steps of 1 ms.
        batch: samples.
        strength: factor of the input weights.
        way: see `synaptic_sums`; what suits this machine where None.
        whole: see `InputProduct`; what suits this machine where None.
        engine: "xla" or "numba", see `CellOptions`.
        **cell: arguments of `RSNN`.
    """

    def __init__(
        self, network, n_steps, batch, strength=1.0, way=None, whole=None, engine="xla", **cell
    ):
        self.network, self.engine, rng = network, engine, np.random.default_rng(0)
        shape = (batch, n_steps, network.n_input)
        self.x = tf.constant(rng.random(shape, np.float32) < GREY_PROBABILITY, tf.float32)
        self._inputs = InputCurrents(network, noise=False, use_dale_law=False, engine=engine)
        self._rsnn = RSNN(network, use_dale_law=False, engine=engine, **cell)
        self._inputs.build(shape)
        self._rsnn.build((batch, n_steps, len(self._inputs.rows)))
        if way is not None:
            self._rsnn._sequence = RecurrentSequence(
                self._rsnn.cell, network.recurrent, self._inputs.rows,
                way=way, tables=network.tables,
            )  # fmt: skip
        if whole is not None:
            product = InputProduct.of(network.inputs, self._inputs.rows, whole=whole)
            self._inputs._product = product
        self._start = self._inputs.sparse_input_weights.numpy()
        self.weights = [self._inputs.sparse_input_weights, self._rsnn.sparse_recurrent_weights]
        self.set_strength(strength)
        self._draw_background(rng, (batch, n_steps, 1))
        self._make_loss_constants(rng)
        self.forward = tf.function(lambda: tf.reduce_mean(self._run_ours()[0]))
        self.step = self._make_step(self._run_ours)
        self.plain_forward = tf.function(lambda: tf.reduce_mean(self._run_plain()[0]))
        self.plain_step = self._make_step(self._run_plain)
        self.has_run = set()  # names of those that are compiled

    def set_strength(self, strength):
        """Multiplies the network's own input weights."""
        self.weights[0].assign(self._start * np.float32(strength))

    def _draw_background(self, rng, shape):
        """The layer draws it again at each call; here it is the same for both, at every step."""
        noise = rng.binomial(N_BACKGROUND_SOURCES, BACKGROUND_PROBABILITY, shape)
        self._noise = tf.constant(noise / N_BACKGROUND_SOURCES, tf.float32)
        scale = self.network.parameters.voltage_scale[:, None]
        weights = BACKGROUND_FACTOR * self.network.background_weights / scale
        self._background = weights.reshape(-1).astype(np.float32)

    def _make_loss_constants(self, rng):
        p, n = self.network.parameters, self.network.n_neurons
        self._e_l, self._scale = (tf.constant(x, tf.float32) for x in (p.E_L, p.voltage_scale))
        targets = target_rate_quantiles(self.network.target_rates, n)
        self._targets = tf.constant(targets, tf.float32)
        self._ranking = tf.constant(rng.random(n), tf.float32)

    @property
    def layers(self):
        """`input_layer` and `rsnn`."""
        return self._inputs, self._rsnn

    def currents(self):
        """(batch, time, rows) what the input layer and the background give."""
        return self._inputs(self.x) + self._noise * self._background[self._inputs.rows]

    def run(self, currents):
        """Spikes and normalised potentials, (batch, time, neuron) each."""
        spikes, mv = self._rsnn(currents)
        return spikes, (mv - self._e_l) / self._scale

    def _run_ours(self):
        return self.run(self.currents())

    def _run_plain(self):
        parameters, recurrent = self.network.parameters, self.network.recurrent
        inputs, recurrent_weights = (tf.convert_to_tensor(w) for w in self.weights)
        currents = self._plain_currents(inputs) + self._noise * self._background
        return reference.run(parameters, recurrent, recurrent_weights, currents)

    def _plain_currents(self, weights):
        """(batch, time, 4 neuron): one sparse product for every few steps."""
        table, (batch, n_steps, n_input) = self.network.inputs, self.x.shape
        n_rows = N_RECEPTORS * self.network.n_neurons
        indices = np.stack([table.row, table.source.astype(np.int64)], 1)
        matrix = tf.SparseTensor(indices, weights, (n_rows, n_input))

        def product(x):
            flat = tf.reshape(x, (-1, n_input))
            currents = tf.sparse.sparse_dense_matmul(matrix, flat, adjoint_b=True)
            return tf.reshape(tf.transpose(currents), (-1, batch, n_rows))

        by_time = tf.transpose(self.x, (1, 0, 2))
        chunks = tf.reshape(by_time, (-1, _chunk(n_steps), batch, n_input))
        currents = tf.map_fn(product, chunks, parallel_iterations=1)
        return tf.transpose(tf.reshape(currents, (n_steps, batch, n_rows)), (1, 0, 2))

    def _make_step(self, run):
        optimizer = keras.optimizers.Adam(0.0, epsilon=1e-11)
        optimizer.build(self.weights)
        watched = [w.value for w in self.weights]

        @tf.function
        def step():
            with tf.GradientTape() as tape:
                spikes, v = run()
                loss = self.loss(spikes, v)
            gradients = tape.gradient(loss, watched)
            optimizer.apply_gradients(zip(gradients, self.weights, strict=True))
            return loss, spikes, *gradients

        return step

    def loss(self, spikes, v):
        """The published losses on rates and potentials."""
        loss = 0.1 * rate_distribution_loss(spikes, self._targets, self._ranking)
        return loss + 1e-5 * voltage_loss(v)

    def loss_and_gradients(self, *weights):
        """Ours without the optimizer, as a function of input and recurrent weights.

        Returns:
            loss, spikes and normalised potentials (batch, time, neuron), gradients of both.
        """
        with tf.GradientTape() as tape:
            tape.watch(weights)
            # Tensors take the places of the variables, which then are no hidden arguments.
            mapping = list(zip(self.weights, weights, strict=True))
            with keras.StatelessScope(state_mapping=mapping):
                spikes, v = self._run_ours()
            loss = self.loss(spikes, v)
        return loss, spikes, v, *tape.gradient(loss, weights)

    def rate(self):
        """Mean firing rate, Hz."""
        self.has_run.add("forward")
        return 1000.0 * float(self.forward())

    def compare(self):
        """Takes one step in both ways.

        Returns:
            Greatest deviation of a gradient, as a fraction of its largest element.

        Raises:
            AssertionError: a spike differs, or the loss or a gradient by more than 1e-5.
        """
        self.has_run |= {"step", "plain_step"}
        loss, spikes, *ours = self.step()
        true_loss, true_spikes, *truth = self.plain_step()
        np.testing.assert_array_equal(spikes, true_spikes)
        np.testing.assert_allclose(loss, true_loss, rtol=1e-5)
        deviations = []
        for a, b in zip(ours, truth, strict=True):
            a, b = (tf.convert_to_tensor(gradient).numpy() for gradient in (a, b))
            deviations.append(float(np.abs(a - b).max() / np.abs(b).max()))
        assert max(deviations) < 1e-5, f"gradients differ by {deviations} of their largest element"
        return max(deviations)


def find_strength(case, rate_hz, tolerance=0.1):
    """Sets the input strength at which the network fires at `rate_hz`.

    Returns:
        The strength.

    Raises:
        RuntimeError: no strength gives this rate.
    """
    low, high, strength = 1e-2, 1e3, 1.0
    for _ in range(25):
        case.set_strength(strength)
        rate = case.rate()
        if abs(rate / rate_hz - 1.0) < tolerance:
            return strength
        # Steps of at most 3 times: the bounds are far apart, and strong input is slow to simulate.
        if rate < rate_hz:
            low = strength
            strength = min((low * high) ** 0.5, 3.0 * low)
        else:
            high = strength
            strength = max((low * high) ** 0.5, high / 3.0)
    raise RuntimeError(f"no input strength makes this network fire at {rate_hz} Hz")


def _chunk(n_steps):
    """The longest piece of at most `_PLAIN_INPUT_STEPS` that divides the sequence."""
    return max(k for k in range(1, _PLAIN_INPUT_STEPS + 1) if n_steps % k == 0)
