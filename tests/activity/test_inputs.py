"""The mean over groups of neighbouring input channels, against counting by hand."""

import numpy as np
import pytest

from keras_v1_activity.activity.inputs import average_channels, group_sizes


@pytest.mark.parametrize("n_channels, group", [(1, 1), (7, 3), (6, 3), (5, 9), (200, 1), (401, 3)])
def test_each_group_is_the_mean_of_its_channels(n_channels, group):
    x = np.random.default_rng(0).normal(size=(11, n_channels)).astype(np.float32)
    averaged = average_channels(x, group)
    by_hand = [x[:, i : i + group].mean(axis=1) for i in range(0, n_channels, group)]
    assert averaged.dtype == np.float32
    np.testing.assert_allclose(averaged, np.stack(by_hand, axis=1), rtol=1e-5, atol=1e-6)
    sizes = [min(group, n_channels - i) for i in range(0, n_channels, group)]
    assert group_sizes(n_channels, group).tolist() == sizes


def test_spikes_are_counted_exactly():
    spikes = np.random.default_rng(0).random((50, 17)) < 0.3
    expected = [
        [row[i : i + 4].sum() / len(row[i : i + 4]) for i in range(0, 17, 4)] for row in spikes
    ]
    np.testing.assert_array_equal(average_channels(spikes, 4), np.array(expected, np.float32))


def test_nan_stays_in_its_group_and_its_time_step():
    x = np.zeros((2, 4))
    x[1, 0] = np.nan
    np.testing.assert_array_equal(average_channels(x, 2), [[0, 0], [np.nan, 0]])


def test_no_channels_and_no_time_give_an_empty_array():
    assert average_channels(np.zeros((3, 0)), 2).shape == (3, 0)
    assert average_channels(np.zeros((0, 5)), 2).shape == (0, 3)


def test_the_given_array_is_not_shared():
    x = np.ones((2, 3), np.float32)
    average_channels(x, 1)[:] = 5
    assert (x == 1).all()


def test_what_is_no_table_or_no_group_is_refused():
    with pytest.raises(ValueError, match=r"inputs must have shape \(time, channels\); got \(3,\)"):
        average_channels([1, 2, 3], 2)
    with pytest.raises(ValueError, match="group must be a whole number of at least 1"):
        average_channels([[1, 2, 3]], 0)
