"""From spikes to class scores: the readout by neuron groups, and means over chunks of time."""

import keras
import numpy as np
import tensorflow as tf


def scale_gradient(x, factor):
    """`x` itself, whose gradient is multiplied by `factor`."""
    return factor * x + tf.stop_gradient((1.0 - factor) * x)


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class GroupReadout(keras.layers.Layer):
    """Mean spikes of each class's readout neurons times a learned scale, 1 + softplus(b).

    After Chen, Scherr & Maass 2022. The gradient passes to the readout neurons undampened: the
    surrogate's dampening factor is divided out.

    Args:
        groups: int array (n_output, neurons_per_output) of neuron indices.
        dampening_factor: of the layer `rsnn`.
        name: layer name.
        **kwargs: as of keras.layers.Layer.
    """

    def __init__(self, groups, dampening_factor=0.5, name="readout", **kwargs):
        super().__init__(name=name, autocast=False, **kwargs)
        self.groups = np.asarray(groups, np.int32)
        self.dampening_factor = float(dampening_factor)

    def build(self, input_shape):
        """Creates the scale's parameter b, one for all classes."""
        self.scale = self.add_weight(shape=(1,), initializer="zeros", autocast=False, name="scale")

    def call(self, spikes):
        """(batch, time, neuron) spikes to (batch, time, n_output) scores."""
        chosen = tf.gather(spikes, self.groups.reshape(-1), axis=2)
        chosen = scale_gradient(chosen, 1.0 / self.dampening_factor)
        by_group = tf.reshape(chosen, (*tf.unstack(tf.shape(spikes))[:2], *self.groups.shape))
        return tf.reduce_mean(by_group, -1) * (1.0 + tf.nn.softplus(self.scale))

    def compute_output_spec(self, spikes):
        """Symbolic (batch, time, n_output)."""
        return keras.KerasTensor((*spikes.shape[:2], len(self.groups)), dtype="float32")


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class ChunkMean(keras.layers.Layer):
    """Mean over consecutive chunks of time: (batch, time, k) to (batch, time / steps, k).

    Args:
        steps: time steps in a chunk; the time axis must hold a whole number of chunks.
        scale: the mean is multiplied by it.
        **kwargs: as of keras.layers.Layer.
    """

    def __init__(self, steps, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps
        self.scale = scale

    def call(self, x):
        """(batch, time, k) to (batch, chunks, k)."""
        shape = (-1, x.shape[1] // self.steps, self.steps, x.shape[2])
        return self.scale * keras.ops.mean(keras.ops.reshape(x, shape), axis=2)
