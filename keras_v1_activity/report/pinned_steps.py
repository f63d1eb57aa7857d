"""Which looks keep all their spikes when a run is too long to keep those of every look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keras_v1_activity.alarms import Alarm
from keras_v1_activity.history import History

_BEST: tuple[tuple[tuple[str, ...], int], ...] = (
    (("scalars", "val_loss"), -1),
    (("scalars", "loss"), -1),
    (("scalars", "val_accuracy"), 1),
    (("scalars", "accuracy"), 1),
    (("statistics", "similarity"), 1),
)
"""By which number a look is the best one: the first that is known, and its sign."""


def wanted_steps(history: History, alarms: Sequence[Alarm]) -> list[int]:
    """Steps that a reader is likely to want to see closely, the most important ones first.

    The last and the first look, those at which alarms fired (red ones first), the best and the
    worst look.

    Args:
        history: of the run.
        alarms: of the run.

    Example:
        >>> rows = [{"step": s, "scalars": {"loss": l}} for s, l in ((1, 9.), (2, 1.), (3, 4.))]
        >>> wanted_steps(History(rows), [])
        [3, 1, 2]
    """
    if not len(history):
        return []
    steps = history.steps
    fired = sorted(alarms, key=lambda alarm: alarm.level != "red")
    found = [int(steps[-1]), int(steps[0])]
    # An alarm is about the look at which it was found; the look itself may be gone.
    found += [step for step in (alarm.step for alarm in fired) if step in steps]
    for path, sign in _BEST:
        values = history.series(*path) * sign
        if np.isfinite(values).any():
            found += [int(steps[np.nanargmax(values)]), int(steps[np.nanargmin(values)])]
            break
    return list(dict.fromkeys(found))
