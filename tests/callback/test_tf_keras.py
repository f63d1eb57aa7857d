"""The same callback with tf-keras models, among them an RNN of the published shape."""

import numpy as np
import pytest
import tensorflow as tf
from kits import tf_keras
from spiking_models import (
    N_CLASSES,
    N_IN,
    N_STEPS,
    compiled,
    make_data,
    make_model,
    spike_where_above,
    truth,
)

from keras_v1_activity import V1ActivityCallback, load_activity
from keras_v1_activity.storage import looks_at

X, Y = make_data(8)
N_UNITS, DECAY, THRESHOLD = 6, 0.8, 1.0


class LeakyCell(tf_keras.layers.Layer):
    """v' = decay v + x W - z threshold; a spike z' where v' is above threshold."""

    state_size = (N_UNITS, N_UNITS)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(N_IN, N_UNITS),
            initializer=tf_keras.initializers.RandomNormal(stddev=0.5, seed=4),
        )  # fmt: skip

    def call(self, x, states):
        z, v = states
        v = DECAY * v + tf.matmul(x, self.kernel) - z * THRESHOLD
        z = spike_where_above(v - THRESHOLD)
        return (z, v), (z, v)


def simulate(kernel, x):
    """Spikes and potentials (time, neuron) of `LeakyCell` in numpy."""
    z, v, spikes, voltages = np.zeros(N_UNITS), np.zeros(N_UNITS), [], []
    for current in x.astype(np.float64) @ kernel:
        v = DECAY * v + current - z * THRESHOLD
        z = (v > THRESHOLD).astype(float)
        spikes.append(z > 0)
        voltages.append(v)
    return np.array(spikes), np.array(voltages)


