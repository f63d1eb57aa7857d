"""What the input's figure draws, read back from its artists."""

import numpy as np
import pytest
from activities import make_activity
from drawn import handles_of, words_of
from figure_cases import constant_input, with_nan

from keras_v1_activity.figures import input as input_figure


def test_input_heatmap_holds_the_input_in_channel_numbers():
    a = make_activity(20, n_inputs=17_400)
    handles = handles_of("input", a)
    np.testing.assert_array_equal(handles["image"].get_array(), a.inputs.T)
    assert handles["image"].get_extent() == [0, 600, 17_400, 0]
    assert handles["axes"].get_ylim() == (17_400, 0)
    np.testing.assert_allclose(handles["mean"].get_ydata(), a.inputs.mean(axis=1), rtol=1e-4)


def test_a_long_input_is_averaged_in_time_and_sparse_spikes_stay_visible():
    inputs = np.zeros((5000, 100), np.float32)
    inputs[1234, 7] = 1
    a = make_activity(20, n_steps=5000, inputs=inputs, n_inputs=100, n_voltages=0)
    image = handles_of("input", a)["image"]
    shown = np.asarray(image.get_array())
    assert shown.shape[0] == 100 and shown.shape[1] < 1000
    assert np.argwhere(shown > 0).tolist() == [[7, 1234 // (-(-5000 // 755))]]
    assert shown.sum() == pytest.approx(inputs.sum() / (-(-5000 // 755)))


def test_averaging_columns_ignores_nan_unless_all_are():
    values = np.array([[1.0], [np.nan], [np.nan], [np.nan], [5.0]])
    mean = input_figure.average_columns(values, 3)
    np.testing.assert_array_equal(mean, [[1.0], [np.nan], [5.0]])


def test_input_says_when_it_is_zero_constant_or_missing():
    assert "zero throughout" in words_of("input", constant_input(0.0))
    assert "0.02 throughout" in words_of("input", constant_input(0.02))
    assert "no input recorded" in words_of("input", make_activity(9, n_inputs=0))
    assert "NaN" in words_of("input", with_nan(make_activity(50)))
