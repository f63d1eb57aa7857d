"""How long the waiting figures are expected to take, and how long drawing rests."""

import pytest

from keras_v1_activity.drawing.throttle import LONGEST_REST_S, Pace, rest_s


def drawn(*seconds):
    pace, now = Pace(), 100.0
    for taken in seconds:
        pace.begin(now)
        now += taken
        pace.end(now)
    return pace, now


def test_nothing_is_known_before_the_first_figure():
    assert Pace().seconds_left(5, now=7.0) == 0.0


def test_figures_take_as_long_as_most_did():
    # The first one includes the start of the process.
    pace, now = drawn(9.0, 2.0, 2.0, 2.0, 3.0)
    assert pace.seconds_left(4, now + 1000) == 8.0


def test_a_figure_in_work_counts_for_those_behind_it():
    pace, now = drawn(1.0)
    pace.begin(now)
    assert pace.seconds_left(3, now + 0.5) == 3.0
    assert pace.seconds_left(3, now + 10) == 30.0
    fresh = Pace()
    fresh.begin(0.0)
    assert fresh.seconds_left(2, 4.0) == 8.0


def test_a_figure_that_was_lost_is_no_longer_in_work():
    pace, now = drawn(1.0)
    pace.begin(now)
    pace.stop()
    assert pace.seconds_left(2, now + 3600) == 2.0


def test_old_figures_are_forgotten():
    pace, now = drawn(*[60.0] * 20, *[1.0] * 20)
    assert pace.seconds_left(1, now) == 1.0


def test_drawing_does_not_rest_where_cores_are_free():
    assert rest_s(cpu_s=0.4, queued_s=0.0) == 0.0
    assert rest_s(cpu_s=0.4, queued_s=0.1) == 0.0


@pytest.mark.parametrize("cpu_s, queued_s", [(0.4, 0.3), (0.4, 3.0), (0.1, 0.2)])
def test_where_cores_are_scarce_drawing_takes_a_hundredth_of_one(cpu_s, queued_s):
    rest = rest_s(cpu_s, queued_s)
    assert cpu_s / (cpu_s + queued_s + rest) == pytest.approx(0.01)


def test_no_rest_is_longer_than_a_minute_or_shorter_than_none():
    assert rest_s(cpu_s=60.0, queued_s=60.0) == LONGEST_REST_S == 60.0
    assert rest_s(cpu_s=0.4, queued_s=100.0) == 0.0
