"""The looks of a run as the trials of an NWB file."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.common.units import MS_PER_S
from keras_v1_activity.export.looks import LookFacts, Looks

_EXPLAINED = {
    "step": "training step at which the look was taken",
    "look": "1; 2, 3, ... for further looks at the same step",
    "label": "true class of the sample, -1 if unknown",
    "prediction": "class that the network predicted, -1 if unknown",
    "sample_index": "which sample of the training batch",
    "source": "how the look was taken: live, probe, look, logger or simulation",
    "n_spikes": "number of spikes of all neurons",
    "time_step_ms": "length of a time step of the simulation in ms",
}


def trials_table(looks: Looks) -> Any:
    """A trial for each look: its times (s), step, label, prediction and what training gave.

    Args:
        looks: of the run.

    Returns:
        A ``pynwb.epoch.TimeIntervals`` called "trials".

    Raises:
        ModuleNotFoundError: pynwb is not installed.

    Example:
        >>> trials_table(Looks("logs"))["stop_time"][:].tolist()  # of an export to "nwb"
        [0.02, 1.02]
    """
    epoch = optional_package("pynwb.epoch", "export --to nwb")
    common = optional_package("hdmf.common", "export --to nwb")
    facts = looks.facts
    columns: dict[str, tuple[str, Any]] = {
        "start_time": ("Start time of epoch, in seconds", [f.start_ms / MS_PER_S for f in facts]),
        "stop_time": ("Stop time of epoch, in seconds", [f.stop_ms / MS_PER_S for f in facts]),
    }
    for name, explained in _EXPLAINED.items():
        columns[name] = (explained, [_value(f, name) for f in facts])
    for name in dict.fromkeys(name for f in facts for name in f.scalars):
        values = [f.scalars.get(name, np.nan) for f in facts]
        columns[_free(name, columns)] = (
            f"{name!r} of the training step, as training gave it",
            values,
        )
    return epoch.TimeIntervals(
        name="trials",
        description="The looks of the run, in the order of their steps: one trial each.",
        id=common.ElementIdentifiers(name="id", data=np.arange(len(facts))),
        columns=[
            common.VectorData(
                name=name, description=explained.encode("ascii", "backslashreplace").decode(),
                data=values if name == "source" else np.array(values),
            )
            for name, (explained, values) in columns.items()
        ],
        colnames=list(columns),
    )  # fmt: skip


def _value(facts: LookFacts, name: str) -> Any:
    value = getattr(facts, "dt" if name == "time_step_ms" else name)
    return -1 if value is None else value


def _free(name: str, taken: Any) -> str:
    """A name for a column that no other has, of letters that NWB allows."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII) or "scalar"
    plain = f"scalar_{plain}" if plain in {*taken, "id", "tags", "timeseries"} else plain
    while plain in taken:
        plain += "_"
    return plain
