"""Checkpoints that do not fit or are damaged: one sentence, and the model stays as it was."""

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from checkpoint_models import BACKGROUND, INPUT, NAMES, RECURRENT, T, make, variables
from oracles import random_network

from keras_v1_activity import v1
from keras_v1_activity.v1.layers.input_layer import background_rows


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
    before = variables(groups)
    with pytest.raises(ValueError, match="holds a trained linear readout, but the model reads"):
        v1.load_checkpoint(groups, path)
    for name, value in variables(groups).items():
        np.testing.assert_array_equal(value, before[name])


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
