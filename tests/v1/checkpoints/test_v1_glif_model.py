"""Checkpoints of V1_GLIF_model: each weight goes to its own synapse, or nothing is loaded."""

import h5py
import numpy as np
import pytest
import tensorflow as tf
from checkpoint_models import BACKGROUND, INPUT, RECURRENT
from v1_glif_files import N_BACKGROUND, N_LGN, GlifModel, N

from keras_v1_activity import v1

SIZES = {RECURRENT: ("v1", N), INPUT: ("lgn", N_LGN), BACKGROUND: ("bkg", N_BACKGROUND)}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    files = GlifModel(tmp_path_factory.mktemp("checkpoints") / "GLIF_network")
    files.write(edges=False)
    files.pickle = files.write_pickles()
    return files


@pytest.fixture(scope="module")
def network(files):
    return v1.load_network(files.pickle, core_only=False)


@pytest.fixture(scope="module")
def model(network):
    return v1.create_model(network, 50, 2, readout="linear", train_background=True)


class Trained:
    """What the public program saves: by its names, units and order, with weights of its own."""

    def __init__(self, files, seed=1, lr_scale=1.0):
        rng = np.random.default_rng(seed)
        self.values, self.tables, self.by_ends = {}, {}, {}
        scale = np.array([-45.0 - number / 1000 + 70 for number in (512, 514, 613)])[files.type_of]
        for name, (part, _) in SIZES.items():
            target, source, delay, weight, _ = files.in_order(part)
            trained = weight * rng.uniform(0.5, 1.5, len(weight)) / scale[target]
            self.values[name] = (trained / lr_scale).astype(np.float32)
            steps = np.round(np.clip(delay, 1, 4)).astype(int)
            shift = N * (steps - 1) if part == "v1" else 0
            self.tables[name] = np.stack([target, source + shift], 1)
            self.by_ends[name] = {
                ends: value
                for ends, value in zip(
                    zip(target, source, strict=True), self.values[name], strict=True
                )
            }

    def shuffled(self, seed=3):
        for name in SIZES:
            order = np.random.default_rng(seed).permutation(len(self.values[name]))
            self.values[name], self.tables[name] = (
                self.values[name][order], self.tables[name][order]
            )  # fmt: skip
        return self

    def write(self, prefix, older=False):
        """A checkpoint of tf.train: the cell under layer_with_weights-0, with all its tables."""
        cell, model, layer = tf.Module(), tf.Module(), tf.Module()
        attributes = {
            RECURRENT: ("recurrent_weight_values", "recurrent_indices"),
            INPUT: ("input_weight_values", "input_indices"),
            BACKGROUND: ("bkg_input_weights", "bkg_input_indices"),
        }
        if older:  # versions of 2024: weights in a column, the background in a layer of its own
            attributes[BACKGROUND] = ("_bkg_weights", "_bkg_indices")
        for name, (weights, table) in attributes.items():
            place = layer if older and name == BACKGROUND else cell
            value = self.values[name][:, None] if older else self.values[name]
            setattr(place, weights, tf.Variable(value, name=name))
            setattr(place, table, tf.Variable(self.tables[name], dtype=tf.int64))
        cell.decay = tf.Variable(np.zeros(N, np.float32))
        cell.noise_seed = tf.Variable(0, dtype=tf.int64, name="noise_seed")
        rsnn = tf.Module()
        rsnn.cell = cell
        setattr(model, "layer_with_weights-0", rsnn)
        if older:
            setattr(model, "layer_with_weights-1", layer)
        projection = tf.Module()
        projection.kernel = tf.Variable(np.ones((N, 2), np.float32), name="projection_v1/kernel")
        setattr(model, "layer_with_weights-2", projection)
        return tf.train.Checkpoint(model=model).write(str(prefix))

    def write_hdf5(self, path):
        """The same variables in HDF5, named as their attributes."""
        with h5py.File(path, "w") as file:
            for name in SIZES:
                file[f"rsnn/cell/{name}"] = self.values[name]
            for name, table in zip(
                SIZES, ("recurrent_indices", "input_indices", "bkg_input_indices"), strict=True
            ):
                file[f"rsnn/cell/{table}"] = self.tables[name]
        return path


