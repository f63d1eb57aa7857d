"""What is known of a look beside its arrays."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from activities import make_activity

from keras_v1_activity.storage.codec import decode, encode


def test_details_are_kept_as_a_value_and_stored_with_the_look():
    given = {"scalars": {"loss": np.float32(0.5)}, "rates": np.array([1.0, np.nan])}
    activity = replace(make_activity(5, 20), details=given)
    given["scalars"]["loss"] = 7.0
    for look in (activity, copy.deepcopy(activity), decode(encode(activity))):
        assert look.details["scalars"]["loss"] == 0.5
        assert look.details["rates"][0] == 1.0 and np.isnan(look.details["rates"][1])
        with pytest.raises(TypeError):
            look.details["scalars"]["loss"] = 1.0
    assert not make_activity(5, 20).details
    for wrong in ([1], {1: 2}, {"a": object()}):
        with pytest.raises(ValueError, match="details must be"):
            replace(make_activity(5, 20), details=wrong)
