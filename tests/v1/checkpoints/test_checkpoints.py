"""The three forms of a checkpoint, against plain h5py, plain tf.train and a tf-keras model."""

import warnings

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from oracles import random_network

from keras_v1_activity import v1
from keras_v1_activity.v1.layers.input_layer import background_rows

T, N_OUTPUT, CHUNK = 100, 3, 50
RECURRENT, INPUT, BACKGROUND = (
    "sparse_recurrent_weights",
    "sparse_input_weights",
    "rest_of_brain_weights",
)


@pytest.fixture(scope="module")
def network():
    return random_network()


def make(network, readout="linear", **options):
    return v1.create_model(network, T, N_OUTPUT, readout=readout, noise=False, **options)


def variables(model):
    """The network's weights by their path, e.g. rsnn/sparse_recurrent_weights."""
    return {v.path: v.numpy() for v in model.weights if "seed" not in v.path}


def shaken(model, seed=1):
    """The same model with every weight changed, signs kept."""
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        if "seed" not in variable.path:
            factor = rng.uniform(0.3, 1.7, variable.shape)
            variable.assign((variable.numpy() + 0.01) * factor)
    return model


@pytest.fixture(scope="module")
def trained(network):
    return {readout: shaken(make(network, readout)) for readout in ("linear", "groups")}


@pytest.fixture
def fresh(network):
    return {readout: make(network, readout) for readout in ("linear", "groups")}


def assert_equal_weights(a, b):
    mine, theirs = variables(a), variables(b)
    assert mine.keys() == theirs.keys() and len(mine) >= 4
    for path in mine:
        np.testing.assert_array_equal(mine[path], theirs[path], err_msg=path)


NAMES = {"keras": "w.weights.h5", "tensorflow": "run/ckpt-7", "network": "network.h5"}


@pytest.mark.parametrize("readout", ["linear", "groups"])
@pytest.mark.parametrize("first", NAMES)
def test_every_form_and_every_conversion_keeps_each_bit(trained, fresh, tmp_path, first, readout):
    model, other = trained[readout], fresh[readout]
    v1.save_checkpoint(model, tmp_path / NAMES[first])
    for second, name in NAMES.items():
        target = tmp_path / "converted" / name
        v1.convert_checkpoint(tmp_path / NAMES[first], target, other)
        assert v1.describe_checkpoint(target).form == second
        shaken(other, seed=2)
        v1.load_checkpoint(other, target)
        assert_equal_weights(model, other)
    assert not [p for p in tmp_path.rglob("*") if "part" in p.name or p.name.startswith(".")]


def test_picoampere_files_keep_each_bit_too(trained, fresh, network, tmp_path):
    v1.save_checkpoint(trained["linear"], tmp_path / "pa.h5", weight_unit="pA")
    with h5py.File(tmp_path / "pa.h5") as file:
        assert file.attrs["weight_unit"] == "pA"
        scale = network.parameters.voltage_scale[file["recurrent/targets"][:]]
        weights = trained["linear"].get_layer("rsnn").sparse_recurrent_weights.numpy()
        np.testing.assert_allclose(file["recurrent/weights"][:], weights * scale, rtol=1e-6)
    v1.load_checkpoint(fresh["linear"], tmp_path / "pa.h5")
    assert_equal_weights(trained["linear"], fresh["linear"])


def test_an_exported_untrained_network_holds_the_folders_numbers(network, fresh, tmp_path):
    v1.export_network(network, tmp_path / "n.h5", n_output=N_OUTPUT)
    with h5py.File(tmp_path / "n.h5") as file:
        assert dict(file.attrs)["weight_unit"] == "pA"
        assert [file.attrs[k] for k in ("n_neurons", "n_input", "n_output")] == [50, 40, 3]
        np.testing.assert_array_equal(file["recurrent/weights"][:], network.recurrent.weight)
        np.testing.assert_array_equal(file["recurrent/delays"][:], network.recurrent.delay)
        background = file["input/bkg_weights"][:].reshape(50, 4)
        np.testing.assert_array_equal(background, network.background_weights)
        groups = np.concatenate([network.readout_groups[k] for k in range(3)])
        np.testing.assert_array_equal(file["readout/neuron_ids"][:], groups)
    before = variables(fresh["groups"])
    shaken(fresh["groups"])
    with pytest.warns(RuntimeWarning, match="holds no readout/scale"):
        v1.load_checkpoint(fresh["groups"], tmp_path / "n.h5")
    for path, value in variables(fresh["groups"]).items():
        assert np.array_equal(value, before[path]) == ("scale" not in path), path


