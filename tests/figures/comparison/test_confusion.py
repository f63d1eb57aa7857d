"""The confusion of classes, read back, against scikit-learn."""

import numpy as np
import pytest
from drawn import words
from sklearn.metrics import confusion_matrix

from keras_v1_activity.figures import comparison


def classified(n_classes, n, seed=0):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, n_classes, n)
    scores = rng.random((n, n_classes))
    scores[np.arange(n), true] += 0.4
    return true, scores.argmax(axis=1), scores / scores.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("n_classes", [2, 10])
def test_confusion_agrees_with_scikit_learn(n_classes):
    true, predicted, confidence = classified(n_classes, 200)
    handles = comparison.confusion(true, predicted, confidence).handles
    matrix = confusion_matrix(true, predicted, labels=range(n_classes))
    np.testing.assert_array_equal(handles["counts"], matrix)
    share = matrix / matrix.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(handles["image"].get_array(), share)
    sure = confidence.max(axis=1)
    assert sorted(handles["confidence_right"]) == sorted(sure[true == predicted])
    assert sorted(handles["confidence_wrong"]) == sorted(sure[true != predicted])
    assert handles["accuracy"] == np.mean(true == predicted)
    for k in range(n_classes):
        expected = confidence[true == k, k].mean()
        assert handles["mean_true_confidence"][k] == pytest.approx(expected)


def test_confusion_leaves_out_the_unlabelled_and_counts_the_unpredicted():
    figure = comparison.confusion([0, 1, None, 1], [0, -1, 1, 1])
    assert figure.handles["counts"].tolist() == [[1, 0], [0, 1]]
    assert (figure.handles["n_samples"], figure.handles["without_prediction"]) == (3, 1)
    assert figure.handles["accuracy"] == pytest.approx(2 / 3)
    assert "1 without a prediction" in words(figure)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (([0, 1], [0]), "must be of the same samples"),
        (([0, 1], [0, 1], np.zeros((3, 2))), "must be of the same samples"),
        (([-1, None], [0, 1]), "true holds no known class"),
        ((["a"], [0]), "true must be one class number a sample"),
        (([0, 2], [0, 1], None, ["x", "y"]), "class_names must name 3 classes; got 2"),
    ],
)
def test_confusion_refuses_what_does_not_fit(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        comparison.confusion(*arguments)


def test_long_names_of_classes_stay_on_the_picture():
    true, predicted, _ = classified(20, 100)
    figure = comparison.confusion(true, predicted, class_names=[f"a digit {i}" for i in range(20)])
    figure.pixels()
    for axes in figure.axes[:2]:
        box = axes.get_tightbbox()
        assert box.x0 >= 0 and box.y0 >= 0
