"""Which steps are logged, over epochs, fits and several steps in one execution."""

import re

import keras
import pytest
from fits import Kernels, Subclassed, X, Y, assert_is, fit, watcher
from kits import needs_keras_3
from spiking_models import compiled, make_data, make_model

from keras_v1_activity import load_activity


def test_steps_count_over_epochs_fits_and_initial_epoch(tmp_path):
    read = []
    # The layer's output is read while a train function is compiled, and only then.
    callback = watcher(tmp_path, 2, extract=lambda output: read.append(output) or output)
    model = make_model(keras)
    kernels = fit(model, callback, epochs=2)
    n_read = len(read)
    kernels += fit(model, callback, epochs=7, initial_epoch=6)
    assert len(read) == n_read > 0, "compiled again"
    model.fit(X, Y, batch_size=3, verbose=0, shuffle=False)
    kernels += [None] * 3 + fit(model, callback)
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [2, 4, 6, 8, 14]
        for step in run.steps:
            assert_is(run[step], kernels[step - 1], X[(step - 1) % 3 * 3])


@pytest.mark.parametrize("jit", [False, True])
def test_the_right_step_of_an_execution(tmp_path, jit):
    x, y = make_data(7)
    model = make_model(keras, optimizer=keras.optimizers.SGD(0.0), steps_per_execution=3,
                       jit_compile=jit)  # fmt: skip
    kernel = model.get_layer("rsnn").kernel.numpy()
    # Seven batches of one: executions of 3, 3 and 1 steps an epoch.
    model.fit(x, y, batch_size=1, epochs=2, shuffle=False, verbose=0,
              callbacks=[watcher(tmp_path, 4)])  # fmt: skip
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [4, 8, 12]
        for step in run.steps:
            assert_is(run[step], kernel, x[(step - 1) % 7])


def test_several_due_in_one_execution_keep_the_last_and_say_so(tmp_path, caplog):
    model = make_model(keras, steps_per_execution=4)
    model.fit(X, Y, batch_size=1, verbose=0, epochs=2, callbacks=[watcher(tmp_path)])
    (said,) = [message for message in caplog.messages if "per execution" in message]
    assert re.match("log_every_n_steps is 1.* 4 steps per execution", said)
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [4, 8, 12, 16]


@pytest.mark.parametrize("probe", [None, X[:2]])
def test_a_step_that_is_due_in_the_first_execution_is_kept(tmp_path, probe):
    x, y = make_data(8)
    model = make_model(keras, optimizer=keras.optimizers.SGD(0.0), steps_per_execution=4)
    model.fit(x, y, batch_size=1, shuffle=False, verbose=0,
              callbacks=[watcher(tmp_path, 3, probe_data=probe)])  # fmt: skip
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3, 6]
        for step in run.steps:
            seen = x[step - 1] if probe is None else probe[0]
            assert_is(run[step], model.get_layer("rsnn").kernel.numpy(), seen)


@pytest.mark.parametrize("probe", [None, X[:2]])
def test_batches_named_by_the_first_of_an_execution(tmp_path, probe):
    """Keras 3.6 to 3.10 give both hooks of an execution the number of its first batch."""
    callback = watcher(tmp_path, 2, probe_data=probe)

    class Older(keras.callbacks.Callback):
        def set_model(self, model):
            callback.set_model(model)

        def on_train_begin(self, logs=None):
            callback.on_train_begin()

        def on_epoch_begin(self, epoch, logs=None):
            callback.on_epoch_begin(epoch)

        def on_train_batch_begin(self, batch, logs=None):
            self.begun = batch
            callback.on_train_batch_begin(batch)

        def on_train_batch_end(self, batch, logs=None):
            callback.on_train_batch_end(self.begun)

        def on_epoch_end(self, epoch, logs=None):
            callback.on_epoch_end(epoch)

        def on_train_end(self, logs=None):
            callback.on_train_end()

    x, y = make_data(7)
    model = make_model(keras, steps_per_execution=3)
    model.fit(x, y, batch_size=1, epochs=2, verbose=0, callbacks=[Older()])
    assert callback.step == 14
    assert load_activity(tmp_path).steps.tolist() == [2, 6, 10, 12, 14]


@needs_keras_3
def test_gradient_accumulation_counts_batches(tmp_path):
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    model, callback = make_model(keras, optimizer=optimizer), watcher(tmp_path, 3)
    fit(model, callback)
    fit(model, watcher(tmp_path, 3))
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3, 6]


@needs_keras_3
@pytest.mark.parametrize("accumulate", [None, 2])
def test_a_resumed_training_goes_on_counting(tmp_path, accumulate):
    """A model that was saved with its optimizer, loaded and trained on in another process."""
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=accumulate)
    model = compiled(keras, Subclassed(), optimizer=optimizer)
    model(X[:1])
    first = {"shuffle": False, "verbose": 0, "batch_size": 2}
    model.fit(X, Y, callbacks=[watcher(tmp_path / "log", 3)], **first)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    kernels = Kernels(again.core)
    again.fit(X, Y, callbacks=[kernels, watcher(tmp_path / "log", 3)], **first)
    with load_activity(tmp_path / "log") as run:
        assert run.steps.tolist() == [3, 6]
        assert_is(run[6], kernels.seen[1], X[2])
