"""Stored looks that lack figures: their order, how they are found, and what they were set to."""

from looks import make_look
from recorders import RASTER, SILENT, record

from keras_v1_activity.drawing.backlog import Backlog
from keras_v1_activity.drawing.look_queue import LookQueue, WaitingLook
from keras_v1_activity.drawing.stored_look import StoredLook, find_missing, wanted_figures
from keras_v1_activity.plan import LOOK_FIGURES, RecordPlan
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import make_layout

FLAT = make_layout("flat", "logs")


def stored(step, names=("raster", "input")):
    return StoredLook(FLAT, step, names)


def waiting(step, names=("raster", "input")):
    figures = [(name, FLAT.figure(step, name)) for name in names]
    return WaitingLook(make_look(step), figures, None, FLAT)


def test_the_newest_look_is_drawn_first_and_what_was_found_later_comes_last():
    backlog = Backlog()
    for step in (50, 60):
        backlog.add(stored(step))
    backlog.add_last([stored(10), stored(20)])
    assert len(backlog) == 4 and backlog.figures_left == 8
    assert [backlog.take().step for _ in range(4)] == [60, 50, 20, 10]
    assert backlog.take() is None and backlog.figures_left == 0


def test_a_full_queue_gives_looks_to_the_backlog_and_takes_them_back_when_it_is_empty():
    counters = Counters()
    queue = LookQueue(counters, most_looks=2)
    for step in range(1, 7):
        queue.put(waiting(step))
    assert queue.steps == [5, 6] and queue.figures_left == counters.counts["figures_missing"] == 12
    taken = [queue.take() for _ in range(6)]
    steps = [look.step if isinstance(look, StoredLook) else look.activity.step for look in taken]
    assert steps == [5, 6, 4, 3, 2, 1] and queue.take() is None
    queue.count_done(outcome="figures_drawn")
    counts = counters.counts
    assert (counts["figures_drawn"], counts["figures_missing"], counts["figures_dropped"]) == (
        1, 11, 0,
    )  # fmt: skip


def test_the_rest_of_a_look_that_was_lost_is_tried_again_after_all_others():
    counters = Counters()
    queue = LookQueue(counters, most_looks=2)
    for step in (1, 2, 3):
        queue.put(waiting(step))
    lost = queue.take()
    queue.count_done(outcome="figures_drawn")
    queue.lose(lost, 1)
    assert queue.take().activity.step == 3
    first, last = queue.take(), queue.take()
    assert (first.step, first.names) == (1, ("raster", "input"))
    assert (last.step, last.names) == (2, ("input",))
    assert counters.counts["figures_missing"] == 5


def test_a_stopped_queue_keeps_what_is_missing_for_another_process():
    counters, backlog = Counters(), Backlog()
    queue = LookQueue(counters, 2, backlog)
    for step in (1, 2, 3):
        queue.put(waiting(step))
    queue.stop()
    assert not queue.put(waiting(4))
    assert queue.figures_left == 0 and queue.take() is None and len(queue) == 0
    assert backlog.steps == [1, 2, 3, 4] and counters.counts["figures_missing"] == 8
    assert LookQueue(counters, 2, backlog).take().step == 4


def test_missing_figures_are_found_in_both_layouts(tmp_path):
    for layout in ("folders", "flat"):
        folder = tmp_path / layout
        record(folder, [1, 2, 3], plan=RASTER, layout=layout).close()
        files = make_layout(layout, folder)
        files.figure(2, "raster").unlink()
        (look,) = find_missing(folder, ["raster"])
        assert (look.step, look.names) == (2, ("raster",))
        assert look.figures == (("raster", files.figure(2, "raster")),)
        both = find_missing(folder, ["raster", "input"], steps={1, 2})
        assert [(look.step, look.names) for look in both] == [
            (1, ("input",)), (2, ("raster", "input")),
        ]  # fmt: skip


def test_a_look_without_traces_lacks_no_figure_of_them(tmp_path):
    record(tmp_path, [1, 2], plan=SILENT).close()
    make_layout("folders", tmp_path).traces(2).write_text("step,neuron\n")
    (look,) = find_missing(tmp_path, [], trace_neurons=[3, 4])
    assert (look.step, look.names) == (2, ("trace_neuron_3", "trace_neuron_4"))


def test_a_look_lacks_only_figures_that_it_has_data_for(tmp_path):
    recorder = record(tmp_path, [1], plan=SILENT)
    recorder.record(make_look(2).with_details(tuning={"all": {}}))
    recorder.close()
    looks = find_missing(tmp_path, ["raster", "tuning"])
    assert [(look.step, look.names) for look in looks] == [
        (1, ("raster",)),
        (2, ("raster", "tuning")),
    ]


def test_the_figures_of_a_run_are_those_that_it_was_set_to():
    plan = RecordPlan(figures=("raster", "output"), trace_neurons=(3,))
    settings = {**plan.settings(), "trace_neurons": [3]}
    assert wanted_figures(settings) == (("raster", "output"), (3,))
    assert wanted_figures({"figures": []}) == ((), ())
    for odd in (None, 7, "x", [], {}, {"figures": {"a": 1}, "trace_neurons": [-1, True, "x", {}]}):
        assert wanted_figures(odd) == (LOOK_FIGURES, ())
