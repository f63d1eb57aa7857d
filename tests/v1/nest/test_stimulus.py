"""What a trial shows, before and after spikes are drawn."""

from dataclasses import replace

import numpy as np

from keras_v1_activity.v1 import nest as v1_nest


def test_a_stimulus_keeps_the_probabilities_of_each_part():
    p = np.zeros((300, 4000), np.float32)
    p[100:200] = np.linspace(0, 1, 4000)
    shown = v1_nest.Stimulus.from_currents(1.3 * p, label=2)
    assert shown.durations.tolist() == [100, 100, 100] and shown.label == 2
    x = shown.draw(np.random.default_rng(0))
    assert x.dtype == bool and not x[:100].any() and not x[200:].any()
    np.testing.assert_allclose(x[100:200].mean(axis=0), p[100], atol=0.25)
    assert abs(x[100:200].mean() - 0.5) < 0.005
    currents = replace(shown, current_input=True).draw(np.random.default_rng(0))
    np.testing.assert_allclose(currents, 1.3 * p, rtol=1e-6)