def test_the_exported_file_as_h5py_reads_it(trained, network, tmp_path):
    model = trained["linear"]
    v1.save_checkpoint(model, tmp_path / "n.h5")
    with h5py.File(tmp_path / "n.h5") as file:
        assert file.attrs["weight_unit"] == "V_th - E_L"
        assert set(file) == {"neurons", "recurrent", "input", "readout"}
        table = network.recurrent
        columns = {"sources": table.source, "targets": table.target, "delays": table.delay}
        for name, column in columns.items():
            np.testing.assert_array_equal(file["recurrent"][name][:], column)
        receptors = file["recurrent/receptor_types"][:]
        assert receptors.min() == 0 and receptors.max() == 3
        np.testing.assert_array_equal(
            file["recurrent/weights"][:], model.get_layer("rsnn").sparse_recurrent_weights.numpy()
        )
        types = file["neurons/node_type_ids"][:]
        for name in ("C_m", "E_L", "V_reset", "V_th", "g", "t_ref", "k", "asc_amps", "tau_syn"):
            of_neuron = file[f"neurons/glif3_params/{name}"][:][types]
            np.testing.assert_array_equal(of_neuron, getattr(network.parameters, name))
        for axis in "xyz":
            np.testing.assert_array_equal(
                file[f"neurons/positions_{axis}"][:], getattr(network, axis)
            )
        # The published readout sees mean spikes per step, ours counts per chunk of 50 steps.
        kernel = model.get_layer("projection").kernel.numpy()
        np.testing.assert_array_equal(file["readout/weights"][:], kernel * np.float64(CHUNK))
        assert file["readout/neuron_ids"].shape == (50,)


def test_synapses_in_another_order_find_their_place(trained, fresh, tmp_path):
    v1.save_checkpoint(trained["linear"], tmp_path / "n.h5")
    with h5py.File(tmp_path / "n.h5", "r+") as file:
        for name in ("recurrent", "input"):
            group = file[name]
            order = np.random.default_rng(0).permutation(len(group["weights"]))
            # Several synapses of one pair cannot be told apart: they keep their order.
            keys = (group["targets"][:], group["receptor_types"][:], group["sources"][:])
            key = (keys[0] * 4 + keys[1]) * 1000 + keys[2]
            place = np.argsort(key[order], kind="stable")
            for one in np.unique(key):
                slots = place[np.flatnonzero(key[order][place] == one)]
                order[slots] = np.sort(order[slots])
            for column in ("sources", "targets", "weights", "receptor_types", "delays"):
                if column in group:
                    group[column][...] = group[column][:][order]
    v1.load_checkpoint(fresh["linear"], tmp_path / "n.h5")
    assert_equal_weights(trained["linear"], fresh["linear"])


class PublishedCell(tf_keras.layers.Layer):
    """The published cell, from its equations, with its names; soft reset, dt = 1 ms."""

    def __init__(self, network, weights, max_delay=5):
        super().__init__()
        p, n = network.parameters, network.n_neurons
        s = p.V_th - p.E_L
        f = lambda x: tf.constant(x, tf.float32)  # noqa: E731
        self.n, self.depth, self.state_size = (
            n,
            max_delay,
            (max_delay * n, n, n, 2 * n, 4 * n, 4 * n),
        )
        self.decay, self.t_ref = f(np.exp(-p.g / p.C_m)), f(p.t_ref)
        self.factor = f((1 - np.exp(-p.g / p.C_m)) / p.g)
        self.syn_decay, self.rise = f(np.exp(-1 / p.tau_syn)), f(np.e / p.tau_syn)
        self.k_decay, self.amps = f(np.exp(-p.k)), f(p.asc_amps / s[:, None])
        self.v_reset, self.s, self.e_l = f((p.V_reset - p.E_L) / s), f(s), f(p.E_L)
        synapses = network.recurrent
        steps = np.clip(np.rint(synapses.delay), 1, max_delay).astype(int) - 1
        self.indices = np.stack([synapses.row, steps * n + synapses.source], 1)
        self.recurrent_weight_positive = tf.Variable(
            weights[RECURRENT] >= 0, name="recurrent_weights_sign", trainable=False
        )
        self.recurrent_weight_values = tf.Variable(weights[RECURRENT], name=RECURRENT)
        self.input_weight_values = tf.Variable(weights[INPUT], name=INPUT)
        self.bkg_weights = tf.Variable(weights[BACKGROUND], name=BACKGROUND, trainable=False)

    def call(self, inputs, state):
        z_buffer, v, r, asc, psc_rise, psc = state
        n, z = self.n, z_buffer[:, : self.n]
        matrix = tf.SparseTensor(
            self.indices, self.recurrent_weight_values, (4 * n, self.depth * n)
        )
        arriving = tf.transpose(tf.sparse.sparse_dense_matmul(matrix, z_buffer, adjoint_b=True))
        i = tf.reshape(arriving + inputs, (-1, n, 4))
        psc_rise, psc = (tf.reshape(x, (-1, n, 4)) for x in (psc_rise, psc))
        asc = tf.reshape(asc, (-1, n, 2))
        drive = tf.reduce_sum(psc, -1) + tf.reduce_sum(asc, -1)
        v = self.decay * v + self.factor * drive + z * (self.v_reset - 1.0)
        new_psc = psc * self.syn_decay + self.syn_decay * psc_rise
        new_rise = psc_rise * self.syn_decay + i * self.rise
        r = tf.nn.relu(r + z * self.t_ref - 1.0)
        asc = asc * self.k_decay + z[..., None] * self.amps
        z = tf.where(r > 0, 0.0, tf.cast(v > 1.0, tf.float32))
        z_buffer = tf.concat([z, z_buffer[:, :-n]], 1)
        flat = [tf.reshape(x, (-1, n * k)) for x, k in ((asc, 2), (new_rise, 4), (new_psc, 4))]
        return (z, v * self.s + self.e_l), (z_buffer, v, r, *flat)

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        start = [tf.zeros((batch_size, size)) for size in self.state_size]
        start[1] += self.v_reset
        return start


