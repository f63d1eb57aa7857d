"""Looks at batches that are not trained on: probe_data and `look`."""

import warnings

import keras
import numpy as np
import pytest
from fits import X, Y, assert_is, fit, watcher
from spiking_models import N_NEURONS, N_STEPS, make_data, make_model

from keras_v1_activity import load_activity


def test_probe_looks_at_the_fixed_batch(tmp_path):
    probe, labels = make_data(2, seed=9)
    model = make_model(keras)
    callback = watcher(tmp_path, 2, probe_data=(probe, labels), sample_index=1)
    after = []
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda b, logs: after.append(model.get_layer("rsnn").kernel.numpy())
    )
    model.fit(X, Y, batch_size=2, verbose=0, callbacks=[callback, keep])
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [2, 4]
        for step in run.steps:
            a = run[step]
            assert_is(a, after[step - 1], probe[1])
            assert (a.label, a.source, a.sample_index) == (labels[1], "probe", 1)
    assert isinstance(callback.intermediate_model, keras.Model)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        callback.look(probe)
        (spikes, _), outputs = callback.intermediate_model(probe)
    assert spikes.shape == (2, N_STEPS, N_NEURONS)
    np.testing.assert_allclose(outputs, model(probe), rtol=1e-6)


def test_look_before_during_and_after_training(tmp_path):
    model, callback = make_model(keras), watcher(tmp_path, 100)
    with pytest.raises(RuntimeError, match="set_model"):
        callback.look(X)
    callback.set_model(model)
    kernel = model.get_layer("rsnn").kernel.numpy()
    a = callback.look(X[2:4], Y[2:4])
    assert_is(a, kernel, X[2])
    assert (a.step, a.label, a.source) == (0, Y[2], "look")
    look = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda b, logs: callback.look(X) if b == 1 else None
    )
    model.fit(X, Y, batch_size=3, verbose=0, callbacks=[callback, look])
    callback.look(X[:1])
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [0, 2, 3]
        assert_is(run[0], kernel, X[2])
        assert_is(run[3], model.get_layer("rsnn").kernel, X[0])
        assert run[3].label is None


@pytest.mark.parametrize(
    "probe, message",
    [
        ((Y, X), r"inputs x of shape \(None, .*x is int64 \(8,\)"),
        (X[:, :, :2], r"x is float32 \(8, \d+, 2\)"),
        (np.full(X.shape, "a"), "x is <U1"),
        ((X, Y[:3]), "8 inputs but 3 labels"),
    ],
)
def test_a_probe_that_does_not_fit_the_model_is_refused_before_training(tmp_path, probe, message):
    model = make_model(keras)
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        fit(model, watcher(tmp_path, probe_data=probe))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
