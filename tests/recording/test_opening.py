"""What opening a run means, fact by fact."""

import itertools

import pytest

from keras_v1_activity.recording.opening import Facts, Opening, decide

NOTHING_THERE = dict(holds_run=False, found_run_id=None, last_step=0)


def there(last_step, run_id="mine"):
    return dict(holds_run=True, found_run_id=run_id, last_step=last_step)


def opened(*, logged=False, replaced=False):
    return dict(own_run_id="mine", is_open=True, has_logged=logged, replaced=replaced)


CLOSED = dict(own_run_id="mine", is_open=False)
CLOSED_WITH_STEPS = dict(own_run_id="mine", is_open=False, has_logged=True)
NEW = dict(own_run_id=None, is_open=False)

CASES = {
    # A new recorder, as in a new program.
    "first step, empty folder": (1, NEW, NOTHING_THERE, Opening.BEGIN),
    "later step, empty folder": (21, NEW, NOTHING_THERE, Opening.BEGIN),
    "first step, a run is there": (1, NEW, there(20), Opening.MOVE_ASIDE),
    "first step, a run without steps is there": (1, NEW, there(0), Opening.MOVE_ASIDE),
    "first step, files without run.json are there": (1, NEW, there(20, None), Opening.MOVE_ASIDE),
    "training goes on after the run's last step": (21, NEW, there(20), Opening.RESUME),
    "training goes on long after it": (900, NEW, there(20), Opening.RESUME),
    "training goes on, the run has no steps": (21, NEW, there(0), Opening.RESUME),
    "training goes on, run.json names no run": (21, NEW, there(20, None), Opening.RESUME),
    "training goes back to the last step": (20, NEW, there(20), Opening.GO_BACK),
    "training goes back before it": (15, NEW, there(20), Opening.GO_BACK),
    # The same recorder again, its run closed: a second fit.
    "second fit goes on": (21, CLOSED_WITH_STEPS, there(20), Opening.GO_ON),
    "second fit after a look before training": (1, CLOSED_WITH_STEPS, there(0), Opening.GO_ON),
    "second fit, nothing was logged in the first": (1, CLOSED, there(0), Opening.GO_ON),
    "second fit begins again": (1, CLOSED_WITH_STEPS, there(20), Opening.MOVE_ASIDE),
    "second fit goes back": (15, CLOSED_WITH_STEPS, there(20), Opening.GO_BACK),
    "second fit, the folder was emptied": (21, CLOSED_WITH_STEPS, NOTHING_THERE, Opening.BEGIN),
    "second fit, another run is there": (21, CLOSED_WITH_STEPS, there(9, "other"), Opening.RESUME),
    "second fit, another run is further": (
        21, CLOSED_WITH_STEPS, there(40, "other"), Opening.MOVE_ASIDE
    ),
    "second fit, run.json was lost": (21, CLOSED_WITH_STEPS, there(20, None), Opening.RESUME),
    # Opened again while it is open.
    "open, nothing logged": (1, opened(), there(0), Opening.KEEP),
    "open, nothing logged, later step": (21, opened(), there(0), Opening.KEEP),
    "open, nothing logged, the folder was emptied": (1, opened(), NOTHING_THERE, Opening.KEEP),
    "open with steps, training goes on": (21, opened(logged=True), there(20), Opening.GO_ON),
    "open with step 0, training begins": (1, opened(logged=True), there(0), Opening.GO_ON),
    "open with steps, training begins again": (
        1, opened(logged=True), there(20), Opening.MOVE_ASIDE
    ),
    "open with steps, the folder was emptied": (
        21, opened(logged=True), NOTHING_THERE, Opening.BEGIN
    ),
    # Another recorder has taken the folder of the open run.
    "replaced before the first step": (
        1, opened(replaced=True), there(0, "other"), Opening.MOVE_ASIDE
    ),
    "replaced, nothing logged, training goes on": (
        5, opened(replaced=True), there(2, "other"), Opening.RESUME
    ),
    "replaced, training begins again": (
        1, opened(logged=True, replaced=True), there(2, "other"), Opening.MOVE_ASIDE
    ),
    "replaced, training goes on after the other run": (
        5, opened(logged=True, replaced=True), there(2, "other"), Opening.RESUME
    ),
    "replaced, the other run is further": (
        5, opened(logged=True, replaced=True), there(7, "other"), Opening.MOVE_ASIDE
    ),
}  # fmt: skip


@pytest.mark.parametrize("next_step, recorder, folder, expected", CASES.values(), ids=CASES)
def test_opening(next_step, recorder, folder, expected):
    assert decide(Facts(next_step=next_step, **recorder, **folder)) is expected


def every_fact():
    """All combinations that can occur: (facts, what they are made of)."""
    recorders = [NEW, CLOSED, CLOSED_WITH_STEPS]
    recorders += [opened(logged=a, replaced=b) for a in (False, True) for b in (False, True)]
    folders = [NOTHING_THERE]
    folders += [there(last, run) for last in (0, 1, 20) for run in ("mine", "other", None)]
    for next_step, recorder, folder in itertools.product((1, 2, 21), recorders, folders):
        replaced = recorder.get("replaced", False)
        if replaced == (recorder["is_open"] and folder["found_run_id"] == "other"):
            yield Facts(next_step=next_step, **recorder, **folder)


@pytest.mark.parametrize("facts", list(every_fact()), ids=str)
def test_no_run_is_mixed_with_steps_that_come_again_or_with_another(facts):
    opening = decide(facts)
    if opening is Opening.KEEP:
        assert facts.is_open and not facts.has_logged and not facts.replaced
    if opening in (Opening.GO_ON, Opening.RESUME):
        assert facts.holds_run and facts.last_step < facts.next_step
        assert (opening is Opening.GO_ON) == (facts.found_run_id == facts.own_run_id is not None)
        assert facts.next_step > 1 or facts.own_run_id is not None
    if opening is Opening.GO_BACK:
        assert 1 < facts.next_step <= facts.last_step and not facts.replaced
        assert facts.own_run_id in (None, facts.found_run_id)
    if opening.begins:
        assert (opening is Opening.MOVE_ASIDE) == facts.holds_run
