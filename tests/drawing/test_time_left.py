"""How long the figures that are left are expected to take."""

from keras_v1_activity.drawing.time_left import TimeLeft


def drawn(*seconds):
    time_left, now = TimeLeft(), 100.0
    for taken in seconds:
        time_left.begin(now)
        now += taken
        time_left.end(now)
    return time_left, now


def test_nothing_is_known_before_the_first_figure():
    assert TimeLeft().seconds_left(5, now=7.0) == 0.0


def test_figures_take_as_long_as_most_did():
    # The first one includes the start of the process.
    time_left, now = drawn(9.0, 2.0, 2.0, 2.0, 3.0)
    assert time_left.seconds_left(4, now + 1000) == 8.0


def test_a_figure_in_work_counts_for_those_behind_it():
    time_left, now = drawn(1.0)
    time_left.begin(now)
    assert time_left.seconds_left(3, now + 0.5) == 3.0
    assert time_left.seconds_left(3, now + 10) == 30.0
    fresh = TimeLeft()
    fresh.begin(0.0)
    assert fresh.seconds_left(2, 4.0) == 8.0


def test_a_figure_that_was_lost_is_no_longer_in_work():
    time_left, now = drawn(1.0)
    time_left.begin(now)
    time_left.stop()
    assert time_left.seconds_left(2, now + 3600) == 2.0


def test_old_figures_are_forgotten():
    time_left, now = drawn(*[60.0] * 20, *[1.0] * 20)
    assert time_left.seconds_left(1, now) == 1.0
