"""V1ActivityCallback in real fits: what is stored is what the training step computed."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from fits import Kernels, Subclassed, X, Y, assert_is, fit, watcher
from spiking_models import (
    N_CLASSES,
    N_IN,
    N_STEPS,
    compiled,
    make_data,
    make_layer_class,
    make_model,
    truth,
)

from keras_v1_activity import load_activity


@pytest.mark.parametrize("jit", [False, True, "auto"])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_live_capture_equals_truth(tmp_path, jit, batch_size):
    # As most programs leave it, the first batch makes the optimizer's variables.
    model = make_model(keras, jit_compile=jit, prepared=batch_size == 1)
    kernels = fit(model, watcher(tmp_path, voltage_neurons=[8, 1]), X, Y, batch_size)
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == list(range(1, len(kernels) + 1))
        # Batches of 3 from 8 samples end with a ragged one.
        for i, kernel in enumerate(kernels):
            a, first = run[i + 1], i * batch_size
            assert_is(a, kernel, X[first], [8, 1])
            assert a.label == Y[first] and a.source == "live"
            np.testing.assert_allclose(a.inputs, X[first], rtol=1e-6)
            assert a.confidence.sum() == pytest.approx(1, abs=1e-5)


def test_sample_of_a_ragged_last_batch_and_side_by_side_view(tmp_path, monkeypatch):
    callback = watcher(tmp_path, sample_index=2, figures=("predictions",), save_data=False)
    taken = []
    monkeypatch.setattr(callback.recorder, "record_made", lambda step, make: taken.append(make()))
    kernels = fit(make_model(keras), callback)
    assert [a.sample_index for a in taken] == [2, 2, 1]
    for i, a in enumerate(taken):
        batch = X[3 * i : 3 * i + 3]
        assert_is(a, kernels[i], batch[a.sample_index])
        every = np.stack([truth(kernels[i], x)[0] for x in batch])
        np.testing.assert_array_equal(a.batch.spikes, every[:, :, a.batch.neurons])
        assert a.batch.labels.tolist() == Y[3 * i : 3 * i + 3].tolist()


@pytest.mark.parametrize("jit", [False, True])
def test_training_is_the_same_with_and_without(tmp_path, jit):
    weights = []
    for callbacks in ([], [watcher(tmp_path, 2)]):
        model = make_model(keras, jit_compile=jit, optimizer=keras.optimizers.Adam(0.02))
        keras.utils.set_random_seed(5)
        model.fit(X, Y, batch_size=4 if jit else 3, epochs=2, verbose=0, callbacks=callbacks)
        weights.append(model.get_weights())
    for without, with_callback in zip(*weights, strict=True):
        np.testing.assert_array_equal(without, with_callback)


@pytest.mark.parametrize(
    ("policy", "tolerance"), [("mixed_float16", 2e-3), ("mixed_bfloat16", 2e-2)]
)
def test_mixed_precision(tmp_path, policy, tolerance):
    keras.mixed_precision.set_global_policy(policy)
    try:
        model = make_model(keras, optimizer="sgd", jit_compile=True)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    kernels = fit(model, watcher(tmp_path, sample_index=1))
    # Compiled as the training step is, so that both round alike.
    forward = tf.function(
        keras.Model(model.input, model.get_layer("rsnn").output), jit_compile=True
    )
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [1, 2, 3]
        for step in run.steps:
            a, x = run[step], X[3 * step - 2 : 3 * step - 1]
            model.get_layer("rsnn").kernel.assign(kernels[step - 1])
            spikes, voltages = (np.array(t, np.float32)[0] for t in forward(x, training=True))
            assert a.voltages.dtype == np.float32
            np.testing.assert_allclose(a.voltages, voltages[:, a.voltage_neurons], rtol=tolerance)
            assert np.mean(a.spikes() != (spikes > 0)) < 0.02


@pytest.mark.parametrize("returns", ["spikes", "dict", "odd"])
def test_other_outputs(tmp_path, returns):
    extract = (lambda out: (out["s"], out["u"])) if returns == "odd" else None
    kernels = fit(make_model(keras, returns), watcher(tmp_path, extract=extract))
    with load_activity(tmp_path) as run:
        ids = [] if returns == "spikes" else None
        assert_is(run[2], kernels[1], X[3], ids)


def nested_model():
    inner_in = keras.Input((N_STEPS, N_IN))
    layer = make_layer_class(keras)(name="rsnn")
    inner = keras.Model(inner_in, layer(inner_in)[0], name="core")
    inputs = keras.Input((N_STEPS, N_IN))
    pooled = keras.layers.GlobalAveragePooling1D()(inner(inputs * 0.5))
    outputs = keras.layers.Dense(N_CLASSES, activation="softmax")(pooled)
    return compiled(keras, keras.Model(inputs, outputs)), layer


def test_nested_layer_live_and_probe(tmp_path):
    model, layer = nested_model()
    kernels, callback = Kernels(layer), watcher(tmp_path)
    model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, callbacks=[kernels, callback])
    with load_activity(tmp_path) as run:
        assert_is(run[2], kernels.seen[1], X[4] * 0.5)
    assert_is(callback.look(X[3:4]), layer.kernel, X[3] * 0.5)


class OwnTrainStep(Subclassed):
    """A training step that never calls compute_loss."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, self(x)))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables, strict=True))
        return {"loss": loss}


