"""From what a step's tap wrote to an Activity. Numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture.assemble import make_activity
from keras_v1_activity.capture.handed_readout import HandedReadout
from keras_v1_activity.capture.kept_names import GREATEST_PREFIX, READOUT_PREFIX
from keras_v1_activity.capture.readout import MOST_CLASSES
from keras_v1_activity.capture.selection import Selection


def tapped_look(taken: Mapping[str, Any], selection: Selection, step: int) -> Activity:
    """The `Activity` of what `StepTap` wrote, as `HandedBatch.activity` makes it of arrays.

    Args:
        taken: arrays by name, as `StepTap.read` gives them.
        selection: `Selection` that they were taken with.
        step: training step, from 1.

    Raises:
        ValueError: outputs, labels or weights that do not fit one another.

    Example:
        >>> from keras_v1_activity.activity.neurons import Neurons
        >>> from keras_v1_activity.plan import RecordPlan
        >>> selection = Selection.of(RecordPlan(figures=()), Neurons.unnamed(4))
        >>> taken = {"batch_size": 1, "spikes": np.eye(4), "readout/labels": np.array([3])}
        >>> tapped_look(taken, selection, step=9).label
        3
    """
    given = [
        taken.get(READOUT_PREFIX + name)
        for name in ("outputs", "predictions", "labels", "sample_weight")
    ]
    n_samples = len(selection.samples)
    rows = HandedReadout(n_samples, *given, n_classes=_least_classes(taken))
    readout = [rows.of(sample) for sample in range(n_samples)]
    return make_activity(taken, selection, step=step, source="logger", readout=readout)


def _least_classes(taken: Mapping[str, Any]) -> int:
    """One more than the greatest class in the whole batch."""
    greatest = [taken.get(f"{GREATEST_PREFIX}{name}") for name in ("predictions", "labels")]
    known = [int(value) + 1 for value in greatest if value is not None and np.isfinite(value)]
    return max((n for n in known if n <= MOST_CLASSES), default=0)
