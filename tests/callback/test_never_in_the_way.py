"""Batches and programs that train without the callback train with it."""

import copy
import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
from fits import X, Y, fit, watcher
from kits import KITS
from spiking_models import N_IN, N_STEPS, make_data, make_model

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback, load_activity


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("every", [1, 3])
def test_an_empty_batch_has_no_look(tmp_path, kit, every):
    def batches():
        for size in (0, 2, 0, 2):
            yield X[:size], Y[:size].astype(np.int32)

    signature = (tf.TensorSpec((None, N_STEPS, N_IN)), tf.TensorSpec((None,), tf.int32))
    data = tf.data.Dataset.from_generator(batches, output_signature=signature)
    callback = watcher(tmp_path, every, figures=("predictions",))
    make_model(kit).fit(data, shuffle=False, verbose=0, callbacks=[callback])
    assert callback.step == 4
    assert callback.recorder.steps == ([2, 4] if every == 1 else [])


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_unknown_length_under_xla_is_said_and_training_goes_on(tmp_path, caplog):
    model = make_model(keras, n_steps=None, jit_compile=True)
    batches = ((make_data(2, n)[0], Y[:2]) for n in (5, 9, 7))
    callback = watcher(tmp_path)
    model.fit(batches, shuffle=False, verbose=0, callbacks=[callback])
    (said,) = [message for message in caplog.messages if "unknown length" in message]
    assert "jit_compile=False" in said
    assert callback.step == 3 and callback.recorder.steps == []


@pytest.mark.parametrize("again", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_an_unused_callback_and_logger_can_be_copied(tmp_path, again):
    (callback,) = again([V1ActivityCallback(tmp_path / "callback", 1, figures=())])
    fit(make_model(keras), callback)
    assert callback.recorder.steps == [1, 2, 3]
    assert callback.recorder.log_dir == tmp_path / "callback"
    logger = again(NetworkActivityLogger(tmp_path / "logger", 1, figures=("raster",)))
    logger.log_step(spikes=np.eye(20)[None])
    assert logger.save_summary() and logger.wait_for_figures()
    assert load_activity(tmp_path / "logger").steps.tolist() == [1]
    assert (tmp_path / "logger" / "raster_step_1.png").is_file()


@pytest.mark.filterwarnings("error:.*:UserWarning:keras_v1_activity")
@pytest.mark.parametrize("how", [{"steps_per_execution": 4}, {}])
def test_warnings_that_are_errors_end_no_training(tmp_path, how):
    callback = watcher(tmp_path, trace_neurons=[0])
    make_model(keras, **how).fit(X, Y, batch_size=1, verbose=0, callbacks=[callback])
    assert callback.step == 8 and callback.recorder.steps


@pytest.mark.parametrize("kit", KITS)
def test_a_training_that_ends_between_two_hooks_leaves_the_next_one_its_own_step(tmp_path, kit):
    class Raises(kit.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            raise RuntimeError("stop")

    model = make_model(kit)
    model.fit(X, Y, verbose=0)
    own, read = model.train_function, []
    callback = watcher(tmp_path, extract=lambda output: read.append(1) or output)
    with pytest.raises(RuntimeError, match="stop"):
        model.fit(X, Y, verbose=0, callbacks=[callback, Raises()])
    assert model.train_function is own
    model.fit(X, Y, verbose=0)
    assert model.train_function is own and not read
    with pytest.raises(RuntimeError, match="stop"):
        model.fit(X, Y, verbose=0, callbacks=[callback, Raises()])
    model.fit(X, Y, verbose=0, callbacks=[callback])
    assert model.train_function is own and read
