"""ReportedRun: what the report needs of a run, wherever it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.alarms import Alarm
from keras_v1_activity.history import History


@dataclass(frozen=True)
class ReportedRun:
    """A run as the report takes it.

    Attributes:
        name: what it is called in the page.
        history: the numbers of every logged step, also of steps without stored data.
        look: function of a step that reads its `Activity`; raises OSError, KeyError or ValueError
            if it cannot be read.
        stored_steps: steps whose data are stored.
        neurons: of the run; None: those of its first look.
        info: content of its run.json.
        alarms: all that fired.
        files: length in bytes of each file of the run, by name.
        texts: files of text that are shown, by name.

    Example:
        >>> from keras_v1_activity.history import History
        >>> ReportedRun("logs", History([{"step": 100}]), {100: activity}.__getitem__, [100]).name
        'logs'
    """

    name: str
    history: History
    look: Callable[[int], Activity]
    stored_steps: Sequence[int]
    neurons: Neurons | None = None
    info: Mapping[str, Any] = field(default_factory=dict)
    alarms: Sequence[Alarm] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
