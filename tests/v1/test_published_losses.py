"""The losses and their gradients against the published formulas, written here."""

from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from oracles import random_network

from keras_v1_activity import v1
from keras_v1_activity.v1.layers.losses import rate_distribution_loss, target_rate_quantiles
from keras_v1_activity.v1.model import create_model

KAPPA = 0.002


def rate_loss(spikes, targets):
    """The published rate loss: u = rate - target, both ascending."""
    rates = tf.sort(tf.reduce_mean(spikes, (0, 1)))
    u, n = rates - targets, len(targets)
    tau = (np.arange(n) + 1) / n
    weight = tf.abs(tau - tf.cast(u <= 0, u.dtype))
    inside = weight / (2 * KAPPA) * u**2
    outside = weight * (tf.abs(u) - KAPPA / 2)
    return tf.reduce_sum(tf.where(tf.abs(u) <= KAPPA, inside, outside))


def class_loss(labels, probabilities, weights):
    """Divided by the sum of the weights, then by the batch."""
    chosen = tf.gather(probabilities, labels, batch_dims=2)
    weights = tf.cast(weights, chosen.dtype)
    return tf.reduce_sum(-tf.math.log(chosen) * weights) / tf.reduce_sum(weights) / len(labels)


def test_the_gradient_of_the_rate_loss_has_the_published_sign():
    rng = np.random.default_rng(1)
    spikes = tf.constant(rng.random((2, 50, 40)))  # all rates differ
    targets = np.sort(rng.random(40) * 0.02 + 0.49)

    def gradient(loss):
        with tf.GradientTape() as tape:
            tape.watch(spikes)
            value = loss()
        return value.numpy(), tape.gradient(value, spikes).numpy()

    truth, slope = gradient(lambda: rate_loss(spikes, targets))
    single = tf.cast(spikes, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(single)
        value = rate_distribution_loss(single, tf.constant(targets, tf.float32), rng.random(40))
    np.testing.assert_allclose(value, truth, rtol=1e-4)
    ours = tape.gradient(value, single).numpy()
    np.testing.assert_allclose(ours, slope, rtol=1e-2, atol=1e-2 * np.abs(slope).max())
    # A rate above its target is pulled down: a small enough step along -slope lowers the loss.
    assert rate_loss(spikes - 1e-4 * slope, targets) < truth


def test_rate_loss_is_the_quantile_huber_distance_of_sorted_rates():
    rng = np.random.default_rng(0)
    spikes = (rng.random((2, 200, 30)) < rng.random(30) * 0.05).astype(np.float32)
    targets = target_rate_quantiles(rng.gamma(1, 5, 300), 30)
    assert (np.diff(targets) >= 0).all() and 0 < targets[15] < 0.02  # Hz became spikes per ms
    expected = 0.0
    for k, (rate, target) in enumerate(zip(np.sort(spikes.mean((0, 1))), targets, strict=True)):
        u, tau = rate - target, (k + 1) / 30  # the published sign
        huber = u * u / 2 if abs(u) <= 0.002 else 0.002 * (abs(u) - 0.001)
        expected += abs(tau - (u <= 0)) * huber / 0.002
    value = rate_distribution_loss(spikes, targets.astype(np.float32), rng.random(30))
    np.testing.assert_allclose(value, expected, rtol=1e-4)


def test_the_class_loss_is_divided_by_the_batch_twice_as_published():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, (5, 4))
    weights = np.eye(4)[[2] * 5].astype(np.float32)
    logits = tf.constant(rng.normal(size=(5, 4, 3)).astype(np.float32))
    values, slopes = [], []
    for loss in (v1.ClassLoss(), class_loss):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            values.append(loss(labels, tf.nn.softmax(logits), weights))
        slopes.append(tape.gradient(values[-1], logits))
    np.testing.assert_allclose(*values, rtol=1e-5)
    np.testing.assert_allclose(*slopes, rtol=1e-4, atol=1e-7)
    usual = keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
    once = usual(labels, tf.nn.softmax(logits), weights)
    np.testing.assert_allclose(values[0] * 5, once, rtol=1e-5)


