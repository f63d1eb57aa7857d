"""The queue of looks that wait to be drawn."""

from pathlib import Path

from looks import make_look

from keras_v1_activity.drawing.look_queue import LookQueue, WaitingLook
from keras_v1_activity.storage.counters import Counters


def look(step, n_figures=1):
    return WaitingLook(make_look(step), [("raster", Path(f"{i}.png")) for i in range(n_figures)])


def test_looks_are_taken_in_order_and_their_figures_stay_left_until_they_are_done():
    queue = LookQueue(Counters(), most_looks=3)
    for step in (1, 2):
        assert queue.put(look(step, n_figures=2))
    assert queue.steps == [1, 2] and queue.figures_left == 4
    assert queue.take().activity.step == 1
    assert queue.steps == [2] and queue.figures_left == 4
    queue.count_done(2)
    assert queue.figures_left == 2 and queue.take().activity.step == 2
    assert queue.take() is None and len(queue) == 0


def test_a_full_queue_drops_its_oldest_look():
    counters = Counters()
    queue = LookQueue(counters, most_looks=2)
    for step in (1, 2, 3, 4):
        queue.put(look(step, n_figures=step))
    assert queue.steps == [3, 4] and queue.figures_left == 7
    assert counters.counts["figures_dropped"] == 3


def test_a_stopped_queue_drops_what_waits_and_what_comes():
    counters = Counters()
    queue = LookQueue(counters, most_looks=4)
    queue.put(look(1, n_figures=2))
    in_work = queue.take()
    queue.put(look(2))
    queue.stop()
    assert not queue.put(look(3, n_figures=3))
    assert queue.steps == [] and queue.figures_left == len(in_work.figures)
    assert counters.counts["figures_dropped"] == 1 + 3
