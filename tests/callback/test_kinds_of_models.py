"""Every kind of Keras model: live, by a probe and by a look."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from fits import X, Y, assert_is, fit, watcher
from kits import KITS
from spiking_models import N_CLASSES, N_IN, N_STEPS, compiled, make_layer_class, prepare, spikes_of

from keras_v1_activity import load_activity
from keras_v1_activity.capture.models import all_layers


def spiking(kit, **how):
    return make_layer_class(kit)(**{"returns": "spikes", "name": "rsnn", **how})


def readout(kit):
    return [kit.layers.GlobalAveragePooling1D(), kit.layers.Dense(N_CLASSES, "softmax")]


def sequential(kit):
    return kit.Sequential([kit.Input((N_STEPS, N_IN)), spiking(kit), *readout(kit)])


def sequential_in_functional(kit):
    inputs = kit.Input((N_STEPS, N_IN))
    out = kit.Sequential([spiking(kit)])(inputs)
    for layer in readout(kit):
        out = layer(out)
    return kit.Model(inputs, out)


def functional_in_sequential(kit):
    inputs = kit.Input((N_STEPS, N_IN))
    core = kit.Model(inputs, spiking(kit)(inputs))
    return kit.Sequential([kit.Input((N_STEPS, N_IN)), core, *readout(kit)])


def made_in_build(kit):
    class Core(kit.layers.Layer):
        def build(self, shape):
            self.s = spiking(kit)

        def call(self, x):
            return self.s(x)

    class Whole(kit.Model):
        def __init__(self):
            super().__init__()
            self.core = Core()
            self.rest = readout(kit)

        def call(self, x):
            x = self.core(x)
            for layer in self.rest:
                x = layer(x)
            return x

    return Whole()


def made_before_its_model_is_built(kit):
    class Whole(kit.Model):
        def __init__(self):
            super().__init__()
            self.parts = [spiking(kit), *readout(kit)]

        def call(self, x):
            for layer in self.parts:
                x = layer(x)
            return x

    return Whole()


def made_in_call(kit):
    class Whole(kit.Model):
        def __init__(self):
            super().__init__()
            self.first = kit.layers.Dense(9)
            self.rest = readout(kit)

        def call(self, x):
            x = kit.layers.ReLU(name="rsnn")(self.first(x))
            for layer in self.rest:
                x = layer(x)
            return x

    return Whole()


KINDS = [sequential, sequential_in_functional, functional_in_sequential]
LATE = [made_in_build]


@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("kind", [*KINDS, *LATE, made_before_its_model_is_built])
def test_live_from_the_first_step(tmp_path, kit, kind):
    model = compiled(kit, kind(kit), optimizer=kit.optimizers.SGD(0.0))
    callback = watcher(tmp_path)
    model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, callbacks=[callback])
    assert callback.recorder.counts.get("network_state_failed", 0) == 0
    (layer,) = {id(own): own for own in all_layers(model) if own.name == "rsnn"}.values()
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [1, 2]
        for step in (1, 2):
            assert_is(run[step], layer.kernel.numpy(), X[4 * (step - 1)], ids=[])
            assert run[step].label == Y[4 * (step - 1)]
    assert (tmp_path / "network_state.txt").is_file()


@pytest.mark.parametrize("kind", KINDS + LATE)
def test_probe_and_look(tmp_path, kind):
    model = compiled(keras, kind(keras), optimizer=keras.optimizers.SGD(0.0))
    callback = watcher(tmp_path, probe_data=(X[:2], Y[:2]))
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[callback])
    a = callback.look(X[3:5], Y[3:5])
    (layer,) = {id(own): own for own in all_layers(model) if own.name == "rsnn"}.values()
    assert_is(a, layer.kernel.numpy(), X[3], ids=[])
    assert_is(load_activity(tmp_path)[1], layer.kernel.numpy(), X[0], ids=[])
    if kind in KINDS:
        spikes, outputs = callback.intermediate_model(X)
        np.testing.assert_allclose(outputs, model(X), rtol=1e-5)
        assert spikes.shape[:2] == (8, N_STEPS)


@pytest.mark.parametrize("kit", KITS)
def test_a_layer_that_each_call_makes_again(tmp_path, kit):
    model = compiled(kit, made_in_call(kit), optimizer=kit.optimizers.SGD(0.0))
    live, callback = watcher(tmp_path / "live"), watcher(tmp_path / "probe", probe_data=X[2:4])
    for _ in range(2):
        model.fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[live, callback])
    seen = np.asarray(model.first(X)) > 0
    for folder, sample in (("live", 0), ("probe", 2)):
        with load_activity(tmp_path / folder) as run:
            assert run.steps.tolist() == [1, 2]
            for look in run:
                np.testing.assert_array_equal(look.spikes(), seen[sample])
    np.testing.assert_array_equal(callback.look(X[5:]).spikes(), seen[5])


def test_dicts_in_and_out_of_nested_models(tmp_path):
    core_in = {"s": keras.Input((N_STEPS, N_IN), name="s"), "c": keras.Input((2,), name="c")}
    mean = keras.layers.GlobalAveragePooling1D()(spikes_of(spiking(keras)(core_in["s"])))
    core = keras.Model(core_in, {"m": keras.layers.Concatenate()([mean, core_in["c"]])})
    outer = {"p": keras.Input((N_STEPS, N_IN), name="p"), "q": keras.Input((2,), name="q")}
    classes = keras.layers.Dense(3, "softmax")(core({"s": outer["p"], "c": outer["q"]})["m"])
    model = keras.Model(outer, {"class": classes, "aux": classes[:, :1]})
    model.compile(keras.optimizers.SGD(0.0), jit_compile=False,
                  loss={"class": "sparse_categorical_crossentropy", "aux": "mse"})  # fmt: skip
    prepare(keras, model)
    x = {"p": X, "q": np.zeros((8, 2), np.float32)}
    callback = watcher(tmp_path, probe_data=x)
    model.fit(x, {"class": Y, "aux": Y}, batch_size=8, verbose=0,
              callbacks=[callback, watcher(tmp_path / "live")])  # fmt: skip
    for look in (callback.look(x), load_activity(tmp_path / "live")[1]):
        np.testing.assert_allclose(look.inputs, X[0] if look.source == "look" else look.inputs)
        assert len(look.confidence) == 3
    spikes, outputs = callback.intermediate_model(x)
    np.testing.assert_allclose(outputs["class"], model(x)["class"], rtol=1e-5)


def test_a_layer_that_no_batch_calls_is_refused_after_the_first(tmp_path):
    model = compiled(keras, made_in_call(keras))
    with pytest.raises(ValueError, match="no layer 'cortex'; it has 'dense"):
        model.fit(X, Y, verbose=0, callbacks=[watcher(tmp_path, layer_name="cortex")])


def test_two_layers_of_one_name_are_refused(tmp_path):
    inputs = keras.Input((N_STEPS, N_IN))
    core = keras.Model(inputs, spiking(keras)(inputs))
    both = keras.layers.Concatenate()([core(inputs), spiking(keras)(inputs)])
    outputs = keras.layers.Dense(3, "softmax")(keras.layers.GlobalAveragePooling1D()(both))
    with pytest.raises(ValueError, match="has 2 layers named 'rsnn'.*layer_name="):
        fit(compiled(keras, keras.Model(inputs, outputs)), watcher(tmp_path))


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("kit", KITS)
def test_inputs_of_a_length_that_only_the_batch_tells(tmp_path, kit):
    inputs = kit.Input((None, N_IN))
    out = spiking(kit)(inputs)
    for layer in readout(kit):
        out = layer(out)
    model = compiled(kit, kit.Model(inputs, out))
    model.fit(
        ((X[:2, :n], Y[:2]) for n in (5, 9, 7)),
        shuffle=False,
        verbose=0,
        callbacks=[watcher(tmp_path)],
    )
    with load_activity(tmp_path) as run:
        for step, n in zip(run.steps, (5, 9, 7), strict=True):
            np.testing.assert_array_equal(run[step].inputs, X[0, :n])


def test_channels_that_only_the_batch_tells_are_averaged_as_others(tmp_path):
    from keras_v1_activity.activity.neurons import Neurons
    from keras_v1_activity.capture.reduce import reduce_loss
    from keras_v1_activity.capture.selection import Selection
    from keras_v1_activity.plan import RecordPlan

    selection = Selection.of(RecordPlan(figures=(), max_input_rows=3), Neurons.unnamed(2))

    @tf.function(input_signature=[tf.TensorSpec((None, None, None))], autograph=False)
    def reduced(x):
        return reduce_loss(x, None, None, None, selection, None)

    kept, known = reduced(X), reduce_loss(X, None, None, None, selection, N_STEPS)
    np.testing.assert_allclose(kept["inputs"], known["inputs"], rtol=1e-6)
    assert kept["n_inputs"] == known["n_inputs"] == N_IN
