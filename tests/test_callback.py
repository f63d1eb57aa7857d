"""V1ActivityCallback in real fits: what is stored is what the training step computed."""

import os
import warnings
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from spiking_models import (
    N_CLASSES,
    N_IN,
    N_NEURONS,
    N_STEPS,
    compiled,
    make_data,
    make_layer_class,
    make_model,
    truth,
)

from keras_v1_activity import V1ActivityCallback, load_activity
from keras_v1_activity.activity.populations import Populations

X, Y = make_data(8)


class Kernels(keras.callbacks.Callback):
    """Keeps the spiking layer's kernel as it is before each batch."""

    def __init__(self, layer=None):
        super().__init__()
        self.seen = []
        self.layer = layer

    def on_train_batch_begin(self, batch, logs=None):
        layer = self.layer or self.model.get_layer("rsnn")
        self.seen.append(layer.kernel.numpy())


def watcher(log_dir, every=1, **how):
    """A callback that draws nothing, so that tests are fast."""
    return V1ActivityCallback(log_dir, every, **{"figures": (), "background": False, **how})


def fit(model, callback, x=X, y=Y, batch_size=3, **how):
    """fit without shuffling; returns the kernels before each batch."""
    kernels = Kernels()
    how = {"epochs": 1, "shuffle": False, "verbose": 0, **how}
    model.fit(x, y, batch_size=batch_size, callbacks=[kernels, callback], **how)
    return kernels.seen


def assert_is(activity, kernel, x, ids=None):
    """The activity equals that of the plain equations for the sample `x`."""
    spikes, voltages = truth(kernel, x)
    np.testing.assert_array_equal(activity.spikes(), spikes)
    ids = activity.voltage_neurons if ids is None else ids
    np.testing.assert_allclose(activity.voltages, voltages[:, ids], rtol=1e-5, atol=1e-3)


@pytest.fixture(scope="module")
def reader():
    """One compiled model to try arguments on; its weights change from test to test."""
    return make_model(keras)


@pytest.mark.parametrize("jit", [False, True, "auto"])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_live_capture_equals_truth(tmp_path, jit, batch_size):
    model = make_model(keras, jit_compile=jit)
    kernels = fit(model, watcher(tmp_path, voltage_neurons=[8, 1]), X, Y, batch_size)
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == list(range(1, len(kernels) + 1))
        # Batches of 3 from 8 samples end with a ragged one.
        for i, kernel in enumerate(kernels):
            a, first = run[i + 1], i * batch_size
            assert_is(a, kernel, X[first], [8, 1])
            assert a.label == Y[first] and a.source == "live"
            np.testing.assert_allclose(a.inputs, X[first], rtol=1e-6)
            assert a.confidence.sum() == pytest.approx(1, abs=1e-5)


def test_sample_of_a_ragged_last_batch_and_side_by_side_view(tmp_path, monkeypatch):
    callback = watcher(tmp_path, sample_index=2, figures=("predictions",), save_data=False)
    taken = []
    monkeypatch.setattr(callback.recorder, "record_made", lambda step, make: taken.append(make()))
    kernels = fit(make_model(keras), callback)
    assert [a.sample_index for a in taken] == [2, 2, 1]
    for i, a in enumerate(taken):
        batch = X[3 * i : 3 * i + 3]
        assert_is(a, kernels[i], batch[a.sample_index])
        every = np.stack([truth(kernels[i], x)[0] for x in batch])
        np.testing.assert_array_equal(a.batch.spikes, every[:, :, a.batch.neurons])
        assert a.batch.labels.tolist() == Y[3 * i : 3 * i + 3].tolist()


@pytest.mark.parametrize("jit", [False, True])
def test_training_is_the_same_with_and_without(tmp_path, jit):
    weights = []
    for callbacks in ([], [watcher(tmp_path, 2)]):
        model = make_model(keras, jit_compile=jit)
        keras.utils.set_random_seed(5)
        model.fit(X, Y, batch_size=4 if jit else 3, epochs=2, verbose=0, callbacks=callbacks)
        weights.append(model.get_weights())
    for without, with_callback in zip(*weights, strict=True):
        np.testing.assert_array_equal(without, with_callback)


