"""Trials: how long their parts are, and what is left for grey."""

import pytest

from keras_v1_activity.v1.stimuli.cue_trial import CueTrial
from keras_v1_activity.v1.stimuli.trials import PairTrial, Trial


def test_seq_len_is_filled_with_grey():
    assert Trial.fitted(300, 50, 100, 50) == Trial(50, 100, 150)
    assert Trial.fitted(None, None, None, 50) == Trial(50, 100, 50)
    assert PairTrial.fitted(400).seq_len == 400
    assert CueTrial.fitted(500).delay == 50


def test_grey_after_each_of_two_images_is_what_half_of_the_trial_leaves():
    assert PairTrial.fitted(500) == PairTrial(50, 100, 100)
    assert [PairTrial.fitted(500).parts[k] for k in (1, 3)] == [("first", 100), ("second", 100)]


def test_a_trial_is_scheduled_in_the_order_and_length_of_its_parts():
    pictures = {"grey": "grey", "first": "A", "second": "B"}
    shown = PairTrial(0, 50, 100).schedule(pictures)
    assert shown == [("grey", 0), ("A", 50), ("grey", 100), ("B", 50), ("grey", 100)]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: CueTrial(n_cues=4), "n_cues must be odd"),
        (lambda: PairTrial(im_slice=30), "im_slice must be a whole number of chunks"),
    ],
)
def test_wrong_parts_get_one_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()
