"""Activity of a chosen size and rate, and a model as cheap as can be that emits it.

What watching costs shows best beside a network that costs nothing: its layer `rsnn` returns spikes
and potentials that were made beforehand.
"""

import os
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from keras_v1_activity import NetworkActivityLogger, load_activity
from keras_v1_activity.activity import facts

N_STEPS, N_INPUTS = 600, 17_400
N_CHUNKS, N_CLASSES = 12, 10
VOLTAGE_NEURONS = 20


class Look:
    """One sample of a spiking network with everything that a logger is given.

    Args:
        n_neurons: neurons, named in the proportions of mouse V1.
        rate_hz: mean rate; the spikes are Poisson.

    Attributes:
        spikes: (1, time, neuron) float32, 0 or 1.
        voltages: (1, time, neuron) float32, mV.
        inputs: (1, time, channel) float32.
        outputs: (1, chunk, class) float32, probabilities.
        labels: (1,) int.
        populations: (neuron,) str.
    """

    def __init__(self, n_neurons, rate_hz, seed=0):
        rng = np.random.default_rng(seed)
        shape = (1, N_STEPS, n_neurons)
        # Uniform numbers: normal ones would take a minute at this size.
        self.spikes = (rng.random(shape, np.float32) < rate_hz / 1000).astype(np.float32)
        self.voltages = rng.random(shape, np.float32) * 10 - 65
        self.voltages[self.spikes > 0] = -45
        self.inputs = 0.02 * rng.random((1, N_STEPS, N_INPUTS), np.float32)
        self.inputs[:, 50:150] *= np.linspace(0, 3, N_INPUTS, dtype=np.float32)
        self.outputs = rng.dirichlet(np.ones(N_CLASSES), (1, N_CHUNKS)).astype(np.float32)
        self.labels = np.array([3])
        self.populations = v1_names(n_neurons)

    def arguments(self):
        """What `log_step` of our logger and of the plain one take, dict."""
        names = ("inputs", "spikes", "voltages", "outputs", "labels")
        return {name: getattr(self, name) for name in names}

    def activity(self):
        """The `Activity` that our logger makes of it, stored and read back."""
        with tempfile.TemporaryDirectory() as folder:
            with NetworkActivityLogger(folder, 1, figures=(), populations=self.populations) as log:
                log.log_step(**self.arguments())
            with load_activity(folder) as run:
                return run[1]


def v1_names(n_neurons):
    """`n_neurons` population names in the proportions of mouse V1."""
    table = facts.table("populations")
    density = np.array([float(row["areal_density_per_mm2"]) for row in table])
    edges = np.rint(np.cumsum(density) / density.sum() * n_neurons).astype(int)
    return np.repeat([row["pop_name"] for row in table], np.diff(edges, prepend=0))


class Playback(keras.layers.Layer):
    """Returns given spikes and potentials, whatever comes in."""

    def __init__(self, look, **options):
        super().__init__(**options)
        self._look = look

    def build(self, input_shape):
        """Puts both into variables: as constants they would be compiled into the step."""
        for name in ("spikes", "voltages"):
            values = getattr(self._look, name)
            variable = self.add_weight(
                name=name, shape=values.shape, initializer="zeros", trainable=False
            )
            variable.assign(values)
            setattr(self, name, variable)

    def call(self, inputs):
        """(spikes, potentials), (1, time, neuron) each."""
        return tf.convert_to_tensor(self.spikes), tf.convert_to_tensor(self.voltages)


def make_model(look):
    """A compiled model with the layers of a V1 model: the means of the input, read out linearly."""
    inputs = keras.Input((N_STEPS, N_INPUTS), batch_size=1)
    spikes, _ = Playback(look, name="rsnn")(inputs)
    chunks = keras.layers.Reshape((N_CHUNKS, N_STEPS // N_CHUNKS, N_INPUTS))(inputs)
    means = keras.ops.mean(chunks, axis=2) + keras.ops.mean(spikes[:, ::N_CLASSES, :1])
    outputs = keras.layers.Dense(N_CLASSES, activation="softmax", name="prediction")(means)
    model = keras.Model(inputs, outputs)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def batches(look, n):
    """The look's input and its label for every chunk, `n` times."""
    labels = np.repeat(look.labels[:, None], N_CHUNKS, axis=1)
    return tf.data.Dataset.from_tensors((look.inputs, labels)).repeat(n)
