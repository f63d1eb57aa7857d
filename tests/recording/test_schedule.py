"""The schedule notes and says that looks cost too much, and counts no step that compiles."""

import json
import time

import pytest

from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.schedule import Schedule, StepCount


def run_steps(schedule, n_steps, *, look_s):
    """Steps of a training in which each look takes that long; the steps that were logged."""
    logged = []
    for step in range(1, n_steps + 1):
        due = step % schedule.interval == 0
        with schedule.hook():
            pass  # before the step
        time.sleep(0.0001)
        with schedule.hook():
            if due:
                logged.append(step)
                time.sleep(look_s)
        schedule.end_step(step, looked=due)
    return logged


@pytest.mark.parametrize("max_overhead, logged", [(None, [1, 2, 3, 4, 5, 6]), (1e-9, [1, 2, 3])])
def test_looks_that_cost_too_much_are_taken_less_often(tmp_path, max_overhead, logged):
    plan = RecordPlan(1, figures=(), max_overhead=max_overhead)
    recorder = Recorder(tmp_path, plan, background=False)
    recorder.open(next_step=1)
    schedule = Schedule(plan, recorder)
    assert run_steps(schedule, 6, look_s=0.002) == logged
    recorder.close()
    intervals = json.loads((tmp_path / "run.json").read_text()).get("intervals", [])
    assert [begins for begins, _ in intervals] == ([4] if max_overhead else [])


def test_a_step_that_compiles_says_nothing_of_the_cost(tmp_path):
    plan = RecordPlan(1, figures=(), max_overhead=1e-9)
    schedule = Schedule(plan, Recorder(tmp_path, plan, background=False))
    schedule.begin_training()
    assert run_steps(schedule, 6, look_s=0.002) == [1, 2, 3, 4]


def test_a_count_goes_on_and_never_back():
    count = StepCount()
    for step, expected in ((3, 3), (2, 3), (8, 8)):
        count.reach(step)
        assert count.step == expected
