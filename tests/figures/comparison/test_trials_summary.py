"""Mean and standard deviation over trials, read back, against computing them another way."""

import numpy as np
import pytest
from activities import trials
from comparison_cases import hz
from drawn import words

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import comparison


def test_trials_summary_has_mean_and_standard_deviation_over_trials():
    several = trials()
    handles = comparison.trials_summary(several, window_ms=(50, 200)).handles
    rates = np.array([hz(a, 50, 200) for a in several])
    np.testing.assert_allclose(handles["neuron_mean"], rates.mean(axis=0))
    np.testing.assert_allclose(handles["neuron_sd"], np.std(rates, axis=0, ddof=1))
    names = several[0].populations.names_per_neuron()
    for i, name in enumerate(several[0].populations.names):
        by_trial = rates[:, names == name].mean(axis=1)
        assert handles["population_mean"][i] == pytest.approx(by_trial.mean())
        assert handles["population_sd"][i] == pytest.approx(by_trial.std(ddof=1))
    over_time = np.array([a.spikes().reshape(120, 5, 200).sum(axis=(1, 2)) for a in several])
    over_time = over_time * 1000 / (5 * 200)
    np.testing.assert_allclose(handles["mean_rate"], over_time.mean(axis=0))
    np.testing.assert_allclose(handles["sd_rate"], over_time.std(axis=0, ddof=1))
    assert handles["n_spikes"].tolist() == [a.spikes().sum() for a in several]


def test_one_trial_has_no_standard_deviation_and_the_figure_says_so():
    figure = comparison.trials_summary(trials()[:1])
    assert np.isnan(figure.handles["neuron_sd"]).all()
    assert "no standard deviation of one trial" in words(figure)


def test_trials_of_another_length_are_refused():
    a = trials()[0]
    short = Activity.from_dense(a.spikes()[:300], neurons=a.neurons)
    with pytest.raises(ValueError, match="trial 2 lasts 300 ms .* trial 1 600 ms"):
        comparison.trials_summary([a, short])
