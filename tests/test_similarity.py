"""Similarity of responses, against scipy, scikit-learn and plain numpy."""

import dataclasses

import numpy as np
import pytest
from activities import make_activity, poisson_spikes
from scipy.spatial.distance import cosine as scipy_cosine_distance
from scipy.stats import pearsonr
from sklearn.metrics import mean_absolute_error as sklearn_mae

from keras_v1_activity import similarity
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations


def activity(seed, n_neurons=80, rate_hz=15.0, neurons=None, dt=1.0, n_steps=400):
    spikes = poisson_spikes(n_steps, n_neurons, rate_hz, dt, np.random.default_rng(seed))
    return Activity.from_dense(spikes, dt=dt, neurons=neurons)


def dense_rates(a, first=None, end=None):
    """Rates the long way: from the dense array, in Hz."""
    part = a.spikes()[first:end]
    return part.sum(axis=0) * 1000.0 / (len(part) * a.dt)


def test_correlation_cosine_and_error_agree_with_scipy_and_sklearn():
    a, b = activity(1), activity(2, rate_hz=20.0)
    x, y = dense_rates(a), dense_rates(b)
    found = similarity.compare(a, b)
    assert found["rate_correlation"] == pytest.approx(pearsonr(x, y).statistic, abs=1e-12)
    assert found["rate_cosine"] == pytest.approx(1 - scipy_cosine_distance(x, y), abs=1e-12)
    assert found["rate_mae_hz"] == pytest.approx(sklearn_mae(x, y), abs=1e-12)
    assert found["relative_rate_difference"] == pytest.approx(y.mean() / x.mean() - 1)
    for response, one, rates in zip(found["responses"], (a, b), (x, y), strict=True):
        assert response["n_spikes"] == one.spikes().sum()
        assert response["active_fraction"] == np.mean(rates > 0)
        assert response["sparseness"] == pytest.approx(np.mean(rates) ** 2 / np.mean(rates**2))


@pytest.mark.parametrize("dt, window", [(1.0, (50, 200)), (0.5, (20, 120)), (1.0, (350, 900))])
def test_a_window_counts_only_its_own_spikes(dt, window):
    a = activity(3, dt=dt)
    first, end = (int(t / dt) for t in window)
    np.testing.assert_allclose(similarity.rates_in(a, window), dense_rates(a, first, end))


