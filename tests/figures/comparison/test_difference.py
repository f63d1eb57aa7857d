"""The difference of two activities, read back, against computing it another way."""

import numpy as np
import pytest
from activities import trials
from comparison_cases import hz, without_places
from drawn import words

from keras_v1_activity.figures import comparison


@pytest.mark.parametrize("n_neurons", [200, 6000])
def test_difference_is_drawn_in_every_panel(n_neurons):
    a, b = trials(n_neurons, 2)
    figure = comparison.difference(a, b, ("Keras", "NEST"), window_ms=(100, 300))
    delta = hz(b, 100, 300) - hz(a, 100, 300)
    np.testing.assert_allclose(figure.handles["difference"], delta)
    counts, edges = figure.handles["histogram"]
    assert counts.sum() == n_neurons
    # The bin around 0 holds the neurons that do not differ.
    middle = np.searchsorted(edges, 0.0) - 1
    assert np.count_nonzero(np.abs(delta) < edges[middle + 1]) == counts[middle]
    metrics = figure.handles["metrics"]
    correlation = np.corrcoef(hz(a, 100, 300), hz(b, 100, 300))[0, 1]
    assert metrics["rate_correlation"] == pytest.approx(correlation)
    said = words(figure)
    assert f"{correlation:.3f}".replace("-", "−") in said and "NEST (Hz)" in said
    low, high = figure.handles["plane"].image.get_clim()
    assert low == -high, "no difference must be the middle of the colours"


def test_difference_without_positions_says_so():
    a, b = (without_places(t) for t in trials()[:2])
    figure = comparison.difference(a, b)
    assert figure.handles["plane"] is None and "is not known" in words(figure)


def test_trials_may_come_from_a_generator():
    looks = trials(60)
    drawn = comparison.difference((look for look in looks), iter(looks[1:]))
    expected = comparison.difference(looks, looks[1:])
    np.testing.assert_array_equal(drawn.handles["difference"], expected.handles["difference"])
    classes = {"left": looks[:2], "right": looks[2:]}
    drawn = comparison.response_similarity({name: iter(looks) for name, looks in classes.items()})
    expected = comparison.response_similarity(classes)
    np.testing.assert_array_equal(drawn.handles["error"], expected.handles["error"])
