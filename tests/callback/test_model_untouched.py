"""Outside of a batch the model is as it was found, however a training ends."""

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from fits import Subclassed, X, Y, assert_is, fit, untouched, watcher
from spiking_models import compiled, make_model

from keras_v1_activity import load_activity
from keras_v1_activity.capture.live import LiveCapture
from keras_v1_activity.capture.target import CaptureRequest
from keras_v1_activity.plan import RecordPlan


def test_validation_evaluate_and_predict_have_no_taps(tmp_path):
    read = []
    model = make_model(keras)
    callback = watcher(tmp_path, 3, extract=lambda output: read.append(output) or output)
    kernels = fit(model, callback, validation_data=(-X, Y), epochs=2)
    assert model.evaluate(-X, Y, verbose=0, callbacks=[callback]) >= 0
    model.predict(-X, verbose=0, callbacks=[callback])
    n_read = len(read)
    model.evaluate(-X[:5], Y[:5], batch_size=5, verbose=0, callbacks=[callback])
    model.make_test_function(force=True)
    model.evaluate(-X, Y, verbose=0)
    assert len(read) == n_read > 0, "tapped outside of training"
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3, 6]
        for step in run.steps:
            assert_is(run[step], kernels[step - 1], X[6])


class Raises(keras.callbacks.Callback):
    def __init__(self, error, hook):
        super().__init__()
        setattr(self, hook, self.fail)
        self.error = error
        self.n = 0

    def fail(self, batch, logs=None):
        self.n += 1
        if self.n == 2:
            raise self.error


def data_that_ends_badly(error):
    yield X[:3], Y[:3]
    yield X[3:6], Y[3:6]
    raise error


def interrupt_by_callback(model, callbacks, hook="on_train_batch_end", error=None):
    error = error or RuntimeError("stop")
    model.fit(X, Y, batch_size=3, epochs=2, verbose=0, callbacks=[*callbacks, Raises(error, hook)])


def interrupt_by_data(model, callbacks):
    model.fit(data_that_ends_badly(RuntimeError("stop")), verbose=0, callbacks=callbacks)


@pytest.mark.parametrize(
    "interrupt",
    [
        interrupt_by_data,
        interrupt_by_callback,
        partial(interrupt_by_callback, hook="on_train_batch_begin"),
        partial(interrupt_by_callback, hook="on_epoch_end"),
        partial(interrupt_by_callback, error=KeyboardInterrupt()),
    ],
    ids=["data", "batch_end", "batch_begin", "epoch_end", "ctrl_c"],
)
def test_interrupted_fit_leaves_the_model_and_the_logged_steps(tmp_path, interrupt):
    model = make_model(keras)
    model.fit(X, Y, batch_size=3, verbose=0)
    before = untouched(model)
    callback = watcher(tmp_path)
    # The callback comes first, so that the other one raises after it has acted.
    with pytest.raises((Exception, KeyboardInterrupt)):
        interrupt(model, [callback])
    assert untouched(model) == before
    with load_activity(tmp_path) as run:
        assert len(run.steps) >= 1
    model.fit(X, Y, batch_size=3, verbose=0)
    assert untouched(model) == before
    with load_activity(tmp_path) as run:
        logged = run.steps.tolist()
    fit(model, callback)
    assert untouched(model) == before
    with load_activity(tmp_path) as run:
        assert len(run.steps) == len(logged) + 3
        assert run.steps.tolist()[: len(logged)] == logged


def test_exception_inside_the_training_step(tmp_path):
    class Breaks(Subclassed):
        def call(self, x):
            tf.debugging.assert_less(tf.reduce_max(x), 100.0)
            return super().call(x)

    model = compiled(keras, Breaks())
    model(X[:1])
    model.fit(X, Y, batch_size=4, verbose=0)
    before = set(vars(model)), set(vars(model.core)), model.train_function
    bad = X.copy()
    bad[5] = 1000.0
    with pytest.raises(tf.errors.InvalidArgumentError):
        model.fit(bad, Y, batch_size=4, shuffle=False, verbose=0, callbacks=[watcher(tmp_path)])
    assert (set(vars(model)), set(vars(model.core)), model.train_function) == before
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3]


@pytest.mark.parametrize("eager", [False, True])
def test_ctrl_c_inside_a_batch(tmp_path, eager):
    """Eagerly, the second batch is interrupted; otherwise the tracing of the first."""

    class Interrupted(Subclassed):
        calls = None

        def call(self, x):
            if self.calls is not None:
                self.calls.append(len(self.calls))
                if len(self.calls) == 1 + eager:
                    raise KeyboardInterrupt
            return super().call(x)

    model = compiled(keras, Interrupted(), run_eagerly=eager)
    model(X[:1])
    model.fit(X, Y, verbose=0)
    before = set(vars(model)), set(vars(model.core)), model.train_function
    Interrupted.calls = []
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=4, verbose=0, callbacks=[watcher(tmp_path)])
    assert (set(vars(model)), set(vars(model.core)), model.train_function) == before
    model.fit(X, Y, batch_size=4, verbose=0)


def names_of(weights):
    # Keras 2 has the path in the name.
    return [getattr(w, "path", w.name) for w in weights]


def test_normal_end_leaves_the_model_as_found(tmp_path):
    model = make_model(keras)
    model.fit(X, Y, batch_size=3, verbose=0)
    before, names = untouched(model), names_of(model.weights)
    fit(model, watcher(tmp_path / "log"), epochs=2)
    assert untouched(model) == before and names_of(model.weights) == names
    model.save_weights(tmp_path / "w.weights.h5")
    fresh = make_model(keras)
    fresh.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(
        model.predict(X, verbose=0), fresh.predict(X, verbose=0)
    )  # fmt: skip


def test_an_evaluation_between_the_hooks_of_a_batch_is_not_captured(tmp_path):
    model = make_model(keras)
    live = LiveCapture(model, CaptureRequest("rsnn", RecordPlan()).layer_of(model))
    live.before_batch(1, due=True)
    model.evaluate(-X, Y, verbose=0)
    assert live.after_batch() is None
    live.take_off()
    assert model.train_function is None


def test_train_function_made_again_by_another_callback(tmp_path):
    class Refresh(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.make_train_function(force=True)

    model, callback = make_model(keras), watcher(tmp_path)
    model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[Refresh(), callback])
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [1, 2, 3, 4]