def test_trials_are_averaged_before_they_are_compared():
    first, second = [activity(i) for i in range(3)], [activity(i + 10) for i in range(4)]
    x = np.mean([dense_rates(a) for a in first], axis=0)
    y = np.mean([dense_rates(a) for a in second], axis=0)
    found = similarity.compare(first, second)
    assert found["rate_correlation"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert [r["n_trials"] for r in found["responses"]] == [3, 4]
    assert found["responses"][1]["n_spikes"] == np.mean([a.n_spikes for a in second])


def test_trials_may_come_from_a_generator():
    trials = [activity(i) for i in range(3)]
    given = similarity.compare((t for t in trials), iter(trials[1:]))
    assert given == similarity.compare(trials, trials[1:])


def test_sparseness_of_treves_and_rolls_at_its_ends():
    assert similarity.sparseness(np.full(50, 3.0)) == pytest.approx(1.0)
    assert similarity.sparseness(np.eye(1, 50)[0]) == pytest.approx(1 / 50)
    # An exponential distribution of rates has a mean square of twice the squared mean.
    rates = np.random.default_rng(0).exponential(5.0, 200_000)
    assert similarity.sparseness(rates) == pytest.approx(0.5, abs=0.01)


def test_populations_are_compared_one_by_one():
    names = np.array(["e23Cux2", "i4Pvalb", "e23Cux2", "i1Htr3a"])
    neurons = Neurons(Populations.from_names(names))
    a, b = (Activity.from_dense(np.zeros((100, 4)), neurons=neurons) for _ in range(2))
    spikes_a, spikes_b = np.zeros((100, 4)), np.zeros((100, 4))
    spikes_a[:2, 0], spikes_a[5, 1] = 1, 1
    spikes_b[:4, [0, 2]], spikes_b[9, 3] = 1, 1
    a, b = (Activity.from_dense(s, neurons=neurons) for s in (spikes_a, spikes_b))
    found = similarity.compare(a, b)["population_rates"]
    assert found["e23Cux2"] == {"first_hz": 10.0, "second_hz": 40.0, "relative_difference": 3.0}
    assert found["i4Pvalb"] == {"first_hz": 10.0, "second_hz": 0.0, "relative_difference": -1.0}
    assert found["i1Htr3a"] == {"first_hz": 0.0, "second_hz": 10.0, "relative_difference": None}


def test_what_is_unknown_is_none_and_not_a_number():
    silent = Activity.from_dense(np.zeros((100, 5)))
    found = similarity.compare(silent, silent)
    assert found["rate_correlation"] is found["rate_cosine"] is None
    assert found["responses"][0]["sparseness"] is None
    assert found["rate_mae_hz"] == found["relative_rate_difference"] == 0.0


def test_similarity_of_classes_is_the_mean_over_pairs_of_different_trials():
    responses = {name: [activity(10 * k + i) for i in range(3)] for k, name in enumerate("abc")}
    correlation, error = similarity.response_similarity(responses)
    rates = {name: [dense_rates(a) for a in trials] for name, trials in responses.items()}
    for i, one in enumerate("abc"):
        for j, other in enumerate("abc"):
            pairs = [
                (x, y)
                for k, x in enumerate(rates[one])
                for m, y in enumerate(rates[other])
                if (i, k) != (j, m)
            ]
            by_scipy = np.mean([pearsonr(x, y).statistic for x, y in pairs])
            assert correlation[i, j] == pytest.approx(by_scipy, abs=1e-12)
            assert error[i, j] == pytest.approx(np.mean([sklearn_mae(x, y) for x, y in pairs]))


def test_one_trial_a_class_has_no_pair_of_its_own():
    correlation, error = similarity.response_similarity({"a": activity(1), "b": activity(2)})
    assert np.isnan(np.diag(correlation)).all() and np.isnan(np.diag(error)).all()
    assert np.isfinite([correlation[0, 1], error[1, 0]]).all()


def other_places():
    positions = np.random.default_rng(0).uniform(-400, 400, (80, 3)).astype(np.float32)
    neurons = dataclasses.replace(Neurons.unnamed(80), positions=positions)
    moved = dataclasses.replace(neurons, positions=positions[::-1].copy())
    return activity(1, neurons=neurons), activity(1, neurons=moved)


@pytest.mark.parametrize(
    "pair, sentence",
    [
        (lambda: (activity(1), activity(1, 90)), "A has 80 neurons, B 90: only responses of the"),
        (
            lambda: (make_activity(50, seed=1), make_activity(50, seed=2)),
            "the neurons of A and B belong to other populations: only",
        ),
        (other_places, "the neurons of A and B lie at other places: only"),
    ],
)
def test_other_neurons_are_refused_in_one_sentence(pair, sentence):
    with pytest.raises(ValueError, match=sentence):
        similarity.compare(*pair(), labels=("A", "B"))


@pytest.mark.parametrize(
    "window, sentence",
    [
        ((200, 50), "window must be two times in ms"),
        ((-5, 50), "window must be two times in ms"),
        ((400, 500), "window begins at 400 ms, but the activity lasts 400 ms"),
    ],
)
def test_windows_that_do_not_fit_are_refused(window, sentence):
    with pytest.raises(ValueError, match=sentence):
        similarity.rates_in(activity(1), window)


def test_no_trials_are_refused():
    with pytest.raises(ValueError, match="or several of them; got none"):
        similarity.compare([], activity(1))
    with pytest.raises(ValueError, match="at least one class; got none"):
        similarity.response_similarity({})