class PublishedInput(tf_keras.layers.Layer):
    def __init__(self, network, cell):
        super().__init__(name="input_layer")
        self._weights, self._bkg_weights = cell.input_weight_values, cell.bkg_weights
        self.indices = np.stack([network.inputs.row, network.inputs.source], 1)
        self.shape = (4 * network.n_neurons, network.n_input)

    def call(self, x):
        flat = tf.reshape(x, (-1, self.shape[1]))
        matrix = tf.SparseTensor(self.indices, self._weights, self.shape)
        out = tf.transpose(tf.sparse.sparse_dense_matmul(matrix, flat, adjoint_b=True))
        return tf.reshape(out, (-1, T, self.shape[0]))


def published_model(network, seed):
    """A tf-keras model with the published names and random weights."""
    rng, s = np.random.default_rng(seed), network.parameters.voltage_scale

    def varied(pa, scale):
        return (pa / scale * rng.uniform(0.5, 1.5, pa.shape)).astype(np.float32)

    weights = {
        RECURRENT: varied(network.recurrent.weight, s[network.recurrent.target]),
        INPUT: varied(network.inputs.weight, s[network.inputs.target]),
        BACKGROUND: varied(10 * network.background_weights.reshape(-1), np.repeat(s, 4)),
    }
    cell = PublishedCell(network, weights)
    x = tf_keras.Input((T, network.n_input))
    rsnn = tf_keras.layers.RNN(cell, return_sequences=True, name="rsnn")
    spikes, _ = rsnn(PublishedInput(network, cell)(x))
    projection = tf_keras.layers.Dense(N_OUTPUT, name="projection")
    scores = projection(spikes)
    chunks = tf.reduce_mean(tf.reshape(scores, (-1, T // CHUNK, CHUNK, N_OUTPUT)), 2)
    projection.set_weights([rng.normal(0, 40, (50, 3)), rng.normal(size=3)])
    return tf_keras.Model(x, [spikes, tf.nn.softmax(chunks)])


@pytest.fixture(scope="module")
def x():
    rng = np.random.default_rng(5)
    return (rng.random((2, T, 40)) < 0.15).astype(np.float32)


@pytest.fixture(scope="module")
def published(network):
    return published_model(network, seed=11)


def spikes_and_probabilities(model, x):
    outputs = [model.get_layer("rsnn").output[0], model.output]
    return [out.numpy() for out in keras.Model(model.input, outputs)(x)]


def fill_slots(optimizer, model):
    optimizer.apply_gradients([(0 * v - 1.0, v) for v in model.trainable_variables])


@pytest.mark.parametrize("kind", ["Adam", "legacy Adam", "Keras 2 .h5"])
def test_a_tf_keras_model_with_the_published_names(network, fresh, published, x, tmp_path, kind):
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
    spikes, probabilities = spikes_and_probabilities(fresh["linear"], x)
    assert truth[0].sum() > 100 and truth[1].max() > 0.5
    np.testing.assert_array_equal(spikes, truth[0])
    np.testing.assert_allclose(probabilities, truth[1], rtol=2e-4, atol=1e-6)


def test_our_tensorflow_checkpoint_is_restored_by_the_published_program(
    network, trained, fresh, x, tmp_path
):
    prefix = v1.save_checkpoint(trained["linear"], tmp_path / "ckpt-1")
    model = published_model(network, seed=12)
    tf.train.Checkpoint(model=model).restore(str(prefix)).expect_partial()
    spikes, probabilities = spikes_and_probabilities(trained["linear"], x)
    assert spikes.sum() > 100
    np.testing.assert_array_equal(model(x)[0], spikes)
    np.testing.assert_allclose(model(x)[1], probabilities, rtol=2e-4, atol=1e-6)
    # Exported and converted back: the same spikes again.
    v1.convert_checkpoint(prefix, tmp_path / "network.h5", shaken(fresh["linear"], seed=3))
    v1.load_checkpoint(shaken(fresh["linear"], seed=4), tmp_path / "network.h5")
    for ours, back in zip(
        (spikes, probabilities), spikes_and_probabilities(fresh["linear"], x), strict=True
    ):
        np.testing.assert_array_equal(ours, back)


def test_a_hand_made_module_with_unnamed_variables_is_found_by_shape(network, fresh, tmp_path):
    rng = np.random.default_rng(0)
    module = tf.Module()
    module.a = tf.Variable(rng.normal(size=800).astype("f4"))
    module.b = tf.Variable(rng.normal(size=500).astype("f4"))
    module.c = tf.Variable(rng.normal(size=(50, 3)).astype("f4"))
    module.signs = tf.Variable(rng.normal(size=800) > 0)
    module.indices = tf.Variable(np.zeros((800, 2), np.int64))
    prefix = tf.train.Checkpoint(model=module).write(str(tmp_path / "ckpt"))
    with pytest.warns(RuntimeWarning, match="no rest_of_brain_weights and no projection/bias"):
        v1.load_checkpoint(fresh["linear"], prefix)
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


def test_the_latest_checkpoint_of_a_folder(trained, fresh, tmp_path):
    v1.save_checkpoint(shaken(make(random_network())), tmp_path / "ckpt-1")
    v1.save_checkpoint(trained["linear"], tmp_path / "ckpt-2")
    import os

    os.utime(tmp_path / "ckpt-1.index", (1, 1))
    v1.load_checkpoint(fresh["linear"], tmp_path)
    assert_equal_weights(trained["linear"], fresh["linear"])


@pytest.mark.parametrize("name", NAMES.values())
def test_another_network_gets_one_sentence_and_changes_nothing(trained, tmp_path, name):
    path = v1.save_checkpoint(trained["linear"], tmp_path / name)
    other = make(random_network(n_synapses=790))
    before = variables(other)
    with pytest.raises(ValueError, match="another n_neurons, seed or selection") as error:
        v1.load_checkpoint(other, path)
    assert "800" in str(error.value) and "790" in str(error.value)
    assert "\n" not in str(error.value)
    for path, value in variables(other).items():
        np.testing.assert_array_equal(value, before[path])


def test_other_readouts(trained, network, tmp_path):
    path = v1.save_checkpoint(trained["linear"], tmp_path / "w.weights.h5")
    wider = v1.create_model(network, T, 4, readout="linear")
    with pytest.raises(ValueError, match=r"projection/kernel .* 50 x 3 .* 50 x 4 .*n_output"):
        v1.load_checkpoint(wider, path)
    groups = make(network, "groups")
    with pytest.warns(RuntimeWarning, match="holds no readout/scale that fits"):
        names = v1.load_checkpoint(groups, path)
    assert set(names) == {RECURRENT, INPUT, BACKGROUND}


def test_an_exported_file_of_other_synapses_neurons_delays(trained, fresh, tmp_path):
    def changed(key, change):
        path = v1.save_checkpoint(trained["groups"], tmp_path / "n.h5")
        with h5py.File(path, "r+") as file:
            if key in file.attrs:
                file.attrs[key] = change(file.attrs[key])
            else:
                file[key][...] = change(file[key][:])
        return path

    with pytest.raises(ValueError, match=r"n_neurons=51, but .* has 50: load the network with"):
        v1.load_checkpoint(fresh["groups"], changed("n_neurons", lambda n: n + 1))
    with pytest.raises(ValueError, match="the 800 recurrent synapses .* are others than the 800"):
        v1.load_checkpoint(fresh["groups"], changed("recurrent/sources", lambda s: 49 - s))
    with pytest.raises(ValueError, match="'mV': expected one of"):
        v1.load_checkpoint(fresh["groups"], changed("weight_unit", lambda _: "mV"))
    with pytest.warns(RuntimeWarning, match="delays .* published_delay_order"):
        v1.load_checkpoint(fresh["groups"], changed("recurrent/delays", lambda d: d + 1))
    with pytest.warns(RuntimeWarning, match="reads other neurons out"):
        v1.load_checkpoint(fresh["groups"], changed("readout/neuron_ids", lambda i: i[::-1]))


def test_background_on_receptors_without_any_is_refused(network, trained, fresh, tmp_path):
    rows = np.ones(200, np.float32)
    assert len(background_rows(network)) == 67
    module = tf.Module()
    module.w = tf.Variable(network.recurrent.weight, name=RECURRENT)
    module.x = tf.Variable(network.inputs.weight, name=INPUT)
    module.b = tf.Variable(rows, name=BACKGROUND)
    prefix = tf.train.Checkpoint(model=module).write(str(tmp_path / "c"))
    with pytest.raises(ValueError, match="reaches 133 receptors that get no background"):
        v1.load_checkpoint(fresh["linear"], prefix)


@pytest.mark.parametrize("name", [*NAMES.values(), "text.h5", "ckpt-7.data-00000-of-00001"])
def test_damaged_and_foreign_files(trained, fresh, tmp_path, name):
    path = tmp_path / name
    if name in NAMES.values():
        v1.save_checkpoint(trained["linear"], path)
        data = path if path.is_file() else path.with_name("ckpt-7.data-00000-of-00001")
        data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    else:
        path.write_text("no checkpoint")
    before = variables(fresh["linear"])
    with pytest.raises(ValueError, match="damaged or no checkpoint") as error:
        v1.load_checkpoint(fresh["linear"], path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)
    for key, value in variables(fresh["linear"]).items():
        np.testing.assert_array_equal(value, before[key])


def test_a_foreign_hdf5_file_missing_files_and_foreign_models(fresh, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.zeros(7)
    with pytest.raises(ValueError, match="holds no sparse_recurrent_weights .* 800 recurrent"):
        v1.load_checkpoint(fresh["linear"], tmp_path / "other.h5")
    with pytest.raises(FileNotFoundError, match="there is no checkpoint .*ckpt-9"):
        v1.load_checkpoint(fresh["linear"], tmp_path / "ckpt-9")
    with pytest.raises(FileNotFoundError, match="holds no TensorFlow checkpoint"):
        v1.load_checkpoint(fresh["linear"], tmp_path)
    foreign = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="must be a V1 model"):
        v1.save_checkpoint(foreign, tmp_path / "x.h5")


def test_diverged_weights_are_refused(trained, fresh, tmp_path):
    path = v1.save_checkpoint(trained["linear"], tmp_path / "n.h5")
    with h5py.File(path, "r+") as file:
        file["input/weights"][3] = np.nan
    with pytest.raises(ValueError, match="sparse_input_weights .* NaN or infinite"):
        v1.load_checkpoint(fresh["linear"], path)


def test_names_and_forms_are_checked(trained, tmp_path):
    with pytest.raises(ValueError, match="must be named"):
        v1.save_checkpoint(trained["linear"], tmp_path / "a.h5", form="keras")
    with pytest.raises(ValueError, match="form must be one of"):
        v1.save_checkpoint(trained["linear"], tmp_path / "a.h5", form="torch")
    with pytest.raises(ValueError, match="'a.keras' names no form of checkpoint"):
        v1.save_checkpoint(trained["linear"], tmp_path / "a.keras")
    with pytest.raises(ValueError, match="weight_unit must be one of"):
        v1.save_checkpoint(trained["linear"], tmp_path / "a.h5", weight_unit="mV")
    assert not list(tmp_path.iterdir())


def test_descriptions(trained, tmp_path):
    model = trained["linear"]
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    prefix = tf.train.Checkpoint(optimizer=optimizer, model=model).write(str(tmp_path / "c"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = v1.describe_checkpoint(prefix)
    assert found.form == "tensorflow" and found.n_optimizer >= 8
    assert ("rsnn/sparse_recurrent_weights", (800,), "float32") in found.variables
    exported = v1.describe_checkpoint(v1.save_checkpoint(model, tmp_path / "n.h5"))
    assert exported.attributes == {
        "n_neurons": 50, "n_input": 40, "n_output": 3, "weight_unit": "V_th - E_L",
    }  # fmt: skip
    assert ("recurrent/weights", (800,), "float32") in exported.variables