def test_steps_count_over_epochs_fits_and_initial_epoch(tmp_path):
    model, callback = make_model(keras), watcher(tmp_path, 2)
    kernels = fit(model, callback, epochs=2)
    first_trace = callback._live._tapped
    kernels += fit(model, callback, epochs=7, initial_epoch=6)
    assert callback._live._tapped is first_trace  # nothing was compiled again
    model.fit(X, Y, batch_size=3, verbose=0, shuffle=False)
    kernels += [None] * 3 + fit(model, callback)
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [2, 4, 6, 8, 14]
        for step in run.steps:
            assert_is(run[step], kernels[step - 1], X[(step - 1) % 3 * 3])


def test_validation_evaluate_and_predict_have_no_taps(tmp_path):
    model, callback = make_model(keras), watcher(tmp_path, 3)
    kernels = fit(model, callback, validation_data=(-X, Y), epochs=2)
    assert model.evaluate(-X, Y, verbose=0, callbacks=[callback]) >= 0
    model.predict(-X, verbose=0, callbacks=[callback])
    callback._live._armed.assign(True)
    callback._live._layer_shelf.clear()
    model.evaluate(-X, Y, verbose=0)
    assert callback._live._layer_shelf.take() is None
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3, 6]
        for step in run.steps:
            assert_is(run[step], kernels[step - 1], X[6])


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


def test_several_due_in_one_execution_keep_the_last_and_say_so(tmp_path):
    model = make_model(keras, steps_per_execution=4)
    with pytest.warns(RuntimeWarning, match="log_every_n_steps is 1.* 4 steps per execution") as w:
        model.fit(X, Y, batch_size=1, verbose=0, epochs=2, callbacks=[watcher(tmp_path)])
    assert sum("per execution" in str(each.message) for each in w) == 1
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [4, 8, 12, 16]


def test_gradient_accumulation_counts_batches(tmp_path):
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    model, callback = make_model(keras, optimizer=optimizer), watcher(tmp_path, 3)
    fit(model, callback)
    fit(model, watcher(tmp_path, 3))
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3, 6]


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


@pytest.mark.parametrize(
    ("policy", "tolerance"), [("mixed_float16", 2e-3), ("mixed_bfloat16", 2e-2)]
)
def test_mixed_precision(tmp_path, policy, tolerance):
    keras.mixed_precision.set_global_policy(policy)
    try:
        model = make_model(keras, optimizer="sgd", jit_compile=True)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    kernels = fit(model, watcher(tmp_path, sample_index=1))
    forward = keras.Model(model.input, model.get_layer("rsnn").output)
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [1, 2, 3]
        for step in run.steps:
            a, x = run[step], X[3 * step - 2 : 3 * step - 1]
            model.get_layer("rsnn").kernel.assign(kernels[step - 1])
            spikes, voltages = (np.array(t, np.float32)[0] for t in forward(x, training=True))
            assert a.voltages.dtype == np.float32
            np.testing.assert_allclose(a.voltages, voltages[:, a.voltage_neurons], rtol=tolerance)
            assert np.mean(a.spikes() != (spikes > 0)) < 0.02


@pytest.mark.parametrize("returns", ["spikes", "dict", "odd"])
def test_other_outputs(tmp_path, returns):
    extract = (lambda out: (out["s"], out["u"])) if returns == "odd" else None
    kernels = fit(make_model(keras, returns), watcher(tmp_path, extract=extract))
    with load_activity(tmp_path) as run:
        ids = [] if returns == "spikes" else None
        assert_is(run[2], kernels[1], X[3], ids)


def nested_model():
    inner_in = keras.Input((N_STEPS, N_IN))
    layer = make_layer_class(keras)(name="rsnn")
    inner = keras.Model(inner_in, layer(inner_in)[0], name="core")
    inputs = keras.Input((N_STEPS, N_IN))
    pooled = keras.layers.GlobalAveragePooling1D()(inner(inputs * 0.5))
    outputs = keras.layers.Dense(N_CLASSES, activation="softmax")(pooled)
    return compiled(keras, keras.Model(inputs, outputs)), layer


