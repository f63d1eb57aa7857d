"""The V1 model as a user builds, compiles and fits it."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from oracles import input_currents, random_network, simulate_glif3

from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.layers.losses import voltage_loss
from keras_v1_activity.v1.model import create_model

T = 100


@pytest.fixture(scope="module")
def network():
    return random_network()


@pytest.fixture(scope="module")
def plain(network):
    """A model as it is made, without noise; two trials at a time, so that it is compiled once."""
    return create_model(network, T, noise=False)


def spikes_in(network, batch, seed=0, steps=T):
    rng = np.random.default_rng(seed)
    return (rng.random((batch, steps, network.n_input)) < 0.15).astype(np.float32)


def layer_output(model, x, name="rsnn"):
    return keras.Model(model.input, model.get_layer(name).output)(x)


@pytest.mark.parametrize("hard_reset", [False, True])
def test_rsnn_gives_spikes_and_millivolts_of_the_equations(network, plain, hard_reset):
    model = create_model(network, T, noise=False, hard_reset=True) if hard_reset else plain
    x = spikes_in(network, 2)
    # The input is the same in both.
    spikes, potentials = model.get_layer("rsnn")(plain.get_layer("input_layer")(x))
    assert spikes.shape == potentials.shape == (2, T, network.n_neurons)
    for sample in range(2):
        truth, mv = simulate_glif3(
            network.parameters, network.recurrent, input_currents(network, x[sample]),
            hard_reset=hard_reset,
        )  # fmt: skip
        assert truth.sum() > 50
        np.testing.assert_array_equal(spikes[sample] > 0, truth)
        np.testing.assert_allclose(potentials[sample], mv, atol=1e-3)


def test_a_real_valued_input_is_a_current(network, plain):
    x = np.random.default_rng(1).random((2, T, network.n_input)).astype(np.float32) * 0.3
    spikes, _ = layer_output(plain, x)
    truth, _ = simulate_glif3(network.parameters, network.recurrent, input_currents(network, x[0]))
    np.testing.assert_array_equal(spikes[0] > 0, truth)


def test_gradients_of_recurrent_and_input_weights_equal_the_plain_formulation(network, plain):
    """The loss reaches the weights through the readout, the rate and the voltage loss."""
    inputs, rsnn = plain.get_layer("input_layer"), plain.get_layer("rsnn")
    x = spikes_in(network, 2)
    direction = np.random.default_rng(3).normal(size=(2, T, 50)).astype(np.float32)

    def loss(spikes, mv):
        p = network.parameters
        v = (mv - p.E_L.astype(np.float32)) / p.voltage_scale.astype(np.float32)
        return tf.reduce_sum(spikes * direction) + voltage_loss(v, -1.0)

    with tf.GradientTape() as tape:
        mine = loss(*layer_output(plain, x))
    weights = [rsnn.sparse_recurrent_weights, inputs.sparse_input_weights]
    ours = tape.gradient(mine, [w.value for w in weights])

    recurrent, lgn = (tf.Variable(w.numpy()) for w in weights)
    table = network.inputs
    with tf.GradientTape() as tape:
        sent = tf.gather(tf.constant(x), table.source, axis=2) * lgn
        rows = tf.math.unsorted_segment_sum(tf.transpose(sent, (2, 0, 1)), table.row, 200)
        spikes, v = reference.run(
            network.parameters, network.recurrent, recurrent, tf.transpose(rows, (1, 2, 0))
        )
        scale = tf.constant(network.parameters.voltage_scale, tf.float32)
        truth = loss(spikes, v * scale + tf.constant(network.parameters.E_L, tf.float32))
    theirs = tape.gradient(truth, [recurrent, lgn])
    assert tf.reduce_sum(spikes) > 50
    np.testing.assert_allclose(mine, truth, rtol=1e-5)
    for a, b in zip(ours, theirs, strict=True):
        b = tf.convert_to_tensor(b).numpy()
        np.testing.assert_allclose(a.numpy(), b, atol=1e-5 * np.abs(b).max())


def test_the_background_is_shared_by_all_neurons_and_has_the_published_mean(network):
    model = create_model(network, 600, seed=3)
    layer = model.get_layer("input_layer")
    silent = np.zeros((40, 600, network.n_input), np.float32)
    currents = layer(silent).numpy()
    weights = (10 * network.background_weights / network.parameters.voltage_scale[:, None]).ravel()
    weights = weights[layer.rows]
    strength = currents[:, :, weights > 0] / weights[weights > 0]
    np.testing.assert_allclose(
        strength, np.broadcast_to(strength[:, :, :1], strength.shape), rtol=1e-4
    )
    tenths = strength[:, :, 0] * 10
    np.testing.assert_allclose(tenths, np.rint(tenths), atol=1e-3)  # sums of ten 0/1 draws
    assert abs(tenths.mean() - 1.0) < 5 * np.sqrt(0.9 / tenths.size)
    assert abs(tenths.var() - 0.9) < 0.05
    assert not np.array_equal(layer(silent).numpy(), currents)


def test_recorded_noise_is_drawn_for_each_neuron_and_receptor(network):
    noisy = replace(network, noise_samples=np.array([-1.0, 10.0, 100.0]))
    layer = create_model(noisy, T, seed=3).get_layer("input_layer")
    currents = layer(np.zeros((30, T, network.n_input), np.float32)).numpy()
    assert currents.shape == (30, T, 200)
    # Per trial and row one slow draw, plus one of three fast ones: 2 * (slow + fast).
    sums = {2.0 * (a + b) for a in (-1, 10, 100) for b in (-1, 10, 100)}
    assert set(np.unique(currents)) == sums
    assert all(
        len(np.unique(trace)) == 3 for trace in currents.transpose(0, 2, 1)[:, ::50].reshape(-1, T)
    )
    assert not np.array_equal(currents[:, :, 0], currents[:, :, 1])
    assert abs(currents.mean() / (4 * 109 / 3) - 1) < 0.1


@pytest.mark.parametrize("jit_compile", ["auto", True, False])
def test_compiles_and_fits_with_keras_defaults(network, jit_compile):
    model = create_model(network, T, n_output=4, readout="linear", use_dale_law=True)
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile="auto")
    if jit_compile is False and not model.jit_compile:
        pytest.skip("Keras takes the default, which is tested, for False: there is no GPU here")
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=jit_compile)
    # Else the training step is traced twice, for the optimizer's variables.
    model.optimizer.build(model.trainable_variables)
    names = [layer.name for layer in model.layers]
    assert {"input_layer", "rsnn", "prediction"} <= set(names)
    x, y = spikes_in(network, 4), np.zeros((4, T // 50), np.int32)
    before = model.get_layer("rsnn").sparse_recurrent_weights.numpy()
    history = model.fit(x, y, batch_size=2, epochs=3, verbose=0)
    after = model.get_layer("rsnn").sparse_recurrent_weights.numpy()
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert (before != after).any()
    assert (before * after >= 0).all()  # Dale's law
    shown = model.predict(x, batch_size=2, verbose=0)
    np.testing.assert_allclose(shown.sum(-1), 1.0, rtol=1e-5)


def test_dales_law_holds_under_steps_that_would_flip_every_sign_and_is_optional(network, plain):
    """The law is the optimizer's to keep: gradients are the same with it and without."""
    x, labels = spikes_in(network, 2), np.ones((2, T // 50))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, plain(x)))
        loss += sum(plain.losses)
    gradients = tape.gradient(loss, [v.value for v in plain.trainable_variables])
    for dale in (True, False):
        model = create_model(network, T, noise=False, use_dale_law=dale)
        layers = [model.get_layer("rsnn"), model.get_layer("input_layer")]
        start = [layer.trainable_variables[0].numpy() for layer in layers]
        keras.optimizers.SGD(1e3).apply(gradients, model.trainable_variables)
        flipped = [
            (w * layer.trainable_variables[0].numpy() < 0).any()
            for w, layer in zip(start, layers, strict=True)
        ]
        assert any(flipped) != dale


def test_mixed_precision_keeps_the_state_in_float32(network, plain):
    x = spikes_in(network, 2)
    expected = layer_output(plain, x)[0]
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = create_model(network, T, noise=False, readout="linear")
    finally:
        keras.config.set_dtype_policy("float32")
    spikes, potentials = layer_output(model, x)
    assert potentials.dtype == spikes.dtype == tf.float32
    np.testing.assert_array_equal(spikes, expected)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    # Of a known size: what the call above has compiled is used again.
    model.fit(tf.data.Dataset.from_tensors((x, np.zeros((2, 2)))), verbose=0)


def test_group_readout_is_the_mean_of_its_neurons_and_undampened(network, plain):
    model = plain  # ten classes, read from groups
    assert model.get_layer("rsnn").cell.neurons.readout_neurons.size == 30
    x = spikes_in(network, 2)
    spikes = layer_output(model, x)[0].numpy()
    scores = layer_output(model, x, "prediction").numpy()
    scale = 1 + np.log(2.0)  # 1 + softplus(0)
    for k in range(10):
        group = network.readout_groups[5 + k]
        np.testing.assert_allclose(scores[:, :, k], spikes[:, :, group].mean(-1) * scale, rtol=1e-5)
    layer = model.get_layer("readout")
    z = tf.Variable(spikes)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(z))
    slope = tape.gradient(total, z).numpy()[0, 0, network.readout_groups[5]]
    np.testing.assert_allclose(slope, scale / 3 / 0.5, rtol=1e-5)


def test_missing_groups_are_named_and_auto_falls_back_to_the_linear_readout():
    small = random_network(n=20)
    with pytest.raises(ValueError, match=r"cannot fill \[5, 6, .*readout='linear'"):
        create_model(small, T, readout="groups")
    assert create_model(small, T).get_layer("projection") is not None


def test_currents_on_request(network, plain):
    model = create_model(network, T, noise=False, return_currents=True)
    x = spikes_in(network, 2)
    spikes, potentials, currents = model.get_layer("rsnn")(plain.get_layer("input_layer")(x))
    p = network.parameters
    assert currents["asc"].shape == (2, T, 50, 2)
    assert currents["psc"].shape == currents["psc_rise"].shape == (2, T, 50, 4)
    # The membrane equation, from the returned pA and mV alone.
    mv, decay = potentials.numpy()[0], np.exp(-p.g / p.C_m)
    drive = (currents["psc"].numpy().sum(-1) + currents["asc"].numpy().sum(-1))[0]
    z = spikes.numpy()[0]
    expected = p.E_L + (mv[:-1] - p.E_L) * decay + (1 - decay) / p.g * drive[:-1]
    expected += z[:-1] * (p.V_reset - p.V_th)
    np.testing.assert_allclose(mv[1:], expected, atol=1e-2)


def test_two_models_from_one_network_are_equal_and_the_network_is_unchanged(network):
    weights = network.recurrent.weight.copy()
    first, second = (create_model(network, T, seed=1) for _ in range(2))
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(network.recurrent.weight, weights)


def test_weights_can_be_saved_and_loaded(network, plain, tmp_path):
    """By a model that never ran, and by one that ran with others."""
    x, start = spikes_in(network, 2), plain.get_weights()
    before = plain(x).numpy()
    rsnn = plain.get_layer("rsnn")
    rsnn.sparse_recurrent_weights.assign(rsnn.sparse_recurrent_weights * 0.5)
    halved, weights = plain(x).numpy(), plain.get_weights()
    plain.save_weights(tmp_path / "v1.weights.h5")
    plain.set_weights(start)
    other = create_model(network, T, noise=False)
    for model in (other, plain):
        model.load_weights(tmp_path / "v1.weights.h5")
        for a, b in zip(model.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(a, b)
    shown = plain(x).numpy()
    plain.set_weights(start)
    np.testing.assert_array_equal(shown, halved)
    assert not np.array_equal(halved, before)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(seq_len=70), "whole number of chunks of 50 ms, e.g. 50 or 100 .* got 70"),
        (dict(seq_len="a"), "seq_len must be a whole number of at least 1.* got 'a'"),
        (dict(n_output=0), "n_output must be a whole number of at least 1.* got 0"),
        (dict(max_delay=0), "max_delay must be .* got 0"),
        (dict(dt=float("nan")), "dt must be a number above 0.* got nan"),
        (dict(chunk_ms=0), "chunk_ms must be .* got 0"),
        (dict(gauss_std=0), "gauss_std must be .* got 0"),
        (dict(rate_cost=-1), "rate_cost must be a number of at least 0.* got -1"),
        (dict(seq_len=T, readout="dense"), r"readout must be one of .*'dense'"),
    ],
)
def test_bad_arguments_get_one_sentence(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        create_model(network, **{"seq_len": T, **arguments})
    with pytest.raises(ValueError, match="network must be a V1Network.* got a str"):
        create_model("GLIF_network", T)


def test_losses_on_activity_are_part_of_the_models_loss(network, plain):
    spikes, mv = layer_output(plain, spikes_in(network, 2))

    def total(**costs):
        model = create_model(network, T, noise=False, readout="linear", **costs)
        model.get_layer("activity_losses")([spikes, mv])
        return sum(float(value) for value in model.losses)

    assert total(rate_cost=0.0, voltage_cost=0.0) == 0.0
    p = network.parameters
    v = (mv.numpy() - p.E_L) / p.voltage_scale
    truth = (np.maximum(v - 1, 0) ** 2 + np.maximum(1 - v, 0) ** 2).sum(-1).mean()
    np.testing.assert_allclose(total(rate_cost=0.0, voltage_cost=2.0), 2 * truth, rtol=1e-4)
    assert total(rate_cost=0.1, voltage_cost=0.0) > 0
    assert len(plain.losses) == 2  # of its own call
