"""Inputs, labels and predictions of the batch under a train_step of the user's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from fits import X, Y, watcher
from kits import KITS
from spiking_models import N_CLASSES, N_IN, N_STEPS, make_layer_class, prepare, spikes_of

from keras_v1_activity import load_activity


def model_with(kit, step):
    """A model whose train_step is `step`."""

    class Own(kit.Model):
        def train_step(self, data):
            return step(self, data)

    kit.utils.set_random_seed(11)
    inputs = kit.Input((N_STEPS, N_IN))
    mean = kit.layers.GlobalAveragePooling1D()(
        spikes_of(make_layer_class(kit)(name="rsnn")(inputs))
    )
    model = Own(inputs, kit.layers.Dense(N_CLASSES, activation="softmax")(mean))
    model.compile(kit.optimizers.SGD(0.0), "sparse_categorical_crossentropy", jit_compile=False)
    return prepare(kit, model)


def train(model, tape, loss):
    gradients = tape.gradient(loss, model.trainable_variables)
    model.optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return {"loss": loss}


def named_arguments_only(model, data):
    x, y = data
    with tf.GradientTape() as tape:
        loss = model.compute_loss(y=y, y_pred=model(x, training=True))
    return train(model, tape, loss)


def loss_of_its_own(model, data):
    x, y = data
    with tf.GradientTape() as tape:
        chosen = tf.gather(model(x, training=True), tf.cast(y, tf.int32), axis=1, batch_dims=1)
        loss = -tf.reduce_mean(tf.math.log(chosen + 1e-3))
    return train(model, tape, loss)


def noise_on_what_is_shown(model, data):
    x, y = data
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x * 0, y=y * 0, y_pred=model(x, training=True))
    return train(model, tape, loss)


STEPS = [named_arguments_only, loss_of_its_own, noise_on_what_is_shown]


@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("step", STEPS)
def test_what_the_step_is_given_is_recorded(tmp_path, kit, step):
    model = model_with(kit, step)
    model.fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[watcher(tmp_path)])
    look = load_activity(tmp_path)[1]
    np.testing.assert_array_equal(look.inputs, X[0])
    said = model.predict(X, verbose=0)[0]
    assert (look.label, look.prediction) == (Y[0], said.argmax())
    np.testing.assert_allclose(look.confidence, said, rtol=1e-5)


def test_labels_in_a_dict_of_which_the_step_takes_one(tmp_path):
    def step(model, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=y["z"], y_pred=model(x, training=True))
        return train(model, tape, loss)

    labels = {"a": Y * 0, "z": Y}
    model_with(keras, step).fit(
        X, labels, batch_size=8, shuffle=False, verbose=0, callbacks=[watcher(tmp_path)]
    )
    assert load_activity(tmp_path)[1].label == Y[0]
