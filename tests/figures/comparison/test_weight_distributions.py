"""Distributions of weights, read back, against computing them another way."""

import warnings

import numpy as np
import pytest
from drawn import words

from keras_v1_activity.figures import comparison


def test_weight_distributions_are_shares_on_shared_bins():
    rng = np.random.default_rng(0)
    before = {"Exc to Exc": rng.lognormal(0, 1, 5000), "Inh to Exc": -rng.lognormal(0, 1, 3000)}
    after = {
        name: weights * rng.lognormal(0, 0.3, weights.size) for name, weights in before.items()
    }
    after["Exc to Exc"][:500] = 0.0
    figure = comparison.weight_distributions({"untrained": before, "trained": after})
    for name, panel in figure.handles["panels"].items():
        for label, weights in (("untrained", before[name]), ("trained", after[name])):
            expected = np.histogram(weights, panel["edges"])[0] / weights.size
            np.testing.assert_allclose(panel["share"][label], expected)
            assert expected.sum() > 0.995
            numbers = figure.handles["numbers"][name][label]
            assert numbers["median"] == np.median(weights) and numbers["n"] == weights.size
            assert numbers["share_zero"] == np.mean(weights == 0)
    assert "untrained" in words(figure) and "weight (pA)" in words(figure)


def test_weight_distributions_refuse_nothing_and_too_many():
    with pytest.raises(ValueError, match="at least one of each; got none"):
        comparison.weight_distributions({})
    with pytest.raises(ValueError, match="at most 6 networks can be told apart; got 7"):
        comparison.weight_distributions({str(i): {"E": np.ones(3)} for i in range(7)})


def test_a_class_without_synapses_is_said_and_gives_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = comparison.weight_distributions({"a": {"E": np.ones(3), "none": np.zeros(0)}})
        figure.pixels()
    assert "no synapses" in words(figure)
