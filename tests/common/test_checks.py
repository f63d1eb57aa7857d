"""Checks of arguments: what is taken, what is refused, and what the message says."""

import numpy as np
import pytest

from keras_v1_activity.common.checks import (
    frozen_array,
    frozen_indices,
    real_number,
    shortened,
    shown,
    time_step,
    whole_number,
)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_a_frozen_array_is_a_read_only_copy(dtype):
    given = np.array([0, 1, 1], dtype)
    frozen = frozen_array(given, "x", ["n"], dtype)
    given[:] = 0
    assert frozen.tolist() == [0, 1, 1] and frozen.dtype == dtype
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 1
    assert given.flags.writeable


def test_a_view_in_another_order_is_stored_in_rows():
    frozen = frozen_array(np.arange(6.0).reshape(2, 3).T, "x", [3, 2], np.float32)
    assert frozen.flags.c_contiguous and frozen.tolist() == [[0, 3], [1, 4], [2, 5]]


def test_tensors_of_a_framework_are_taken():
    tf = pytest.importorskip("tensorflow")
    half = tf.constant([1.5, 2.5], tf.bfloat16)
    assert frozen_array(half, "x", ["n"], np.float32).tolist() == [1.5, 2.5]
    assert frozen_array(tf.constant([1, 2]), "x", ["n"], np.int64).tolist() == [1, 2]


@pytest.mark.parametrize(
    "value, shape, dtype, message",
    [
        ([1, 2], [3], "f4", r"x must be an array of shape \(3,\); got shape \(2,\)\.$"),
        ([1], ["time", 2], "f4", r"x must be an array of shape \(time, 2\); got shape \(1,\)\.$"),
        (None, ["n"], "f4", r"x must be an array of shape \(n,\); got None\.$"),
        ([[1], [1, 2]], ["n", "m"], "f4", "whose rows differ in length"),
        (["a"], ["n"], "f4", "of numbers; got the type <U1"),
        ([None], ["n"], "f4", "of numbers; got the type object"),
        ([1j], ["n"], "f4", "of numbers; got the type complex128"),
        ([1.5], ["n"], "i8", r"of whole numbers that fit int64; got 1\.5\.$"),
        ([float("nan")], ["n"], "i4", "of whole numbers that fit int32; got nan"),
        ([2**40], ["n"], "i4", "of whole numbers that fit int32; got 1099511627776"),
        ([True], ["n"], "i8", "got booleans: numpy.flatnonzero makes ids of a mask"),
        ([0.5], ["n"], "?", r"of 0 and 1; got 0\.5"),
    ],
)
def test_a_wrong_array_is_refused_in_one_sentence(value, shape, dtype, message):
    with pytest.raises(ValueError, match=message):
        frozen_array(value, "x", shape, dtype)


def test_indices_lie_within_what_they_number():
    assert frozen_indices([2, 0], "ids", "n", 3).tolist() == [2, 0]
    assert frozen_indices([], "ids", "n", 0).shape == (0,)
    assert frozen_indices([5000], "ids", "n", None).tolist() == [5000]
    with pytest.raises(ValueError, match="ids must be neuron ids from 0 to 2; got 3"):
        frozen_indices([0, 3], "ids", "n", 3)
    with pytest.raises(ValueError, match="ids must be neuron ids from 0 on; got -1"):
        frozen_indices([-1], "ids", "n", None)
    with pytest.raises(ValueError, match="of which there are none here; got 0"):
        frozen_indices([0], "ids", "n", 0)


@pytest.mark.parametrize("value", [1.0, "3", True, None, -1, np.bool_(True)])
def test_whole_numbers_are_whole(value):
    with pytest.raises(ValueError, match="n must be a whole number of at least 0, e.g. 3; got"):
        whole_number(value, "n", 0, 3)


@pytest.mark.parametrize("value", ["1", True, None, float("nan"), float("inf"), 0.0, -1])
def test_a_time_step_is_a_number_above_0(value):
    with pytest.raises(ValueError, match="dt must be a number above 0, the length of a time step"):
        time_step(value)
    assert time_step(np.float32(0.5)) == 0.5 and isinstance(time_step(1), float)


def test_bounds_of_a_real_number():
    assert real_number(2, "x", 1.0, least=2) == 2.0
    with pytest.raises(ValueError, match="x must be a number of at least 2, e.g. 3; got 1.9"):
        real_number(1.9, "x", 3, least=2)


def test_what_came_is_repeated_short_and_in_one_line():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    assert shown(Broken()) == "a Broken" or shown(Broken()).startswith("<Broken")
    assert len(shown(np.zeros(10_000))) <= 60 and "\n" not in shown("a\nb\x1b")
    assert shortened("a" * 9, 5) == "aa..." and shortened("ab\x07", 5) == "ab?"
