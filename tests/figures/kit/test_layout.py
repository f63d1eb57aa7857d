"""Labels that do not overlap, and bins of round lengths."""

import numpy as np

from keras_v1_activity.figures.kit.layout import spread_labels


def test_labels_are_spread_no_farther_than_needed():
    placed = spread_labels([1.0, 1.5, 9.0, 9.9], gap=1.0, low=0.0, high=10.0)
    assert np.all(np.diff(placed) >= 1 - 1e-9)
    assert placed.min() >= 0 and placed.max() <= 10
    np.testing.assert_allclose(spread_labels([2.0, 5.0], 1.0, 0.0, 10.0), [2.0, 5.0])
