"""Models fitted under a callback, and what its looks must equal."""

import keras
import numpy as np
import tensorflow as tf
from kits import KERAS_2
from spiking_models import N_CLASSES, make_data, make_layer_class, truth

from keras_v1_activity import V1ActivityCallback

X, Y = make_data(8)


class Kernels(keras.callbacks.Callback):
    """Keeps the spiking layer's kernel as it is before each batch."""

    def __init__(self, layer=None):
        super().__init__()
        self.seen = []
        self.layer = layer

    def on_train_batch_begin(self, batch, logs=None):
        layer = self.layer or self.model.get_layer("rsnn")
        self.seen.append(layer.kernel.numpy())


def watcher(log_dir, every=1, **how):
    """A callback that draws nothing, so that tests are fast."""
    return V1ActivityCallback(log_dir, every, **{"figures": (), "background": False, **how})


def fit(model, callback, x=X, y=Y, batch_size=3, **how):
    """fit without shuffling; returns the kernels before each batch."""
    kernels = Kernels()
    how = {"epochs": 1, "shuffle": False, "verbose": 0, **how}
    model.fit(x, y, batch_size=batch_size, callbacks=[kernels, callback], **how)
    return kernels.seen


def assert_is(activity, kernel, x, ids=None):
    """The activity equals that of the plain equations for the sample `x`."""
    spikes, voltages = truth(kernel, x)
    np.testing.assert_array_equal(activity.spikes(), spikes)
    ids = activity.voltage_neurons if ids is None else ids
    np.testing.assert_allclose(activity.voltages, voltages[:, ids], rtol=1e-5, atol=1e-3)


class Subclassed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.core = make_layer_class(keras)(name="rsnn")
        self.readout = keras.layers.Dense(N_CLASSES, activation="softmax")

    def call(self, x):
        spikes, _ = self.core(x)
        return self.readout(tf.reduce_mean(spikes, 1))


if not KERAS_2:
    keras.saving.register_keras_serializable("tests")(Subclassed)


def untouched(model):
    """Names and identities of all that hangs on the model and its spiking layer."""
    layer = model.get_layer("rsnn")
    skip = {"history", "stop_training", "_eval_epoch_iterator", "_compile_metrics", "_called"}
    return {
        **{("model", k): id(v) for k, v in vars(model).items() if k not in skip},
        **{("layer", k): id(v) for k, v in vars(layer).items()},
    }
