"""Which neurons and which outputs each published task reads."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from oracles import random_network
from published_tasks import PUBLISHED

from keras_v1_activity.v1.model import create_model
from keras_v1_activity.v1.nest.readout import SpikeCountReadout
from keras_v1_activity.v1.network.task_readouts import TASK_READOUTS
from keras_v1_activity.v1.tasks import TASKS

T = 50
SCALE = 1 + np.log(2.0)  # 1 + softplus(0)


@pytest.fixture(scope="module")
def network():
    return replace(random_network(), settings={"as_published": True})


def spikes_of(network, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.random((2, T, network.n_neurons)) < 0.05).astype(np.float32)


@pytest.mark.parametrize("task", PUBLISHED)
def test_a_task_reads_its_published_groups(network, task):
    groups, constant, outputs = PUBLISHED[task]
    model = create_model(network, T, task=task)
    assert model.output_shape == (None, 1, outputs[1] - outputs[0])
    read = model.get_layer("rsnn").cell.neurons.readout_neurons
    np.testing.assert_array_equal(read, np.concatenate([network.readout_groups[g] for g in groups]))
    spikes = spikes_of(network)
    scores = [spikes[:, :, network.readout_groups[g]].mean(-1) for g in groups]
    if constant is not None:
        scores = [np.full(scores[0].shape, constant), *scores]
    np.testing.assert_allclose(
        model.get_layer("readout")(spikes), np.stack(scores, -1) * SCALE, rtol=1e-5
    )
    assert TASK_READOUTS[task].outputs == outputs


def test_every_task_has_a_readout_and_ten_classes_without_a_task_are_the_digits(network):
    assert set(TASKS) == set(TASK_READOUTS)
    named, plain = (create_model(network, T, **given) for given in ({"task": "10class"}, {}))
    np.testing.assert_array_equal(
        named.get_layer("readout").groups, plain.get_layer("readout").groups
    )
    three = create_model(network, T, 3).get_layer("readout").groups
    np.testing.assert_array_equal(three, [network.readout_groups[g] for g in range(3)])


def test_the_published_scale_is_no_weight(network):
    usual, published = (
        create_model(network, T, task="garrett", as_published=flag) for flag in (False, True)
    )
    assert usual.get_layer("readout").trainable_variables
    assert not published.get_layer("readout").variables
    spikes = spikes_of(network)
    np.testing.assert_array_equal(
        usual.get_layer("readout")(spikes), published.get_layer("readout")(spikes)
    )


@pytest.mark.parametrize("task", PUBLISHED)
def test_the_published_linear_readout_is_a_slice_of_eighteen_outputs(network, task):
    model = create_model(network, T, task=task, readout="linear", as_published=True)
    projection = model.get_layer("projection")
    assert projection.kernel.shape == (50, 18)
    bias = np.arange(18.0)
    projection.set_weights([np.zeros((50, 18)), bias])
    shown = keras.Model(projection.input, model.get_layer("prediction").output)
    scores = shown(np.zeros((1, T, network.n_neurons), np.float32))
    np.testing.assert_array_equal(scores[0, 0], bias[slice(*PUBLISHED[task][2])])


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"task": "mnist"}, r"task must be one of \['garrett', .* got 'mnist'"),
        ({"task": "garrett", "n_output": 3}, "n_output must be 2, the classes of task 'garrett'"),
    ],
)
def test_bad_tasks_get_one_sentence(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        create_model(network, T, **arguments)


def test_a_missing_group_is_named(network):
    small = replace(network, readout_groups={1: np.arange(3)})
    with pytest.raises(ValueError, match=r"needs the readout group 0, but .* cannot fill \[0\]"):
        create_model(small, T, task="garrett", readout="groups")
    assert create_model(small, T, task="garrett").get_layer("projection") is not None


def test_nest_reads_the_group_against_the_same_constant(network):
    from keras_v1_activity import Activity

    group = network.task_groups("garrett")
    readout = SpikeCountReadout(group, window_ms=(0, 100), threshold=0.01)
    for n_spikes, prediction in ((2, 0), (4, 1)):  # the constant stands for 0.01 * 3 * 100 = 3
        fired = np.zeros((100, 50), bool)
        fired[np.arange(n_spikes) * 7, group[0, 0]] = True
        found = readout.read(Activity.from_dense(fired))
        assert found.prediction == prediction
        np.testing.assert_allclose(found.confidence, np.array([3, n_spikes]) / (3 + n_spikes))
