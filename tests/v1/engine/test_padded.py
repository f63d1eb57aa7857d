"""Buckets of rows: every row once, and no other choice of widths pads less."""

from itertools import combinations

import numpy as np
import pytest

from keras_v1_activity.v1.engine.padded import buckets


def padded_area(degree, widths):
    """Places of a table whose rows are filled up to the next of the ascending widths."""
    widths = np.array(widths)
    return int(widths[np.searchsorted(widths, degree[degree > 0])].sum())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_other_buckets_need_less_padding(seed, most):
    rng = np.random.default_rng(seed)
    degree = rng.integers(0, 9, rng.integers(1, 40))
    found = list(buckets(degree, most))
    lengths = np.unique(degree[degree > 0])
    if not lengths.size:
        assert not found
        return
    least = min(
        padded_area(degree, [*inner, lengths[-1]])
        for k in range(min(most, lengths.size))
        for inner in combinations(lengths[:-1], k)
    )
    assert len(found) <= most
    assert sum(len(members) * width for members, width in found) == least


def test_every_row_with_synapses_is_in_one_bucket_that_is_long_enough():
    degree = np.random.default_rng(0).geometric(0.001, 5000) - 1  # thousands of lengths
    found = list(buckets(degree))
    members = np.concatenate([rows for rows, _ in found])
    np.testing.assert_array_equal(np.sort(members), np.flatnonzero(degree))
    assert all(degree[rows].max() <= width for rows, width in found)
    assert max(width for _, width in found) == degree.max()


def test_rows_of_one_length_are_not_padded():
    ((members, width),) = buckets(np.array([0, 7, 7, 0, 7]))
    assert members.tolist() == [1, 2, 4] and width == 7


def test_without_synapses_there_are_no_buckets():
    assert list(buckets(np.zeros(3, int))) == []
