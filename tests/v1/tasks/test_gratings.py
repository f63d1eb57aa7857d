"""Drifting gratings: how they stand, how they move, how bright they are."""

import numpy as np
import pytest
from lgn_waves import turn_between, wave_of

from keras_v1_activity.v1.tasks.gratings import drifting_grating


@pytest.mark.parametrize("orientation", [0.0, 30.0, 45.0, 90.0, 140.0])
def test_a_grating_has_its_orientation_and_drifts_across_its_bars_at_2_hz(orientation):
    p = drifting_grating(np.array([orientation]), np.array([0.7]), 100).numpy()
    frames = p.reshape(100, 100, 174)
    angle, frequency, _ = wave_of(frames[0])
    assert turn_between(angle, orientation) <= 0.5 and abs(frequency - 0.05) < 1e-9
    phases = np.unwrap([wave_of(frame)[2] for frame in frames[::20]])
    # The phase of a wave cos(k r - w t) falls by w in a unit of time.
    np.testing.assert_allclose(np.diff(phases), -2 * np.pi * 2.0 * 0.02, atol=0.02)


def test_bars_of_45_degrees_rise_to_the_right():
    frame = drifting_grating(np.array([45.0]), np.array([0.3]), 1).numpy().reshape(100, 174)
    np.testing.assert_allclose(frame[1:, :-1], frame[:-1, 1:], atol=1e-5)


def test_a_grating_has_the_mean_and_spread_of_the_lgn_before_clipping():
    p = drifting_grating(np.array([20.0]), np.array([0.0]), 1000).numpy()
    assert p.min() == 0.0
    high = p.max() - 0.02
    np.testing.assert_allclose(high, 0.02082 * np.sqrt(2), rtol=1e-3)
    phase = np.linspace(0, 2 * np.pi, 100_000)
    expected = np.clip(0.02 + 0.02082 * np.sqrt(2) * np.cos(phase), 0, 1)
    np.testing.assert_allclose([p.mean(), p.std()], [expected.mean(), expected.std()], rtol=0.02)