def assert_loaded(model, network, trained, factor=1.0):
    """Every synapse has the weight that stands at its own ends in the file, bit for bit."""
    rsnn, inputs = model.get_layer("rsnn"), model.get_layer("input_layer")
    for name, synapses, variable in (
        (RECURRENT, network.recurrent, rsnn.sparse_recurrent_weights),
        (INPUT, network.inputs, inputs.sparse_input_weights),
        (BACKGROUND, network.background, inputs.independent_background_weights),
    ):
        ends = zip(synapses.target.tolist(), synapses.source.tolist(), strict=True)
        expected = np.array([trained.by_ends[name][end] for end in ends], np.float32)
        np.testing.assert_array_equal(variable.numpy(), expected * np.float32(factor), name)


def reset(model):
    for variable in model.trainable_variables:
        variable.assign(variable * 0)


@pytest.mark.parametrize("form", ["tensorflow", "older", "hdf5"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_each_weight_goes_to_its_own_synapse(
    files, network, model, tmp_path, form, shuffled, caplog
):
    reset(model)
    trained = Trained(files, seed=len(form) + shuffled)
    if shuffled:
        trained.shuffled()
    if form == "hdf5":
        path = trained.write_hdf5(tmp_path / "w.h5")
    else:
        path = trained.write(tmp_path / "ckpt-7", older=form == "older")
    names = v1.load_checkpoint(model, path)
    assert names == (RECURRENT, INPUT, "independent_background_weights")
    assert_loaded(model, network, trained)
    (said,) = caplog.messages
    assert "holds no projection/kernel and no projection/bias that fits" in said


def test_the_learning_rates_scale_is_given_or_asked_for(files, network, model, tmp_path, caplog):
    trained = Trained(files, lr_scale=800.0)
    path = trained.write(tmp_path / "ckpt")
    v1.load_checkpoint(model, path, lr_scale=800.0)
    assert_loaded(model, network, trained, 800.0)
    assert len(caplog.messages) == 1
    v1.load_checkpoint(model, path)
    assert "if the training had an lr_scale, give the same to load_checkpoint (now 1)" in (
        caplog.text
    )
    with pytest.raises(ValueError, match="lr_scale must be"):
        v1.load_checkpoint(model, path, lr_scale=-1)
    keras = v1.save_checkpoint(model, tmp_path / "own.weights.h5")
    with pytest.raises(ValueError, match="lr_scale=800 is for checkpoints of V1_GLIF_model"):
        v1.load_checkpoint(model, keras, lr_scale=800.0)


def test_synapses_of_another_network_are_refused_whole(files, model, tmp_path):
    reset(model)
    trained = Trained(files)
    table = trained.tables[RECURRENT]
    free = next(s for s in range(N) if (int(table[7, 0]), s) not in trained.by_ends[RECURRENT])
    table[7, 1] = free  # as many synapses, one of them from another neuron
    with pytest.raises(ValueError, match=r"recurrent_indices in .* are not the 600 recurrent syn"):
        v1.load_checkpoint(model, trained.write(tmp_path / "ckpt-1"))
    trained = Trained(files)
    for name in SIZES:
        trained.values[name], trained.tables[name] = (
            trained.values[name][:-9], trained.tables[name][:-9]
        )  # fmt: skip
    with pytest.raises(ValueError, match="591 synapses with targets up to 39.*connected_selection"):
        v1.load_checkpoint(model, trained.write(tmp_path / "ckpt-2"))
    trained = Trained(files)
    trained.tables[INPUT] = trained.tables[INPUT][:, ::-1].copy()
    with pytest.raises(
        ValueError, match="input_indices in .* which are not the 150 input synapses"
    ):
        v1.load_checkpoint(model, trained.write(tmp_path / "ckpt-3"))
    assert not any(variable.numpy().any() for variable in model.trainable_variables)


def test_delays_that_differ_are_said(files, network, model, tmp_path, caplog):
    trained = Trained(files)
    trained.tables[RECURRENT][:, 1] %= N  # max_delay=1
    v1.load_checkpoint(model, trained.write(tmp_path / "ckpt"))
    assert_loaded(model, network, trained)
    assert "the delays of the recurrent synapses" in caplog.text and "max_delay" in caplog.text


def test_a_summed_background_keeps_its_own(files, tmp_path, caplog):
    network = v1.load_network(files.pickle, core_only=False, background="summed")
    model = v1.create_model(network, 50, 2, readout="linear")
    before = model.get_layer("input_layer").rest_of_brain_weights.numpy()
    names = v1.load_checkpoint(model, Trained(files).write(tmp_path / "ckpt"))
    assert names == (RECURRENT, INPUT) and "background='independent'" in caplog.text
    after = model.get_layer("input_layer").rest_of_brain_weights.numpy()
    np.testing.assert_array_equal(before, after)


def test_doubled_synapses_are_told_apart_by_their_delays(files, tmp_path):
    doubled = GlifModel(tmp_path / "net")
    source, target, types, weight = doubled.tables["v1"]
    twin = types.copy()
    first = (types - 3001) % 3 == 0
    twin[first], twin[~first] = types[first] + 2, -1  # the same ends after 1.2 and 3.7 ms
    twice = np.flatnonzero(twin >= 0)
    doubled.tables["v1"] = [
        np.concatenate([column, other[twice]])
        for column, other in zip(
            (source, target, types, weight), (source, target, twin, weight * 1.1), strict=True
        )
    ]
    doubled.write(edges=False)
    network = v1.load_network(doubled.write_pickles(), core_only=False)
    model = v1.create_model(network, 50, 2, readout="linear")
    trained = Trained(doubled).shuffled()
    v1.load_checkpoint(model, trained.write(tmp_path / "ckpt"))
    synapses = network.recurrent
    steps = np.round(synapses.delay).astype(int)
    rows = {tuple(row): value for row, value in zip(
        trained.tables[RECURRENT].tolist(), trained.values[RECURRENT], strict=True
    )}  # fmt: skip
    ends = zip(synapses.target.tolist(), (synapses.source + N * (steps - 1)).tolist(), strict=True)
    expected = np.array([rows[end] for end in ends], np.float32)
    assert len(rows) == len(expected) == 600 + len(twice) > 700
    np.testing.assert_array_equal(
        model.get_layer("rsnn").sparse_recurrent_weights.numpy(), expected
    )


def test_a_table_of_the_published_form_is_compared_as_well(tmp_path, network):
    # Its targets count receptors, four to a neuron; here all synapses act on models of receptors.
    from oracles import random_network

    published = random_network()
    model = v1.create_model(published, 50, 3, readout="linear")
    synapses, rng = published.recurrent, np.random.default_rng(0)
    order = rng.permutation(len(synapses))
    rows = synapses.target.astype(np.int64) * 4 + synapses.receptor
    steps = np.round(synapses.delay).astype(int) - 1
    cell = tf.Module()
    values = rng.uniform(0.1, 1, len(synapses)).astype(np.float32)
    cell.recurrent_weight_values = tf.Variable(values[order], name=RECURRENT)
    table = np.stack([rows, synapses.source + published.n_neurons * steps], 1)[order]
    cell.recurrent_indices = tf.Variable(table)
    inputs = rng.uniform(0.1, 1, len(published.inputs)).astype(np.float32)
    cell.input_weight_values = tf.Variable(inputs, name=INPUT)
    v1.load_checkpoint(model, tf.train.Checkpoint(model=cell).write(str(tmp_path / "ckpt")))
    np.testing.assert_array_equal(model.get_layer("input_layer").sparse_input_weights, inputs)
    loaded = model.get_layer("rsnn").sparse_recurrent_weights.numpy()
    ends = table.copy()
    ends[:, 1] %= published.n_neurons
    by_ends = {}
    for end, value in zip(map(tuple, ends.tolist()), values[order], strict=True):
        by_ends.setdefault(end, set()).add(value)
    for row, source, value in zip(rows.tolist(), synapses.source.tolist(), loaded, strict=True):
        assert value in by_ends[row, source]


@pytest.mark.parametrize("name", ["w.weights.h5", "ckpt-1"])
def test_our_own_forms_keep_the_background_of_such_a_network(model, tmp_path, name):
    from checkpoint_models import assert_equal_weights, shaken

    path = v1.save_checkpoint(shaken(model), tmp_path / name)
    other = v1.create_model(model.get_layer("rsnn").network, 50, 2, readout="linear")
    v1.load_checkpoint(other, path)
    assert_equal_weights(model, other)
