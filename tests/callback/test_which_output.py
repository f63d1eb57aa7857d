"""Predictions, labels and confidence are those of the output that holds them."""

import json

import keras
import numpy as np
import pytest
from fits import X, Y, fit, watcher
from kits import KITS
from spiking_models import (
    N_CLASSES,
    N_IN,
    N_NEURONS,
    N_STEPS,
    make_layer_class,
    prepare,
    spikes_of,
)

from keras_v1_activity import load_activity


def two_headed(kit, order, losses, *, class_name="class", metrics=None):
    """A model with spikes and classes as outputs, in either order or by name."""
    kit.utils.set_random_seed(11)
    inputs = kit.Input((N_STEPS, N_IN))
    spikes = spikes_of(make_layer_class(kit)(name="rsnn")(inputs))
    classes = kit.layers.Dense(N_CLASSES, activation="softmax", name=class_name)(
        kit.layers.GlobalAveragePooling1D()(spikes)
    )
    heads = {"a_spikes": spikes, class_name: classes}
    outputs = heads if order is dict else [heads[name] for name in order]
    model = kit.Model(inputs, outputs)
    model.compile(kit.optimizers.SGD(0.0), losses, metrics=metrics, jit_compile=False)
    return prepare(kit, model)


def ours(caplog):
    return [record.message for record in caplog.records if record.name == "keras_v1_activity"]


def settings_of(folder):
    return json.loads((folder / "run.json").read_text())["settings"]


@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("order", [("a_spikes", "z"), ("z", "a_spikes"), dict])
def test_the_head_that_a_crossentropy_scores(tmp_path, kit, order):
    losses = {"a_spikes": "mse", "z": "sparse_categorical_crossentropy"}
    labels = {"a_spikes": np.zeros((8, N_STEPS, N_NEURONS)), "z": Y}
    if order is dict:
        model, y = two_headed(kit, order, losses, class_name="z"), labels
    else:
        model = two_headed(kit, order, [losses[name] for name in order], class_name="z")
        y = [labels[name] for name in order]
    model.fit(X, y, batch_size=8, shuffle=False, verbose=0, callbacks=[watcher(tmp_path)])
    look = load_activity(tmp_path)[1]
    said = model.predict(X, verbose=0)
    said = said["z"] if order is dict else said[order.index("z")]
    assert (look.label, look.prediction) == (Y[0], said[0].argmax())
    np.testing.assert_allclose(look.confidence, said[0], rtol=1e-5)
    assert settings_of(tmp_path)["prediction_output"] == "z"


@pytest.mark.parametrize("given", ["second", 1])
def test_the_output_that_is_given(tmp_path, given, caplog):
    inputs = keras.Input((N_STEPS, N_IN))
    mean = keras.layers.GlobalAveragePooling1D()(
        spikes_of(make_layer_class(keras)(name="rsnn")(inputs))
    )
    heads = [keras.layers.Dense(3, activation="softmax", name=name)(mean)
             for name in ("first", "second")]  # fmt: skip
    model = keras.Model(inputs, heads)
    model.compile(
        keras.optimizers.SGD(0.0), ["sparse_categorical_crossentropy"] * 2, jit_compile=False
    )
    prepare(keras, model)
    other = (Y + 1) % 3
    fit(model, watcher(tmp_path / "given", prediction_output=given), y=[Y, other], batch_size=8)
    assert load_activity(tmp_path / "given")[1].label == other[0]
    assert settings_of(tmp_path / "given")["prediction_output"] == "second"
    assert not ours(caplog)
    fit(model, watcher(tmp_path / "found"), y=[Y, other], batch_size=8)
    (said,) = ours(caplog)
    assert "'first' and 'second' may all hold the predictions" in said
    assert "prediction_output=" in said
    for wrong in ("third", 2):
        with pytest.raises(ValueError, match="prediction_output must name.*0: 'first', 1: 'sec"):
            fit(model, watcher(tmp_path / "wrong", prediction_output=wrong), y=[Y, other])


@pytest.mark.parametrize("wrong", [-1, True, 1.5, ["class"]])
def test_what_is_no_name_and_no_number_is_refused_at_once(tmp_path, wrong):
    with pytest.raises(ValueError, match="prediction_output must be the name or the number"):
        watcher(tmp_path, prediction_output=wrong)


def single(n_outputs, activation, loss, **how):
    inputs = keras.Input((N_STEPS, N_IN))
    mean = keras.layers.GlobalAveragePooling1D()(
        spikes_of(make_layer_class(keras)(name="rsnn")(inputs))
    )
    outputs = keras.layers.Dense(n_outputs, activation=activation)(mean)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.0), loss, jit_compile=False, **how)
    return prepare(keras, model)


@pytest.mark.parametrize("targets", [np.linspace(0, 1, 24).reshape(8, 3), np.ones((8, 3))])
def test_a_regression_has_no_prediction(tmp_path, targets):
    fit(single(3, None, "mse"), watcher(tmp_path), y=targets, batch_size=8)
    look = load_activity(tmp_path)[1]
    assert (look.label, look.prediction, look.confidence) == (None, None, None)
    assert look.outputs.shape == (1, 3)


def test_classes_that_are_trained_by_their_distance_are_classes(tmp_path):
    fit(single(3, "softmax", "mse"), watcher(tmp_path), y=np.eye(3)[Y], batch_size=8)
    look = load_activity(tmp_path)[1]
    assert look.label == Y[0] and look.prediction is not None


@pytest.mark.parametrize(
    ("activation", "loss"),
    [("sigmoid", "binary_crossentropy"), (None, keras.losses.BinaryCrossentropy(from_logits=True))],
)
def test_a_single_sigmoid_chooses_between_two_classes(tmp_path, activation, loss):
    y = (Y > 0).astype(np.float32)[:, None]
    model = single(1, activation, loss)
    fit(model, watcher(tmp_path), y=y, batch_size=8)
    look = load_activity(tmp_path)[1]
    second = model.predict(X, verbose=0)[0, 0]
    second = second if activation else 1 / (1 + np.exp(-second))
    np.testing.assert_allclose(look.confidence, [1 - second, second], rtol=1e-5)
    assert (look.label, look.prediction) == (int(y[0, 0]), int(second > 0.5))


def test_a_look_and_a_probe_take_the_same_output(tmp_path):
    model = two_headed(keras, ("a_spikes", "class"), ["mse", "sparse_categorical_crossentropy"])
    callback = watcher(tmp_path)
    callback.set_model(model)
    look = callback.look(X, [np.zeros((8, N_STEPS, N_NEURONS)), Y])
    assert look.label == Y[0] and len(look.confidence) == N_CLASSES