def test_quantiles_are_drawn_as_published_only_on_request():
    rates = np.random.default_rng(3).gamma(1.0, 5.0, 300)
    drawn = np.random.RandomState(3000).uniform(size=40)
    percentiles = (np.arange(300) + 1).astype(np.float32) / 300
    truth = np.sort(np.interp(drawn, percentiles, np.sort(rates))) / 1000
    np.testing.assert_allclose(target_rate_quantiles(rates, 40, random_seed=3000), truth)
    evenly = np.interp((np.arange(40) + 0.5) / 40, (np.arange(300) + 1) / 300, np.sort(rates))
    np.testing.assert_allclose(target_rate_quantiles(rates, 40), evenly / 1000)


# Groups of the task, and the constant score of its first class.
READ = {"evidence": ([3, 4], None), "garrett": ([0], 0.01)}


def whole_loss(network, task, spikes, mv, labels, weights):
    """0.1 times the rate loss, 1e-5 times the voltage loss, and the class loss of the groups."""
    groups, constant = READ[task]
    targets = target_rate_quantiles(network.target_rates, 50, random_seed=17)
    p = network.parameters
    v = (mv - p.E_L) / (p.V_th - p.E_L)
    far = tf.nn.relu(v - 1) ** 2 + tf.nn.relu(-v + 1) ** 2
    undampened = spikes / 0.5 + (1 - 1 / 0.5) * tf.stop_gradient(spikes)
    scores = [
        tf.reduce_mean(tf.gather(undampened, network.readout_groups[g], axis=2), -1) for g in groups
    ]
    if constant is not None:
        scores.insert(0, 0 * scores[0] + constant)
    scores = tf.stack(scores, -1) * (1 + np.log(2.0))  # 1.6931, not trained
    chunks = tf.reduce_mean(tf.reshape(scores, (len(labels), -1, 50, 2)), 2)
    loss = 0.1 * rate_loss(spikes, targets) + 1e-5 * tf.reduce_mean(tf.reduce_sum(far, -1))
    return loss + class_loss(labels, tf.nn.softmax(chunks), weights)


@pytest.fixture(scope="module")
def network():
    return replace(random_network(), settings={"seed": 17, "as_published": True})


def trials():
    rng = np.random.default_rng(4)
    return rng.integers(0, 2, (4, 2)), np.eye(2, dtype=np.float32)[[1] * 4]


@pytest.mark.parametrize("task", READ)
def test_the_whole_loss_and_its_gradients_are_those_of_the_formulas(network, task):
    """With respect to spikes and potentials, of which no two neurons have the same mean."""
    model = create_model(network, 100, noise=False, as_published=True, task=task)
    labels, weights = trials()
    rng = np.random.default_rng(5)
    spikes, mv = (
        tf.constant(rng.random((4, 100, 50))),
        tf.constant(rng.normal(-60, 9, (4, 100, 50))),
    )
    losses = model.get_layer("activity_losses")

    def ours(spikes, mv):
        passed = losses([tf.cast(spikes, tf.float32), tf.cast(mv, tf.float32)])
        chunks = model.get_layer("chunks")(model.get_layer("readout")(passed))
        shown = model.get_layer("probabilities")(chunks)
        return v1.ClassLoss()(labels, shown, weights) + sum(losses.losses)

    values, slopes = [], []
    formula = partial(whole_loss, network, task, labels=labels, weights=weights)
    for loss in (ours, formula):
        with tf.GradientTape() as tape:
            tape.watch([spikes, mv])
            values.append(loss(spikes, mv))
        slopes.append(tape.gradient(values[-1], [spikes, mv]))
    np.testing.assert_allclose(*values, rtol=1e-4)
    for mine, theirs in zip(*slopes, strict=True):
        assert np.abs(theirs).max() > 0
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-3 * np.abs(theirs).max())


def test_the_loss_that_evaluate_shows_is_that_of_the_formulas(network):
    model = create_model(network, 100, noise=False, as_published=True, task="evidence")
    x = (np.random.default_rng(4).random((4, 100, 40)) < 0.12).astype(np.float32)
    labels, weights = trials()
    model.compile("sgd", loss=v1.ClassLoss(), run_eagerly=True)  # rsnn is compiled once for both
    spikes, mv = (
        tf.cast(part, tf.float64)
        for part in keras.Model(model.input, model.get_layer("rsnn").output)(x)
    )
    truth = whole_loss(network, "evidence", spikes, mv, labels, weights)
    value = model.evaluate(x, labels, sample_weight=weights, batch_size=4, verbose=0)
    np.testing.assert_allclose(value, truth, rtol=1e-4)
