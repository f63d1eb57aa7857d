"""Conversions of units, by hand."""

import numpy as np

from keras_v1_activity.common import units


def test_times_and_time_steps():
    np.testing.assert_array_equal(units.steps_to_ms([0, 3], 0.5), [0.0, 1.5])
    np.testing.assert_array_equal(units.ms_to_steps([1.4, 1.6], 1.0), [1, 2])
    assert units.ms_to_steps(units.steps_to_ms(7, 0.1), 0.1) == 7


def test_rates():
    assert units.counts_to_hz(6, duration_ms=300, n_neurons=2) == 10.0
    np.testing.assert_array_equal(units.counts_to_hz([1, 2], [100, 200], [1, 2]), [10.0, 5.0])


def test_potentials_are_0_at_rest_and_1_at_threshold():
    assert units.mv_to_normalised(-70.0, -70.0, -50.0) == 0.0
    assert units.mv_to_normalised(-50.0, -70.0, -50.0) == 1.0
    v = np.linspace(-90, -40, 11)
    np.testing.assert_allclose(
        units.normalised_to_mv(units.mv_to_normalised(v, -70.0, -50.0), -70.0, -50.0), v
    )
