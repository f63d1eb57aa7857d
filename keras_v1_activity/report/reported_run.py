"""ReportedRun: what the report needs of a run, wherever it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.alarms import Alarm
from keras_v1_activity.common.checks import counted
from keras_v1_activity.common.reading import one_line
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


def facts_of(name: str, info: Mapping[str, Any], alarms: Sequence[Alarm]) -> dict[str, Any]:
    """What the page says of a run as a whole, for JSON.

    Args:
        name: what it is called in the page.
        info: content of its run.json.
        alarms: all that fired.

    Example:
        >>> facts_of("logs", {"steps": [100], "started": "today", "alarms": []}, [])
        {'name': 'logs', 'alarms': [], 'watched': True, 'info': {'started': 'today'}}
    """
    return {
        "name": name,
        "alarms": [alarm.as_dict() for alarm in alarms],
        "watched": "alarms" in info and info.get("settings", {}).get("alarms") is not False,
        "info": {k: v for k, v in info.items() if k not in ("steps", "alarms")},
    }


def look_or_reason(
    read: Callable[[int], Activity], step: int, n_neurons: int | None = None
) -> Activity | str:
    """The look at a step, or a sentence that says why it cannot be shown.

    Args:
        read: function of a step, see `ReportedRun.look`.
        step: which one.
        n_neurons: of the run; None: any number.

    Example:
        >>> look_or_reason({100: activity}.__getitem__, 100, 7)
        'step 100: it has 120 neurons, the run 7'
        >>> look_or_reason({100: activity}.__getitem__, 200)
        'step 200: 200'
    """
    try:
        look = read(step)
    except (OSError, KeyError, ValueError) as error:
        return f"step {step:,}: {one_line(error)}"
    if n_neurons is not None and look.n_neurons != n_neurons:
        return f"step {step:,}: it has {counted(look.n_neurons, 'neuron')}, the run {n_neurons:,}"
    return look
