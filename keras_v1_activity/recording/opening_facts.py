"""The facts by which is decided what becomes of the run in a folder."""

from __future__ import annotations

from collections.abc import Sequence

from keras_v1_activity.recording.found_run import FoundRun
from keras_v1_activity.recording.open_run import OpenRun
from keras_v1_activity.recording.opening import Facts
from keras_v1_activity.storage.run_id import NO_RUN


def facts_of(
    next_step: int, found: FoundRun, run: OpenRun | None, is_open: bool, steps: Sequence[int]
) -> Facts:
    """What `decide` is told.

    Args:
        next_step: the training step that comes next.
        found: what lies in the folder.
        run: the run that this recorder made last, if any.
        is_open: whether it is open.
        steps: the steps that it has logged.
    """
    return Facts(
        next_step=next_step,
        own_run_id=None if run is None or run.mark.run_id == NO_RUN else run.mark.run_id,
        is_open=is_open,
        has_logged=bool(steps),
        replaced=is_open and run is not None and run.mark.replaced(),
        holds_run=found.is_there,
        found_run_id=found.run_id,
        last_step=found.last_step,
    )