@pytest.mark.parametrize("how", [{}, {"run_eagerly": True}, {"jit_compile": True}])
def test_subclassed_model_has_live_capture_and_looks_but_no_intermediate_model(tmp_path, how):
    model = compiled(keras, Subclassed(), **how)
    kernels, callback = Kernels(model.core), watcher(tmp_path)
    model(X[:1])
    model.fit(X, Y, batch_size=3, shuffle=False, verbose=0, callbacks=[kernels, callback])
    with load_activity(tmp_path) as run:
        assert_is(run[3], kernels.seen[2], X[6])
        assert run[3].label == Y[6]
    assert_is(callback.look(X[5:]), np.asarray(model.core.kernel), X[5])
    with pytest.raises(ValueError, match="subclassed.*live capture"):
        _ = callback.intermediate_model


def test_training_step_without_compute_loss_gives_the_whole_look(tmp_path):
    model = compiled(keras, OwnTrainStep())
    model(X[:1])
    kernels = Kernels(model.core)
    model.fit(X, Y, batch_size=3, shuffle=False, verbose=0, callbacks=[kernels, watcher(tmp_path)])
    with load_activity(tmp_path) as run:
        assert_is(run[2], kernels.seen[1], X[3])
        assert run[2].label == Y[3] and run[2].outputs.shape == (1, 3)
        np.testing.assert_allclose(run[2].inputs, X[3], rtol=1e-6)


def test_sequences_of_changing_length(tmp_path):
    model = make_model(keras, n_steps=None)
    lengths = [5, 9, 5, 7]
    batches = [(make_data(2, n, seed=n)[0], Y[:2]) for n in lengths]
    kernels = Kernels()
    data = (batch for batch in batches)
    model.fit(data, shuffle=False, verbose=0, callbacks=[kernels, watcher(tmp_path)])
    with load_activity(tmp_path) as run:
        assert [run[s].n_steps for s in run.steps] == lengths
        for i, (x, _) in enumerate(batches):
            assert_is(run[i + 1], kernels.seen[i], x[0])


def test_a_later_fit_with_trials_of_another_length(tmp_path):
    """The train function is compiled again for them, and gets variables of other shapes."""
    model, callback = make_model(keras, n_steps=None), watcher(tmp_path)
    lengths = [12, 20, 12]
    for n_steps in lengths:
        x, y = make_data(2, n_steps)
        (kernel,) = fit(model, callback, x, y)
        with load_activity(tmp_path) as run:
            look = run[run.steps[-1]]
        assert look.n_steps == n_steps
        assert_is(look, kernel, x[0])
    assert callback.recorder.steps == [1, 2, 3]


def test_labels_and_weights_per_chunk(tmp_path):
    model = make_model(keras, per_step=True)
    y = np.tile(np.arange(N_STEPS) % N_CLASSES, (8, 1))
    weights = np.zeros((8, N_STEPS), np.float32)
    weights[:, 4] = 1
    fit(model, watcher(tmp_path), y=y, sample_weight=weights)
    with load_activity(tmp_path) as run:
        a = run[1]
        assert a.label == 4 % N_CLASSES and a.outputs.shape == (N_STEPS, N_CLASSES)
        np.testing.assert_allclose(a.confidence, a.outputs[4], rtol=1e-5)
