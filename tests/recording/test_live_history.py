"""The history of a run in memory: as on disk, told row by row, and never changed afterwards."""

import copy
import json
import threading

from looks import make_look
from recorders import SILENT, warnings_in

from keras_v1_activity import load_activity
from keras_v1_activity.recording.live_history import LiveHistory
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.storage.counters import Counters


def rows_of(history):
    return [dict(row) for row in history]


def on_disk(folder):
    # JSON knows no NaN and no tuples.
    return json.loads(json.dumps(rows_of(load_activity(folder).history)))


def in_memory(recorder):
    return json.loads(json.dumps(rows_of(recorder.history.now())))


def recorder_in(folder, told, **options):
    return Recorder(
        folder, SILENT, on_row=lambda history, step: told.append((step, history)), **options
    )


def test_each_look_adds_a_row_that_is_told_and_equals_its_summary(tmp_path):
    told = []
    recorder = recorder_in(tmp_path, told)
    recorder.open(1)
    for step in (1, 2, 3):
        recorder.record_made(step, lambda step=step: make_look(step), scalars={"loss": 1.0 / step})
    recorder.close()
    assert [step for step, _ in told] == [1, 2, 3]
    assert in_memory(recorder) == on_disk(tmp_path)
    # Each call had the rows of that moment, and has them still.
    assert [len(history) for _, history in told] == [1, 2, 3]
    assert told[1][1].series("scalars", "loss").tolist() == [1.0, 0.5]


def test_a_resumed_run_has_the_earlier_rows_before_the_first_is_told(tmp_path):
    first = recorder_in(tmp_path, [])
    first.open(1)
    for step in (1, 2):
        first.record(make_look(step))
    first.close()
    told = []
    second = recorder_in(tmp_path, told)
    second.open(3)
    second.record(make_look(3))
    second.close()
    assert [(step, history.steps.tolist()) for step, history in told] == [(3, [1, 2, 3])]
    assert in_memory(second) == on_disk(tmp_path)


def test_a_new_run_begins_with_no_rows_and_goes_on_in_a_second_fit(tmp_path):
    told = []
    recorder = recorder_in(tmp_path, told, background=False)
    for step in (1, 2):
        recorder.open(step)
        recorder.record(make_look(step))
        recorder.close()
    assert [history.steps.tolist() for _, history in told] == [[1], [1, 2]]
    other = recorder_in(tmp_path, told, background=False)
    other.open(1)
    other.record(make_look(1))
    other.close()
    assert told[-1][1].steps.tolist() == [1]


def test_a_further_look_is_no_row_and_a_replaced_one_leaves_nothing_behind(tmp_path):
    told = []
    recorder = recorder_in(tmp_path, told, background=False)
    recorder.open(1)
    recorder.record(make_look(1).with_details(scalars={"loss": 2.0}))
    recorder.record(make_look(1, source="look"))
    recorder.record(make_look(1))
    recorder.close()
    assert [step for step, _ in told] == [1, 1]
    assert "scalars" not in told[-1][1][0]
    assert in_memory(recorder) == on_disk(tmp_path)


def test_what_a_hook_raises_is_counted_and_said_once(tmp_path, caplog):
    def fails(history, step):
        raise ValueError("no rule")

    recorder = Recorder(tmp_path, SILENT, on_row=fails)
    recorder.open(1)
    for step in (1, 2):
        recorder.record(make_look(step))
    recorder.close()
    assert recorder.counts["on_row_failed"] == 2 and recorder.counts["looks"] == 2
    (warning,) = warnings_in(caplog)
    assert "ValueError: no rule" in warning


def test_what_comes_while_earlier_rows_are_read_is_told_after_them():
    told, may_read = [], threading.Event()
    history = LiveHistory(Counters(), lambda known, step: told.append((step, len(known))))

    def read():
        may_read.wait()
        earlier = LiveHistory(Counters())
        earlier.merge(1, {})
        return earlier.now()

    history.read(read)
    history.merge(2, {"mean_rate_hz": 1.0})
    history.merge(2, {"statistics": {}})
    assert told == []
    may_read.set()
    history.wait()
    assert told == [(2, 2), (2, 2)]
    assert history.now()[-1] == {"step": 2, "mean_rate_hz": 1.0, "statistics": {}}


def test_a_hook_may_add_to_a_row_and_calls_come_one_at_a_time_from_any_threads():
    running, most, told = [], [], []

    def hook(known, step):
        running.append(step)
        most.append(len(running))
        if "alarms" not in known[-1]:
            history.merge(step, {"alarms": []})
        told.append(step)
        running.pop()

    history = LiveHistory(Counters(), hook)
    threads = [
        threading.Thread(target=lambda i=i: [history.merge(100 * i + k, {}) for k in range(20)])
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history.wait()
    assert max(most) == 1 and len(history.now()) == 80
    assert set(told) == set(history.now().steps.tolist())


def test_a_copy_is_empty():
    history = LiveHistory(Counters())
    history.merge(1, {})
    assert len(copy.deepcopy(history).now()) == 0
