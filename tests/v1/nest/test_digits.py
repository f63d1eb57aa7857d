"""Digits for NEST, made without TensorFlow, against the trials that the model is trained on."""

from dataclasses import replace

import numpy as np
import pytest
from oracles import random_network

from keras_v1_activity.v1.nest import Stimulus
from keras_v1_activity.v1.nest.digits import HeldOutDigits
from keras_v1_activity.v1.stimuli.lgn import lgn_probability
from keras_v1_activity.v1.stimuli.lgn_grid import image_probability
from keras_v1_activity.v1.stimuli.trials import Trial
from keras_v1_activity.v1.tasks import make_task

N_LGN = 17_400


@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (100, 174), (200, 300), (1, 5)])
def test_images_excite_the_lgn_as_tensorflow_s_resizing_does(shape):
    image = np.random.default_rng(0).random(shape)
    np.testing.assert_allclose(image_probability(image), lgn_probability(image[None])[0], atol=5e-6)


def test_a_blank_image_is_grey():
    np.testing.assert_allclose(image_probability(np.full((8, 8), 3.0)), 0.02)


@pytest.mark.parametrize("n_input", [N_LGN, 300])
def test_the_held_out_digits_are_those_of_the_task(n_input):
    merging = np.arange(N_LGN)
    if n_input < N_LGN:
        merging = np.random.default_rng(0).integers(0, n_input, N_LGN)
    network = replace(random_network(10, n_input=n_input, n_synapses=20), input_channel_of=merging)
    task = make_task(
        "10class", network, batch_size=1, seq_len=200, current_input=True, n_test=4, seed=7
    )
    digits = HeldOutDigits(network, Trial.fitted(200), seed=7)
    for (x, y, _), ours in zip(task.test, digits, strict=False):
        theirs = Stimulus.from_currents(x[0].numpy(), int(y[0, 0]))
        assert ours.label == theirs.label
        np.testing.assert_array_equal(ours.durations, theirs.durations)
        np.testing.assert_allclose(ours.probability, theirs.probability, atol=5e-6)
    assert (digits.name, digits.classes) == (task.name, task.classes)
    assert len(list(digits)) == digits.n_test > 300


def test_another_lgn_is_refused():
    with pytest.raises(ValueError, match="100 x 174 LGN units"):
        HeldOutDigits(random_network(10, n_input=30, n_synapses=20))
