"""Checkpoints of the published program and of others, against tf-keras and plain tf.train."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from checkpoint_models import (
    BACKGROUND,
    CHUNK,
    INPUT,
    RECURRENT,
    T,
    assert_equal_weights,
    make,
    shaken,
)
from published_program import published_model

from keras_v1_activity import v1


@pytest.fixture(scope="module")
def x():
    rng = np.random.default_rng(5)
    return (rng.random((2, T, 40)) < 0.15).astype(np.float32)


@pytest.fixture(scope="module")
def published(network):
    return published_model(network, seed=11)


@pytest.fixture(scope="module")
def spikes_and_probabilities(network, x):
    """A function of a linear model: what its weights make of `x`; compiled once for all models."""
    runner = make(network, "linear")
    outputs = keras.Model(runner.input, [runner.get_layer("rsnn").output[0], runner.output])

    def run(model):
        runner.set_weights(model.get_weights())
        return [out.numpy() for out in outputs(x)]

    return run


def fill_slots(optimizer, model):
    optimizer.apply_gradients([(0 * v - 1.0, v) for v in model.trainable_variables])


@pytest.mark.parametrize("kind", ["Adam", "legacy Adam", "Keras 2 .h5"])
def test_a_tf_keras_model_with_the_published_names(
    spikes_and_probabilities, fresh, published, x, tmp_path, kind
):
    path = tmp_path / "ckpt"
    if kind == "Keras 2 .h5":
        path = tmp_path / "weights.h5"
        published.save_weights(path)
    else:
        optimizers = tf_keras.optimizers
        optimizer = (optimizers.legacy if "legacy" in kind else optimizers).Adam(1e-4)
        fill_slots(optimizer, published)
        path = tf.train.Checkpoint(optimizer=optimizer, model=published).save(path)
    names = v1.load_checkpoint(fresh["linear"], path)
    assert {RECURRENT, INPUT, BACKGROUND, "projection/kernel", "projection/bias"} == set(names)
    rsnn = fresh["linear"].get_layer("rsnn")
    weights = published.get_layer("rsnn").cell.recurrent_weight_values.numpy()
    np.testing.assert_array_equal(rsnn.sparse_recurrent_weights.numpy(), weights)
    kernel = fresh["linear"].get_layer("projection").kernel.numpy() * CHUNK
    np.testing.assert_allclose(kernel, published.get_layer("projection").kernel.numpy(), rtol=1e-6)
    if kind != "Adam":
        return  # the same weights, the same spikes: once is enough
    truth = [out.numpy() for out in published(x)]
    spikes, probabilities = spikes_and_probabilities(fresh["linear"])
    assert truth[0].sum() > 100 and truth[1].max() > 0.5
    np.testing.assert_array_equal(spikes, truth[0])
    np.testing.assert_allclose(probabilities, truth[1], rtol=2e-4, atol=1e-6)


def test_our_tensorflow_checkpoint_is_restored_by_the_published_program(
    spikes_and_probabilities, network, trained, fresh, x, tmp_path
):
    prefix = v1.save_checkpoint(trained["linear"], tmp_path / "ckpt-1")
    model = published_model(network, seed=12)
    tf.train.Checkpoint(model=model).restore(str(prefix)).expect_partial()
    spikes, probabilities = spikes_and_probabilities(trained["linear"])
    assert spikes.sum() > 100
    np.testing.assert_array_equal(model(x)[0], spikes)
    np.testing.assert_allclose(model(x)[1], probabilities, rtol=2e-4, atol=1e-6)
    # Exported and converted back: the same spikes again.
    v1.convert_checkpoint(prefix, tmp_path / "network.h5", shaken(fresh["linear"], seed=3))
    v1.load_checkpoint(shaken(fresh["linear"], seed=4), tmp_path / "network.h5")
    for ours, back in zip(
        (spikes, probabilities), spikes_and_probabilities(fresh["linear"]), strict=True
    ):
        np.testing.assert_array_equal(ours, back)


def test_a_hand_made_module_with_unnamed_variables_is_found_by_shape(
    network, fresh, tmp_path, caplog
):
    rng = np.random.default_rng(0)
    module = tf.Module()
    module.a = tf.Variable(rng.normal(size=800).astype("f4"))
    module.b = tf.Variable(rng.normal(size=500).astype("f4"))
    module.c = tf.Variable(rng.normal(size=(50, 3)).astype("f4"))
    module.signs = tf.Variable(rng.normal(size=800) > 0)
    module.indices = tf.Variable(np.zeros((800, 2), np.int64))
    prefix = tf.train.Checkpoint(model=module).write(str(tmp_path / "ckpt"))
    v1.load_checkpoint(fresh["linear"], prefix)
    assert "no rest_of_brain_weights and no projection/bias" in caplog.text
    rsnn, inputs = (fresh["linear"].get_layer(name) for name in ("rsnn", "input_layer"))
    np.testing.assert_array_equal(rsnn.sparse_recurrent_weights.numpy(), module.a)
    np.testing.assert_array_equal(inputs.sparse_input_weights.numpy(), module.b)
    kernel = fresh["linear"].get_layer("projection").kernel.numpy()
    np.testing.assert_allclose(kernel, module.c / CHUNK, rtol=1e-6)

    module.d = tf.Variable(rng.normal(size=800).astype("f4"))
    prefix = tf.train.Checkpoint(model=module).write(str(tmp_path / "two"))
    with pytest.raises(
        ValueError, match=r"names no variable sparse_recurrent_weights, and several"
    ):
        v1.load_checkpoint(fresh["linear"], prefix)


def test_a_checkpoint_that_keras_3_wrote_of_our_model(trained, fresh, tmp_path):
    """tf.train.Checkpoint on our model: its projection counts spikes, not means."""
    model = trained["linear"]
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    prefix = tf.train.Checkpoint(optimizer=optimizer, model=model).save(str(tmp_path / "k3"))
    v1.load_checkpoint(fresh["linear"], prefix)
    assert_equal_weights(model, fresh["linear"])
