"""What the model said and what was true, from the numbers that training saw."""

import numpy as np
import pytest

from keras_v1_activity.capture.kinds import CLASSES
from keras_v1_activity.capture.readout import confidence_of, label_of, read_sample


def test_probabilities_are_averaged_over_the_scored_chunks():
    outputs = np.array([[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]], np.float32)
    np.testing.assert_allclose(confidence_of(outputs), outputs.mean(0), rtol=1e-6)
    np.testing.assert_allclose(confidence_of(outputs, [0, 3, 1]), [0.8, 0.2], rtol=1e-6)
    # Weights of zero score nothing; then all chunks count alike.
    np.testing.assert_allclose(confidence_of(outputs, [0, 0, 0]), outputs.mean(0), rtol=1e-6)


def test_logits_become_probabilities():
    logits = np.array([[1000.0, 1000.0 + np.log(3.0)]], np.float32)
    np.testing.assert_allclose(confidence_of(logits), [0.25, 0.75], rtol=1e-3)


def test_one_output_is_no_choice_and_nan_stays_nan():
    assert confidence_of(np.array([[0.7]])) is None
    assert confidence_of(None) is None
    assert np.isnan(confidence_of(np.array([[np.nan, 0.5]]))).any()


@pytest.mark.parametrize(
    ("target", "chunks", "weights", "label"),
    [(2, 1, None, 2), ([2], 4, None, 2), ([0, 0, 1], 1, None, 2), ([1, 2, 2, 0], 4, None, 2),
     ([1, 2, 2, 0], 4, [1, 0, 0, 0], 1), ([[1], [2], [2], [0]], 4, [0, 0, 0, 2], 0),
     ([[0, 1, 0], [0, 0, 1]], 2, [1, 3], 2), (0.37, 1, None, None), (np.nan, 1, None, None),
     (1e12, 1, None, None), (1e20, 1, None, None), ([1e12, 1.0], 2, None, None),
     ([[0.5, 1.5, 3.0], [1, 2, 4]], 2, None, None), ([[0, 1, 0], [0, 0, 0]], 2, None, 1),
     ([0.5, 2.0, 7.0, 1.0, 1.0], 1, None, None), (None, 1, None, None), (-1, 1, None, None)],
)  # fmt: skip
def test_label_in_every_shape(target, chunks, weights, label):
    target = None if target is None else np.array(target, np.float32)
    assert label_of(target, chunks, 3, weights) == label


def test_the_greatest_whole_number_is_no_class():
    assert label_of(np.array([2**64 - 1], np.uint64), 1, 1) is None


SIGMOIDS = np.array([[0.66, 0.56, 0.45]], np.float32)


def test_probabilities_that_exclude_no_other_are_parts_of_their_sum():
    _, confidence, label = read_sample(SIGMOIDS, [0, 1, 0], kind=CLASSES, from_logits=False)
    np.testing.assert_allclose(confidence, SIGMOIDS[0] / SIGMOIDS.sum(), rtol=1e-6)
    assert label == 1
    logits = np.array([[2.0, -1.0, 0.5]])
    _, confidence, _ = read_sample(logits, 2, kind=CLASSES, from_logits=False)
    np.testing.assert_allclose(confidence, np.exp(logits[0]) / np.exp(logits).sum(), rtol=1e-6)


@pytest.mark.parametrize("target", [[1, 0, 1], [0, 0, 0], [1, 1, 1]])
def test_several_classes_at_once_have_no_prediction(target):
    outputs, confidence, label = read_sample(SIGMOIDS, target, kind=CLASSES, from_logits=False)
    assert outputs is SIGMOIDS and confidence is None and label is None


def test_as_many_chunks_as_classes_are_no_several_classes():
    chunks = np.full((3, 3), 1 / 3)
    _, confidence, label = read_sample(chunks, [0, 1, 1], kind=CLASSES, from_logits=False)
    assert label == 1 and confidence is not None
