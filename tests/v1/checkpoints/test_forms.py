"""The three forms of a checkpoint: each keeps every bit, is told by its name, and is described."""

import os
import warnings

import keras
import pytest
import tensorflow as tf
from checkpoint_models import NAMES, assert_equal_weights, make, shaken
from oracles import random_network

from keras_v1_activity import v1


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


def test_the_latest_checkpoint_of_a_folder(trained, fresh, tmp_path):
    v1.save_checkpoint(shaken(make(random_network())), tmp_path / "ckpt-1")
    v1.save_checkpoint(trained["linear"], tmp_path / "ckpt-2")
    os.utime(tmp_path / "ckpt-1.index", (1, 1))
    v1.load_checkpoint(fresh["linear"], tmp_path)
    assert_equal_weights(trained["linear"], fresh["linear"])


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
