"""`health=True`: the numbers of a step are numpy's, and training does not notice them."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from fits import watcher
from kits import KERAS_2, KITS, needs_keras_3, tf_keras
from spiking_models import N_NEURONS, compiled, make_data, make_model

from keras_v1_activity import V1ActivityCallback, load_activity, measures

X, Y = make_data(8)
NAMES = ["e4Rorb"] * 5 + ["i4Pvalb"] * 4
TARGETS = {"e4Rorb": slice(0, 5), "i4Pvalb": slice(5, 9)}


def optimizer_of(kit, name):
    """Plain, or one that scales the loss, clips the gradients and lets the weights decay."""
    optimizers = kit.optimizers
    if name == "sgd":
        return optimizers.SGD(0.05, momentum=0.9)
    if kit is tf_keras:
        return kit.mixed_precision.LossScaleOptimizer(optimizers.Adam(0.01, clipnorm=0.01))
    inner = optimizers.Adam(0.01, clipnorm=0.01, weight_decay=0.1)
    return optimizers.LossScaleOptimizer(inner, initial_scale=2.0**9)


def norm(*arrays):
    return np.sqrt(sum((np.asarray(a, np.float64) ** 2).sum() for a in arrays))


def mean_size(*arrays):
    return np.concatenate([np.abs(np.asarray(a, np.float64)).ravel() for a in arrays]).mean()


def gradients(model, x=X, y=Y):
    """Those of the loss, by a tape of our own."""
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        probabilities = model(x, training=True)
        chosen = tf.gather(probabilities, y, batch_dims=1)
        loss = -tf.reduce_mean(tf.math.log(chosen))
    # Keras 3 has its own kind of variables.
    raw = [v if isinstance(v, tf.Variable) else v.value for v in variables]
    return [tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, raw)]


def weights_of(model):
    return [np.array(v) for v in model.trainable_variables]


def expected(before, after, gradient):
    """The norms of a model of `make_model`: the kernel leads to neurons, the rest reads out."""
    update = [b.astype(np.float64) - a for a, b in zip(before, after, strict=True)]
    parts = {"all": slice(None), "input": slice(0, 1), "readout": slice(1, None)}
    of = {
        name: {
            **{key: measure(*arrays[part]) for key, part in parts.items()},
            **{key: measure(arrays[0][:, columns]) for key, columns in TARGETS.items()},
        }
        for name, measure, arrays in (
            ("gradient_norm", norm, gradient),
            ("mean_abs_gradient", mean_size, gradient),
            ("update_norm", norm, update),
            ("weight_norm", norm, before),
        )
    }
    of["update_ratio"] = {
        key: of["update_norm"][key] / weight for key, weight in of["weight_norm"].items()
    }
    return of


def assert_numbers(health, wanted, rtol=1e-5):
    for name, numbers in wanted.items():
        assert set(health[name]) == set(numbers), name
        for key, number in numbers.items():
            assert health[name][key] == pytest.approx(number, rel=rtol, abs=1e-12), (name, key)


def healthy(log_dir, every=1, **how):
    return watcher(log_dir, every, **{"health": True, "populations": NAMES, **how})


def step_of(model, log_dir, **how):
    """(weights before, weights after, gradients, health) of the first step of a fit."""
    before, gradient = weights_of(model), gradients(model)
    model.fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[healthy(log_dir, **how)])
    with load_activity(log_dir) as run:
        return before, weights_of(model), gradient, run[1].details["health"]


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.__name__)
@pytest.mark.parametrize(
    ("optimizer", "how"),
    [("sgd", {"jit_compile": True}), ("sgd", {"run_eagerly": True}), ("scaled and clipped", {})],
)
def test_numbers_are_those_of_numpy_and_a_tape(tmp_path, kit, optimizer, how):
    model = make_model(kit, optimizer=optimizer_of(kit, optimizer), **how)
    before, after, gradient, health = step_of(model, tmp_path)
    assert_numbers(health, expected(before, after, gradient))
    assert dict(health["not_finite"]) == {"gradients": 0, "weights": 0}
    summary = json.loads((tmp_path / "step_000001" / "summary.json").read_text())
    assert summary["health"]["gradient_norm"] == dict(health["gradient_norm"])


@needs_keras_3
def test_mixed_precision(tmp_path):
    """float16 in the layers: the norms agree as far as float16 does."""
    before_policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = make_model(keras)
    finally:
        keras.config.set_dtype_policy(before_policy)
    before, after, gradient, health = step_of(model, tmp_path)
    wanted = expected(before, after, gradient)
    assert_numbers({"update_norm": health["update_norm"]}, {"update_norm": wanted["update_norm"]})
    assert health["gradient_norm"]["all"] == pytest.approx(wanted["gradient_norm"]["all"], rel=0.02)


class Weights(tf_keras.callbacks.Callback):
    """Keeps the weights as they are after each batch."""

    def __init__(self, model):
        super().__init__()
        self.seen = [weights_of(model)]

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(weights_of(self.model))


def test_looks_of_later_steps_and_the_start_of_training(tmp_path):
    model = make_model(tf_keras, run_eagerly=True)
    weights = Weights(model)
    model.fit(
        X, Y, batch_size=2, shuffle=False, verbose=0, callbacks=[weights, healthy(tmp_path, 2)]
    )
    populations = load_activity(tmp_path)[2].populations
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [2, 4]
        for step in run.steps:
            health = run[step].details["health"]
            before, after = weights.seen[step - 1], weights.seen[step]
            change = norm(*(b - a for a, b in zip(before, after, strict=True)))
            assert health["update_norm"]["all"] == pytest.approx(change, rel=1e-5)
            now, start = after[0], weights.seen[0][0]
            for name, columns in TARGETS.items():
                kernel, first = now[:, columns].ravel(), start[:, columns].ravel()
                found = health["weights"][f"input -> {name}"]
                assert found["mean"] == pytest.approx(kernel.mean(), rel=1e-5)
                moved = np.abs(np.sort(kernel) - np.sort(first)).mean()
                assert found["wasserstein"] == pytest.approx(moved, rel=1e-5)
                target = np.arange(N_NEURONS)[columns][:1].repeat(len(kernel))
                log_normal = measures.weights_by_population(
                    kernel, target, target, populations, start=first
                )[name, name]
                assert found["kl"] == pytest.approx(log_normal["kl"], rel=1e-5)


def test_several_steps_in_one_execution(tmp_path, kit=KITS[0]):
    """The health of the last logged one of them, against the start of the first."""
    model = make_model(kit, steps_per_execution=2, optimizer=kit.optimizers.SGD(0.05))
    alone = make_model(kit, optimizer=kit.optimizers.SGD(0.05))
    seen = [weights_of(alone)]
    for at in (0, 4):
        gradient = gradients(alone, X[at : at + 4], Y[at : at + 4])
        alone.train_on_batch(X[at : at + 4], Y[at : at + 4])
        seen.append(weights_of(alone))
    model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, callbacks=[healthy(tmp_path, 2)])
    with load_activity(tmp_path) as run:
        health = run[2].details["health"]
    assert_numbers(health, expected(seen[1], seen[2], gradient), rtol=1e-4)
    moved = np.abs(np.sort(seen[2][0][:, :5].ravel()) - np.sort(seen[0][0][:, :5].ravel())).mean()
    assert health["weights"]["input -> e4Rorb"]["wasserstein"] == pytest.approx(moved, rel=1e-4)


def state_after(kit, log_dir, **how):
    """All variables of model and optimizer after a fit, with a look at every second step."""
    model = make_model(kit, optimizer=kit.optimizers.Adam(0.02), **how)
    if not KERAS_2:
        model.optimizer.build(model.trainable_variables)
    kit.utils.set_random_seed(5)
    callbacks = [] if log_dir is None else [healthy(log_dir, 2)]
    model.fit(X, Y, batch_size=2, verbose=0, callbacks=callbacks)
    variables = model.optimizer.variables
    variables = variables() if callable(variables) else variables
    return [np.array(v) for v in [*model.weights, *variables]]


@pytest.mark.parametrize(
    ("kit", "jit"), [(KITS[0], True), (KITS[-1], False)], ids=["compiled by XLA", "as a graph"]
)
def test_weights_and_optimizer_are_bit_equal_with_and_without(tmp_path, kit, jit):
    without = state_after(kit, None, jit_compile=jit)
    for a, b in zip(without, state_after(kit, tmp_path, jit_compile=jit), strict=True):
        np.testing.assert_array_equal(a, b)


def test_gradients_that_are_not_finite_are_counted(tmp_path):
    model = make_model(tf_keras, optimizer=tf_keras.optimizers.SGD(0.1), run_eagerly=True)
    x = X.copy()
    x[0, 0, 0] = np.nan
    model.fit(x, Y, batch_size=8, verbose=0, callbacks=[healthy(tmp_path)])
    with load_activity(tmp_path) as run:
        health = run[1].details["health"]
    counts = [np.isnan(w).sum() for w in weights_of(model)]
    assert health["not_finite"]["weights"] == sum(counts) > 0
    assert health["not_finite"]["gradients"] == sum(counts)
    assert health["gradient_norm"]["all"] is None and health["weight_norm"]["all"] > 0
    summary = json.loads((tmp_path / "step_000001" / "summary.json").read_text())
    assert summary["health"]["gradient_norm"]["all"] is None


def recurrent_model(kit):
    """A layer of nine rate neurons with weights among them, and a frozen readout."""
    kit.utils.set_random_seed(3)
    inputs = kit.Input(X.shape[1:])
    states = kit.layers.SimpleRNN(N_NEURONS, return_sequences=True, name="rsnn")(inputs)
    pooled = kit.layers.GlobalAveragePooling1D()(states)
    outputs = kit.layers.Dense(3, activation="softmax", trainable=False, name="readout")(pooled)
    return compiled(kit, kit.Model(inputs, outputs), run_eagerly=True)


def test_recurrent_weights_and_dales_law_where_a_readout_is_not_trained(tmp_path):
    model = recurrent_model(tf_keras)
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[healthy(tmp_path)])
    kernel, recurrent, bias = weights_of(model)
    with load_activity(tmp_path) as run:
        health = run[1].details["health"]
    assert "readout" not in health["weight_norm"]
    assert {"all", "input", "recurrent", *TARGETS} == set(health["weight_norm"])
    # A row a source: those of excitatory neurons must not be below 0, of inhibitory not above.
    wrong = {"e4Rorb": (recurrent[:5] < 0).sum(), "i4Pvalb": (recurrent[5:] > 0).sum()}
    assert dict(health["dale_violations"]) == {**wrong, "all": sum(wrong.values())}
    found = health["weights"]["e4Rorb -> i4Pvalb"]
    assert found["mean"] == pytest.approx(recurrent[:5, 5:].mean(), rel=1e-5)
    assert health["mean_abs_gradient"]["e4Rorb"] > 0
    sizes = norm(kernel), norm(recurrent), norm(bias)
    assert health["weight_norm"]["all"] == pytest.approx(norm(sizes), rel=0.05)


def test_a_probe_has_the_health_of_the_training_step(tmp_path):
    model = make_model(tf_keras, run_eagerly=True)
    before, gradient = weights_of(model), gradients(model)
    callback = healthy(tmp_path, probe_data=(X[:2], Y[:2]))
    model.fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[callback])
    with load_activity(tmp_path) as run:
        assert run[1].source == "probe"
        health = run[1].details["health"]
    assert_numbers(health, expected(before, weights_of(model), gradient))


def test_nothing_is_recorded_unless_it_is_asked_for(tmp_path):
    model = make_model(tf_keras, run_eagerly=True)
    model.fit(X, Y, verbose=0, callbacks=[watcher(tmp_path)])
    with load_activity(tmp_path) as run:
        assert "health" not in run[1].details
    with pytest.raises(ValueError, match="health must be True or False; got 3"):
        V1ActivityCallback(tmp_path, health=3)


def test_the_figure_is_drawn_of_looks_that_have_health(tmp_path):
    model = make_model(tf_keras, run_eagerly=True)
    callback = healthy(tmp_path, figures=("health",))
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[callback])
    callback.look(X, Y)
    assert (tmp_path / "step_000001" / "health.png").stat().st_size > 10_000
    assert callback.recorder.counts["figures_failed"] == 0
    assert len(list(tmp_path.rglob("health*.png"))) == 1