def test_nested_layer_live_and_probe(tmp_path):
    model, layer = nested_model()
    kernels, callback = Kernels(layer), watcher(tmp_path)
    model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, callbacks=[kernels, callback])
    with load_activity(tmp_path) as run:
        assert_is(run[2], kernels.seen[1], X[4] * 0.5)
    assert_is(callback.look(X[3:4]), layer.kernel, X[3] * 0.5)


@keras.saving.register_keras_serializable("tests")
class Subclassed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.core = make_layer_class(keras)(name="rsnn")
        self.readout = keras.layers.Dense(N_CLASSES, activation="softmax")

    def call(self, x):
        spikes, _ = self.core(x)
        return self.readout(tf.reduce_mean(spikes, 1))


class OwnTrainStep(Subclassed):
    """A training step that never calls compute_loss."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, self(x)))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables, strict=True))
        return {"loss": loss}


@pytest.mark.parametrize("how", [{}, {"run_eagerly": True}, {"jit_compile": True}])
def test_subclassed_model_has_live_capture(tmp_path, how):
    model = compiled(keras, Subclassed(), **how)
    kernels, callback = Kernels(model.core), watcher(tmp_path)
    model(X[:1])
    model.fit(X, Y, batch_size=3, shuffle=False, verbose=0, callbacks=[kernels, callback])
    with load_activity(tmp_path) as run:
        assert_is(run[3], kernels.seen[2], X[6])
        assert run[3].label == Y[6]
    with pytest.raises(ValueError, match="subclassed.*live capture"):
        callback.look(X)


def test_training_step_without_compute_loss_still_gives_spikes(tmp_path):
    model = compiled(keras, OwnTrainStep())
    model(X[:1])
    kernels = Kernels(model.core)
    model.fit(X, Y, batch_size=3, shuffle=False, verbose=0, callbacks=[kernels, watcher(tmp_path)])
    with load_activity(tmp_path) as run:
        assert_is(run[2], kernels.seen[1], X[3])
        assert run[2].label is None and run[2].outputs is None and run[2].inputs is None


def test_sequences_of_changing_length(tmp_path):
    model = make_model(keras, n_steps=None)
    lengths = [5, 9, 5, 7]
    batches = [(make_data(2, n, seed=n)[0], Y[:2]) for n in lengths]
    kernels = Kernels()
    model.fit((batch for batch in batches), verbose=0, callbacks=[kernels, watcher(tmp_path)])
    with load_activity(tmp_path) as run:
        assert [run[s].n_steps for s in run.steps] == lengths
        for i, (x, _) in enumerate(batches):
            assert_is(run[i + 1], kernels.seen[i], x[0])


def test_labels_and_weights_per_chunk(tmp_path):
    model = make_model(keras, per_step=True)
    y = np.tile(np.arange(N_STEPS) % N_CLASSES, (8, 1))
    weights = np.zeros((8, N_STEPS), np.float32)
    weights[:, 4] = 1
    fit(model, watcher(tmp_path), y=y, sample_weight=weights)
    with load_activity(tmp_path) as run:
        a = run[1]
        assert a.label == 4 % N_CLASSES and a.outputs.shape == (N_STEPS, N_CLASSES)
        np.testing.assert_allclose(a.confidence, a.outputs[4], rtol=1e-5)


def untouched(model):
    """Names and identities of all that hangs on the model and its spiking layer."""
    layer = model.get_layer("rsnn")
    skip = {"history", "stop_training", "_eval_epoch_iterator", "_compile_metrics", "_called"}
    return {
        **{("model", k): id(v) for k, v in vars(model).items() if k not in skip},
        **{("layer", k): id(v) for k, v in vars(layer).items()},
    }


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


def test_normal_end_leaves_the_model_as_found(tmp_path):
    model = make_model(keras)
    model.fit(X, Y, batch_size=3, verbose=0)
    before, names = untouched(model), [w.path for w in model.weights]
    fit(model, watcher(tmp_path / "log"), epochs=2)
    assert untouched(model) == before and [w.path for w in model.weights] == names
    model.save_weights(tmp_path / "w.weights.h5")
    fresh = make_model(keras)
    fresh.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(
        model.predict(X, verbose=0), fresh.predict(X, verbose=0)
    )  # fmt: skip


def test_train_function_made_anew_by_another_callback(tmp_path):
    class Refresh(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.make_train_function(force=True)

    model, callback = make_model(keras), watcher(tmp_path)
    model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[Refresh(), callback])
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [1, 2, 3, 4]


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


def test_populations_from_names_layer_and_network(tmp_path):
    names = ["e23Cux2"] * 5 + ["i4Pvalb"] * 4

    class Network:
        neurons = None

    model = make_model(keras, run_eagerly=True)
    network = Network()
    network.neurons = Populations.from_names(names)
    for k, given in enumerate([names, np.array(names), Populations.from_names(names), network]):
        fit(model, watcher(tmp_path / str(k), populations=given), batch_size=8)
        with load_activity(tmp_path / str(k)) as run:
            last = run[run.steps[-1]]
            assert last.populations.names_per_neuron().tolist() == names
    model.get_layer("rsnn").neurons = Populations.from_names(names)
    fit(model, watcher(tmp_path / "layer"), batch_size=8)
    with load_activity(tmp_path / "layer") as run:
        assert run[run.steps[-1]].populations.names == ("e23Cux2", "i4Pvalb")


def test_capture_that_fails_warns_once_and_training_goes_on(tmp_path, monkeypatch):
    callback = watcher(tmp_path)

    def broken():
        raise tf.errors.InternalError(None, None, "device lost")

    model = make_model(keras)
    start = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: monkeypatch.setattr(callback._live, "after_batch", broken)
    )
    with pytest.warns(RuntimeWarning, match="device lost") as seen:
        model.fit(X, Y, batch_size=3, verbose=0, callbacks=[callback, start])
    assert sum("device lost" in str(w.message) for w in seen) == 1


def test_run_folder_and_figures(tmp_path):
    callback = V1ActivityCallback(tmp_path, 2, figures=("raster",), background=False)
    fit(make_model(keras), callback)
    assert (tmp_path / "step_000002" / "raster.png").stat().st_size > 1000
    for name in ("activity_summary.npz", "run.json"):
        assert (tmp_path / name).exists()
    assert "ThresholdLayer" in (tmp_path / "network_state.txt").read_text(encoding="utf-8")


def test_figures_drawn_beside_the_training_can_be_waited_for(tmp_path):
    callback = V1ActivityCallback(tmp_path, 2, figures=("raster",))
    model = make_model(keras)
    for _ in range(2):
        fit(model, callback)
    assert callback.wait_for_figures()
    for step in (2, 4, 6):
        assert (tmp_path / f"step_{step:06d}" / "raster.png").stat().st_size > 1000
    counts = load_activity(tmp_path).info["counts"]
    assert (counts["looks"], counts["figures_drawn"], counts["figures_dropped"]) == (3, 3, 0)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [({"log_every_n_steps": 0}, "log_every_n_steps"), ({"log_every_n_steps": -1}, "at least 1"),
     ({"log_every_n_steps": "x"}, "'x'"), ({"figures": ("rastr",)}, "rastr"),
     ({"layer_name": 3}, "layer_name"), ({"extract": "spikes"}, "extract"), ({"dt": 0}, "dt"),
     ({"sample_index": -1}, "sample_index"), ({"populations": [1, 2]}, "populations"),
     ({"voltage_neurons": "all"}, "voltage_neurons"),
     ({"probe_data": (X, Y, Y)}, "probe_data"), ({"probe_data": iter([])}, "probe_data"),
     ({"probe_data": X[:2], "sample_index": 2}, "sample_index is 2, but the batch has 2")],
)  # fmt: skip
def test_wrong_argument_is_refused_at_once(tmp_path, how, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        V1ActivityCallback(tmp_path, **how)
    assert "\n" not in str(error.value)


def test_unwritable_folder_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="log_dir"):
        V1ActivityCallback(os.fspath(tmp_path / "file"))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [({"layer_name": "cortex"}, "no layer 'cortex'; it has .*'rsnn', .*layer_name="),
     ({"layer_name": "prediction"}, r"'prediction' must give .*\(None, 3\)"),
     ({"sample_index": 3}, "sample_index is 3, but the batch has 3 samples"),
     ({"voltage_neurons": [2, 9]}, "neuron 9, but the layer has 9"),
     ({"populations": ["e4"] * 8}, "names 8 neurons, but layer 'rsnn' has 9"),
     ({"extract": lambda out: out[0][:, 0]}, "extract"),
     ({"probe_data": X, "layer_name": "prediction"}, "'prediction' must give"),
     ({"probe_data": X, "voltage_neurons": [9]}, "neuron 9, but the layer has 9")],
)  # fmt: skip
def test_what_only_the_model_can_tell_is_refused_in_the_first_batch(
    tmp_path, reader, how, sentence
):
    before, weights = untouched(reader), reader.get_weights()
    with pytest.raises(ValueError, match=sentence) as error:
        fit(reader, watcher(tmp_path, **how))
    message = str(error.value)
    assert "\n" not in message and "Exception encountered" not in message
    after = untouched(reader)
    for name in before.keys() | after.keys():
        if name != ("model", "train_function"):
            assert before.get(name) == after.get(name), name
    if "sample_index" not in how:
        for old, new in zip(weights, reader.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


def test_unknown_length_under_xla_is_one_sentence(tmp_path):
    model = make_model(keras, n_steps=None, jit_compile=True)
    batches = ((make_data(2, n)[0], Y[:2]) for n in (5, 9, 7))
    # Keras asks for tracing with the first batches' shapes; the length is unknown at once.
    with pytest.raises(ValueError, match="unknown length.*jit_compile=False"):
        model.fit(batches, verbose=0, callbacks=[watcher(tmp_path)])


@pytest.mark.parametrize("jit_compile", [False, "auto"])
def test_two_callbacks_on_one_model_both_record(tmp_path, jit_compile):
    """Each at its own steps, over two fits, and the model is as found afterwards."""
    model = make_model(keras, jit_compile=jit_compile)
    model.fit(X, Y, batch_size=3, verbose=0, shuffle=False)
    own = model.train_function
    first, second = watcher(tmp_path / "a", 1), watcher(tmp_path / "b", 2, sample_index=1)
    kernels = Kernels()
    for _ in range(2):
        model.fit(X, Y, batch_size=3, verbose=0, shuffle=False, callbacks=[kernels, first, second])
        assert model.train_function is own
    with load_activity(tmp_path / "a") as run, load_activity(tmp_path / "b") as other:
        assert run.steps.tolist() == [4, 5, 6, 7, 8, 9] and other.steps.tolist() == [4, 6, 8]
        for step in other.steps:
            batch = (step - 1) % 3
            assert_is(run[step], kernels.seen[step - 4], X[3 * batch])
            assert_is(other[step], kernels.seen[step - 4], X[3 * batch + 1])
    model.fit(X, Y, batch_size=3, verbose=0, shuffle=False, callbacks=[kernels, second])
    with load_activity(tmp_path / "b") as other:
        assert other.steps.tolist() == [4, 6, 8, 10, 12]


def test_two_callbacks_on_one_folder_are_refused(tmp_path):
    model = make_model(keras)
    before = model.get_weights()
    both = [watcher(tmp_path / "log"), watcher(os.path.join(tmp_path, "x", "..", "log"), 2)]
    with pytest.raises(ValueError, match="two callbacks of one fit write into log_dir '.*log'"):
        model.fit(X, Y, verbose=0, callbacks=both)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    # What the fit left on the model is not taken for a callback of the next one.
    for callback in (both[0], watcher(tmp_path / "log")):
        fit(model, callback)
    assert load_activity(tmp_path / "log").steps.tolist() == [1, 2, 3, 4, 5, 6]


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
