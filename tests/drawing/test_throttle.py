"""How long drawing rests between looks."""

import pytest

from keras_v1_activity.drawing.throttle import LONGEST_REST_S, rest_s


def test_drawing_does_not_rest_if_cores_are_free():
    assert rest_s(cpu_s=0.4, queued_s=0.0) == 0.0
    assert rest_s(cpu_s=0.4, queued_s=0.1) == 0.0


@pytest.mark.parametrize("cpu_s, queued_s", [(0.4, 0.3), (0.4, 3.0), (0.1, 0.2)])
def test_if_cores_are_scarce_drawing_takes_a_hundredth_of_one(cpu_s, queued_s):
    rest = rest_s(cpu_s, queued_s)
    assert cpu_s / (cpu_s + queued_s + rest) == pytest.approx(0.01)


def test_no_rest_is_longer_than_a_minute_or_shorter_than_none():
    assert rest_s(cpu_s=60.0, queued_s=60.0) == LONGEST_REST_S == 60.0
    assert rest_s(cpu_s=0.4, queued_s=100.0) == 0.0