def published_model(return_state, **how):
    tf_keras.utils.set_random_seed(2)
    inputs = tf_keras.Input((N_STEPS, N_IN))
    cell = LeakyCell()
    rnn = tf_keras.layers.RNN(
        cell, return_sequences=True, return_state=return_state, name="rsnn"
    )  # fmt: skip
    out = rnn(inputs)
    spikes = out[0][0] if return_state else out[0]
    outputs = tf_keras.layers.Dense(N_CLASSES, activation="softmax", name="prediction")(spikes)
    pooled = tf.reduce_mean(tf.reshape(outputs, (-1, 3, N_STEPS // 3, N_CLASSES)), 2)
    return compiled(tf_keras, tf_keras.Model(inputs, pooled), **how), cell


class Kernels(tf_keras.callbacks.Callback):
    def __init__(self, owner):
        super().__init__()
        self.owner, self.seen = owner, []

    def on_train_batch_begin(self, batch, logs=None):
        self.seen.append(self.owner.kernel.numpy())


def watcher(log_dir, every=1, **how):
    return V1ActivityCallback(log_dir, every, figures=(), background=False, **how)


@pytest.mark.parametrize(("return_state", "jit"), [(True, False), (False, False), (True, True)])
def test_published_shape_equals_a_numpy_simulation(tmp_path, return_state, jit):
    model, cell = published_model(return_state, jit_compile=jit)
    kernels = Kernels(cell)
    y = np.stack([Y, Y, Y], 1)
    weights = np.tile([0.0, 1.0, 0.0], (8, 1)).astype(np.float32)
    model.fit(X, y, sample_weight=weights, batch_size=3, shuffle=False, verbose=0,
              callbacks=[kernels, watcher(tmp_path)])  # fmt: skip
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [1, 2, 3]
        for i, kernel in enumerate(kernels.seen):
            a = run[i + 1]
            spikes, voltages = simulate(kernel, X[3 * i])
            np.testing.assert_array_equal(a.spikes(), spikes)
            np.testing.assert_allclose(a.voltages, voltages[:, a.voltage_neurons], atol=1e-5)
            assert a.label == Y[3 * i] and a.outputs.shape == (3, N_CLASSES)
            np.testing.assert_allclose(a.confidence, a.outputs[1], rtol=1e-5)
            np.testing.assert_allclose(a.inputs, X[3 * i], rtol=1e-6)


@pytest.mark.parametrize("jit", [False, True])
def test_steps_per_execution(tmp_path, jit):
    x, y = make_data(7)
    model = make_model(tf_keras, steps_per_execution=3, jit_compile=jit)
    model.optimizer.learning_rate = 0.0
    model.fit(x, y, batch_size=1, epochs=2, shuffle=False, verbose=0,
              callbacks=[watcher(tmp_path, 4)])  # fmt: skip
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [4, 8, 12]
        for step in run.steps:
            spikes, _ = truth(model.get_layer("rsnn").kernel.numpy(), x[(step - 1) % 7])
            np.testing.assert_array_equal(run[step].spikes(), spikes)


def test_training_is_the_same_with_and_without(tmp_path):
    weights = []
    for callbacks in ([], [watcher(tmp_path, 2)]):
        model = make_model(tf_keras, optimizer=tf_keras.optimizers.Adam(0.02))
        tf_keras.utils.set_random_seed(5)
        model.fit(X, Y, batch_size=3, epochs=2, verbose=0, callbacks=callbacks)
        weights.append(model.get_weights())
    for without, with_callback in zip(*weights, strict=True):
        np.testing.assert_array_equal(without, with_callback)


def test_model_is_left_as_found_and_goes_on_counting(tmp_path):
    model, callback = make_model(tf_keras), watcher(tmp_path, 2)
    model.fit(X, Y, batch_size=3, verbose=0)
    layer = model.get_layer("rsnn")
    names = ("train_function", "train_tf_function", "test_function")

    def state():
        return set(vars(model)), set(vars(layer)), [id(getattr(model, n)) for n in names[:2]]

    before = state()
    model.fit(X, Y, batch_size=3, verbose=0, callbacks=[callback], validation_data=(X, Y))
    assert state() == before or set(vars(model)) - before[0] <= {"_eval_data_handler"}
    assert state()[1:] == before[1:]

    class Stop(tf_keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=3, verbose=0, callbacks=[callback, Stop()])
    assert state()[1:] == before[1:]
    model.fit(X, Y, batch_size=3, verbose=0, epochs=2, callbacks=[callback])
    model.evaluate(X, Y, verbose=0)
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [4, 6, 8, 10, 12]


def test_call_that_needs_autograph(tmp_path):
    class Branches(tf_keras.layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")

        def call(self, x):
            if tf.reduce_sum(x) > 1e9:
                x = x * 0.0
            return spike_where_above(x * self.scale), x

    inputs = tf_keras.Input((N_STEPS, N_IN))
    pooled = tf.reduce_mean(Branches(name="rsnn")(inputs)[0], 1)
    outputs = tf_keras.layers.Dense(N_CLASSES, activation="softmax")(pooled)
    model = compiled(tf_keras, tf_keras.Model(inputs, outputs))
    model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, callbacks=[watcher(tmp_path)])
    with load_activity(tmp_path) as run:
        np.testing.assert_array_equal(run[2].spikes(), X[4] > 0)


def test_probe_and_look(tmp_path):
    model, cell = published_model(True)
    callback = watcher(tmp_path, 2, probe_data=(X[:2], np.stack([Y[:2]] * 3, 1)))
    model.fit(X, np.stack([Y] * 3, 1), batch_size=4, verbose=0, callbacks=[callback])
    assert isinstance(callback.intermediate_model, tf_keras.Model)
    for a in (callback.look(X[5:6]), callback.look(X[5:7])):
        spikes, voltages = simulate(cell.kernel.numpy(), X[5])
        np.testing.assert_array_equal(a.spikes(), spikes)
        np.testing.assert_allclose(a.voltages, voltages[:, a.voltage_neurons], atol=1e-5)
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [2]
    # The looks after training stand beside the one that training took.
    assert [look.source for look in looks_at(tmp_path, 2)] == ["probe", "look", "look"]


def test_missing_layer_and_unusable_output(tmp_path):
    model = make_model(tf_keras)
    for name, sentence in (("cortex", "no layer 'cortex'"), ("prediction", "batch, time, neuron")):
        with pytest.raises(ValueError, match=sentence) as error:
            model.fit(X, Y, verbose=0, callbacks=[watcher(tmp_path, layer_name=name)])
        assert "\n" not in str(error.value)
