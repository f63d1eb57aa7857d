"""Where stacked traces stand."""

import numpy as np

from keras_v1_activity.figures.kit.stacked_traces import Stack


def traces(k=6, n_steps=200, seed=0):
    return np.random.default_rng(seed).normal(-60, 3, (n_steps, k)).astype(np.float32)


def test_quiet_traces_keep_their_values_within_their_bands():
    potentials = traces()
    stack = Stack.of(potentials, None)
    shown, cut = stack.limited(potentials)
    assert not cut.any()
    np.testing.assert_allclose(shown - stack.offsets, potentials, rtol=1e-6)
    assert (np.abs(shown - stack.centres) <= stack.height).all()
    # The first trace is on top.
    np.testing.assert_allclose(np.diff(stack.centres), -stack.height)


def test_a_runaway_trace_is_cut_and_does_not_flatten_the_others():
    potentials = traces()
    calm = Stack.of(potentials, None)
    potentials[50:, 2] = 1e6
    stack = Stack.of(potentials, None)
    shown, cut = stack.limited(potentials)
    assert np.flatnonzero(cut).tolist() == [2]
    assert stack.height < 1.2 * calm.height
    assert np.ptp(shown[:, 2]) <= stack.height * (1 + 1e-9)


def test_thresholds_stand_in_the_bands_of_their_traces_or_nowhere():
    potentials = traces(3)
    stack = Stack.of(potentials, np.array([-50.0, -50.0, -50.0]))
    levels = stack.levels(np.array([-50.0, -50.0, 900.0]))
    np.testing.assert_allclose(levels[:2], -50 + stack.offsets[:2])
    assert np.isnan(levels[2])


def test_one_trace_keeps_its_own_axis():
    potentials = traces(1)
    stack = Stack.of(potentials, None)
    shown, _ = stack.limited(potentials)
    np.testing.assert_array_equal(shown, potentials)
