"""Checkpoints and exported networks of others: numbers of any type, no byte from outside."""

import os

import h5py
import numpy as np
import pytest
import tensorflow as tf
from oracles import random_network

from keras_v1_activity import v1
from keras_v1_activity.v1.checkpoints.describe import find_checkpoint, open_variables


@pytest.fixture
def exported(tmp_path):
    return v1.export_network(random_network(n_synapses=300), tmp_path / "network.h5")


def replace(path, name, change, dtype=None):
    with h5py.File(path, "r+") as file:
        values = file[name][()]
        attributes = dict(file[name].attrs)
        del file[name]
        file[name] = change(values).astype(dtype or values.dtype)
        file[name].attrs.update(attributes)


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "u8", ">i4", "f4", "f8"])
def test_ids_of_any_type_are_the_same_synapses(exported, kind):
    expected = v1.read_exported(exported)
    for name in ("recurrent/sources", "recurrent/targets", "recurrent/receptor_types"):
        replace(exported, name, lambda ids: ids, kind)
    read = v1.read_exported(exported)
    for name in ("sources", "targets", "receptor_types"):
        np.testing.assert_array_equal(read.recurrent[name], expected.recurrent[name])
        assert read.recurrent[name].dtype.kind == "i"
    network = random_network(n_synapses=300)
    for name, value in expected.weights_for(network).items():
        np.testing.assert_array_equal(read.weights_for(network)[name], value)


@pytest.mark.parametrize("kind", ["f2", "u1", "i8"])
def test_weights_of_any_type_are_computed_with_as_real_numbers(exported, kind):
    network = random_network(n_synapses=300)
    replace(exported, "recurrent/weights", lambda w: np.arange(len(w)) % 200, "f8")
    expected = v1.read_exported(exported).weights_for(network)
    replace(exported, "recurrent/weights", lambda w: w, kind)
    for name, value in v1.read_exported(exported).weights_for(network).items():
        np.testing.assert_array_equal(value, expected[name])


@pytest.mark.parametrize(
    "name, change, words",
    [
        ("recurrent/sources", lambda ids: ids - 1000, "must hold numbers from 0 to 49"),
        ("recurrent/targets", lambda ids: ids + 50, "must hold numbers from 0 to 49"),
        ("input/receptor_types", lambda ids: ids + 4, "must hold numbers from 0 to 3"),
        ("recurrent/sources", lambda ids: ids[1:], "differ in length"),
        ("recurrent/sources", lambda ids: ids.astype("S3"), "holds no numbers"),
        ("recurrent/weights", lambda w: w.astype("S3"), "holds no numbers"),
        ("recurrent/sources", lambda ids: ids * 0.99, "must hold whole numbers"),
    ],
)
def test_wrong_columns_get_one_sentence(exported, name, change, words):
    with h5py.File(exported, "r+") as file:
        values = change(file[name][()])
        del file[name]
        file[name] = values
    with pytest.raises(ValueError, match=f"damaged or no checkpoint .*{words}") as error:
        v1.read_exported(exported)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("form", ["exported", "keras"])
def test_data_of_another_file_are_not_read(tmp_path, exported, form):
    path, name = exported, "recurrent/weights"
    if form == "keras":
        path, name = tmp_path / "w.weights.h5", "layers/rsnn/vars/0"
        with h5py.File(path, "w") as file:
            file[name] = np.zeros(300, np.float32)
    place = [("/etc/hostname", 0, h5py.h5f.UNLIMITED)]
    with h5py.File(path, "r+") as file:
        shape = file[name].shape
        del file[name]
        file.create_dataset(name, shape, "f4", external=place)
    with pytest.raises(ValueError, match="takes its data from another file"):
        if form == "keras":
            open_variables(*find_checkpoint(path))
        else:
            v1.read_exported(path)


def test_a_tensorflow_checkpoint_without_its_data(tmp_path):
    prefix = tf.train.Checkpoint(w=tf.Variable(np.zeros(10**6, "f4"))).write(str(tmp_path / "c"))
    data = f"{prefix}.data-00000-of-00001"
    assert open_variables(*find_checkpoint(prefix)).variables
    os.truncate(data, 1000)
    with pytest.raises(ValueError, match="damaged or no checkpoint .*would take 4 MB"):
        open_variables(*find_checkpoint(prefix))
    os.remove(data)
    os.mkfifo(data)
    with pytest.raises(ValueError, match="damaged or no checkpoint .*no regular file"):
        open_variables(*find_checkpoint(prefix))
