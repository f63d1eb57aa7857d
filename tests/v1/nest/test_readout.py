"""From spikes of the output neurons to a class."""

import numpy as np
import pytest

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.v1 import nest as v1_nest


def spikes_at(times, n_steps=200, n_neurons=6):
    dense = np.zeros((n_steps, n_neurons), bool)
    for step, neuron in times:
        dense[step, neuron] = True
    return Activity.from_dense(dense)


def test_the_class_whose_neurons_fire_most_in_the_window_is_predicted():
    times = [(10, 4), (50, 0), (60, 2), (99, 3), (149, 2), (150, 4), (160, 5)]
    readout = v1_nest.SpikeCountReadout(np.array([[0, 1], [2, 3], [4, 5]]), window_ms=(50, 150))
    read = readout.read(spikes_at(times))
    assert readout.counts(spikes_at(times)).tolist() == [1, 3, 0]
    np.testing.assert_allclose(read.confidence, [0.25, 0.75, 0])
    assert read.prediction == 1 and read.neurons.readout_neurons.tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(read.outputs[[0, 3]], [[0, 0, 1], [0, 0, 1]])
    assert readout.read(spikes_at([(10, 0)])).prediction is None


def test_a_linear_readout_is_the_softmax_of_mean_spikes():
    rng = np.random.default_rng(0)
    weights, biases = rng.normal(size=(6, 3)), rng.normal(size=3)
    dense = rng.random((200, 6)) < 0.2
    readout = v1_nest.SpikeCountReadout(weights=weights, biases=biases, window_ms=(50, 150))
    scores = dense[50:150].mean(axis=0) @ weights + biases
    expected = np.exp(scores) / np.exp(scores).sum()
    read = readout.read(Activity.from_dense(dense))
    np.testing.assert_allclose(read.confidence, expected, rtol=1e-5)


@pytest.mark.parametrize("window", [(200, 50), (-1, 50), (300, 400)])
def test_a_window_outside_the_trial_is_refused(window):
    with pytest.raises(ValueError, match="window"):
        v1_nest.SpikeCountReadout(np.zeros((2, 2), int), window_ms=window).read(spikes_at([]))
