"""The readout in checkpoints: 18 outputs of all tasks, and a scale that is not saved."""

import numpy as np
import pytest
import tensorflow as tf
from checkpoint_models import CHUNK, T, make

from keras_v1_activity import v1

OUTPUTS = {"garrett": (0, 2), "vcd_grating": (2, 4), "evidence": (6, 8), "10class": (8, 18)}


@pytest.fixture(scope="module")
def checkpoint(network, tmp_path_factory):
    """(prefix, kernel, bias): variables with the published names, the linear readout's 18 wide."""
    rng, module = np.random.default_rng(0), tf.Module()
    kernel, bias = rng.normal(size=(50, 18)).astype("f4"), rng.normal(size=18).astype("f4")
    values = {
        "sparse_recurrent_weights": network.recurrent.weight,
        "sparse_input_weights": network.inputs.weight,
        "rest_of_brain_weights": network.background_weights.reshape(-1),
        "projection/kernel": kernel,
        "projection/bias": bias,
    }
    module.all = [tf.Variable(value, name=name) for name, value in values.items()]
    prefix = tmp_path_factory.mktemp("published") / "ckpt"
    tf.train.Checkpoint(model=module).write(str(prefix))
    return prefix, kernel, bias


@pytest.mark.parametrize("as_published", [False, True])
@pytest.mark.parametrize("task", OUTPUTS)
def test_a_task_loads_its_outputs(network, checkpoint, task, as_published, caplog):
    prefix, kernel, bias = checkpoint
    model = v1.create_model(network, T, task=task, readout="linear", as_published=as_published)
    assert "projection/kernel" in v1.load_checkpoint(model, prefix)
    found, projection = slice(*OUTPUTS[task]), model.get_layer("projection")
    if as_published:
        np.testing.assert_array_equal(projection.kernel, kernel)
    else:
        np.testing.assert_allclose(projection.kernel * CHUNK, kernel[:, found], rtol=1e-6)
        np.testing.assert_allclose(projection.bias * CHUNK, bias[found], rtol=1e-6)
    assert not caplog.records


@pytest.mark.parametrize("as_published", [False, True])
def test_a_checkpoint_of_groups_has_no_scale_which_is_no_news(
    network, tmp_path, as_published, caplog
):
    """The published scale is 1.6931, is not trained and is not saved."""
    module = tf.Module()
    module.all = [
        tf.Variable(network.recurrent.weight, name="sparse_recurrent_weights"),
        tf.Variable(network.inputs.weight, name="sparse_input_weights"),
        tf.Variable(network.background_weights.reshape(-1), name="rest_of_brain_weights"),
    ]
    prefix = tf.train.Checkpoint(model=module).write(str(tmp_path / "ckpt"))
    model = v1.create_model(network, T, task="evidence", as_published=as_published)
    readout = model.get_layer("readout")
    if not as_published:
        readout.scale.assign([2.5])
    v1.load_checkpoint(model, prefix)
    np.testing.assert_allclose(readout(np.ones((1, 1, 50), np.float32)), 1.6931, rtol=1e-4)
    v1.save_checkpoint(model, tmp_path / "again.h5")
    v1.load_checkpoint(model, tmp_path / "again.h5")
    assert not caplog.records


def test_a_linear_readout_is_never_left_out(network, checkpoint, tmp_path):
    with pytest.raises(ValueError, match="holds a trained linear readout.*readout='linear'"):
        v1.load_checkpoint(v1.create_model(network, T, task="evidence"), checkpoint[0])
    with pytest.raises(ValueError, match=r"18 outputs of all published tasks.* 3 of .*task="):
        v1.load_checkpoint(make(network), checkpoint[0])
    exported = v1.save_checkpoint(make(network), tmp_path / "linear.h5")
    with pytest.raises(ValueError, match="holds a trained linear readout.*readout='linear'"):
        v1.load_checkpoint(make(network, "groups"), exported)


def test_all_outputs_can_be_kept(network, checkpoint, tmp_path):
    model = v1.create_model(network, T, 18, readout="linear")
    v1.convert_checkpoint(checkpoint[0], tmp_path / "all.h5", model)
    np.testing.assert_allclose(
        v1.read_exported(tmp_path / "all.h5").readout_weights, checkpoint[1], rtol=1e-6
    )


@pytest.mark.parametrize("name", ["w.weights.h5", "ckpt-1", "network.h5"])
def test_a_published_readout_of_means_becomes_one_of_counts(network, checkpoint, name, tmp_path):
    options = {"task": "garrett", "readout": "linear"}
    published = v1.create_model(network, T, as_published=True, **options)
    v1.load_checkpoint(published, checkpoint[0])
    path = v1.save_checkpoint(published, tmp_path / name)
    counting = v1.create_model(network, T, **options)
    v1.load_checkpoint(counting, path)
    kernel = counting.get_layer("projection").kernel.numpy()
    np.testing.assert_allclose(kernel * CHUNK, checkpoint[1][:, :2], rtol=1e-6)


def test_the_group_and_constant_of_a_task_stand_in_an_exported_file(network, tmp_path, caplog):
    model = v1.create_model(network, T, task="garrett", readout="groups")
    exported = v1.read_exported(v1.save_checkpoint(model, tmp_path / "garrett.h5"))
    np.testing.assert_array_equal(exported.readout_neurons, network.readout_groups[0])
    assert (exported.n_output, exported.task, exported.readout_threshold) == (2, "garrett", 0.01)
    v1.load_checkpoint(model, tmp_path / "garrett.h5")
    assert not caplog.records
