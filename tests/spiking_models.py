"""Small deterministic spiking layers and models, for Keras 3 and for tf-keras alike."""

import numpy as np
import tensorflow as tf

N_STEPS, N_IN, N_NEURONS, N_CLASSES = 12, 7, 9, 3
THRESHOLD_MV = -50.0
REST_MV = -70.0


@tf.custom_gradient
def spike_where_above(scaled):
    """1 where above 0, with a surrogate derivative."""

    def grad(dy):
        return dy * tf.cast(tf.exp(-tf.square(scaled)), dy.dtype)

    return tf.cast(scaled > 0, scaled.dtype), grad


def make_layer_class(keras):
    """A layer of threshold units without memory: v = rest + 30 x W, a spike above threshold."""

    class ThresholdLayer(keras.layers.Layer):
        def __init__(self, n_neurons=N_NEURONS, returns="pair", **kwargs):
            super().__init__(**kwargs)
            self.n_neurons = n_neurons
            self.returns = returns

        def build(self, input_shape):
            self.kernel = self.add_weight(
                name="kernel", shape=(int(input_shape[-1]), self.n_neurons),
                initializer=keras.initializers.RandomNormal(seed=3),
            )  # fmt: skip
            # A variable: TensorFlow's constant folding rounds differently once a result is watched.
            self.threshold = self.add_weight(
                name="threshold", shape=(), trainable=False,
                initializer=keras.initializers.Constant(THRESHOLD_MV),
            )  # fmt: skip
            super().build(input_shape)

        def call(self, x):
            voltages = REST_MV + 300.0 * tf.matmul(x, tf.cast(self.kernel, x.dtype))
            spikes = spike_where_above((voltages - tf.cast(self.threshold, x.dtype)) / 20.0)
            return {
                "pair": lambda: (spikes, voltages),
                "spikes": lambda: spikes,
                "dict": lambda: {"spikes": spikes, "voltages": voltages},
                "odd": lambda: {"s": spikes, "u": voltages},
                "flat": lambda: tf.reduce_mean(spikes, 1),
                "bool": lambda: (spikes > 0.5, voltages),
            }[self.returns]()

    return ThresholdLayer


def spikes_of(output):
    """Spikes as floats from any of the layer's outputs."""
    if isinstance(output, dict):
        return output.get("spikes", output.get("s"))
    return output[0] if isinstance(output, (list, tuple)) else output


def make_model(
    keras, returns="pair", *, n_steps=N_STEPS, compile_model=True, per_step=False, **how
):
    """Input -> rsnn -> mean over time -> Dense softmax, compiled with SGD."""
    keras.utils.set_random_seed(11)
    inputs = keras.Input((n_steps, N_IN))
    layer = make_layer_class(keras)(returns=returns, name="rsnn")
    spikes = spikes_of(layer(inputs))
    if returns != "flat" and not per_step:
        spikes = keras.layers.GlobalAveragePooling1D()(spikes)
    outputs = keras.layers.Dense(
        N_CLASSES, activation="softmax", name="prediction", dtype="float32"
    )(spikes)
    model = keras.Model(inputs, outputs)
    return compiled(keras, model, **how) if compile_model else model


def compiled(keras, model, *, prepared=True, **how):
    """The model compiled for sparse labels, and `prepare`d unless that is not wanted."""
    how = {"jit_compile": False, **how}
    # Of Adam, as many operations again would be traced as of so small a model.
    optimizer = how.pop("optimizer", None) or keras.optimizers.SGD(0.1)
    model.compile(optimizer, "sparse_categorical_crossentropy", **how)
    return prepare(keras, model) if prepared else model


def prepare(keras, model):
    """The same model, whose optimizer has its variables.

    If the first batch had to make them, as in most programs, Keras 3 would trace the training step
    twice.
    """
    if model.built and keras.__version__.startswith("3."):
        model.optimizer.build(model.trainable_variables)
    return model


def make_data(n=8, n_steps=N_STEPS, seed=0):
    """Inputs (n, time, channel) float32 and labels (n,)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, n_steps, N_IN)).astype(np.float32)
    return x, rng.integers(0, N_CLASSES, n)


def truth(kernel, x):
    """(spikes bool, voltages mV) of one sample (time, channel), in numpy."""
    voltages = REST_MV + 300.0 * x.astype(np.float64) @ np.asarray(kernel, np.float64)
    return voltages > THRESHOLD_MV, voltages
