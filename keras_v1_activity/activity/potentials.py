"""Whether what a layer gives as membrane potentials can be in mV at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.derived import SpikeNumbers
from keras_v1_activity.activity.traces import Traces

# Many layers count from rest (0) to threshold (1). No neuron's potential stays there in mV.
_LEAST, _MOST = -1.0, 2.0


def are_plainly_no_mv(activity: SpikeNumbers) -> bool:
    """Whether all potentials lie about 0 to 1, though thresholds are in mV or unknown.

    Looked at are those of the neurons that are recorded and of those that are traced.

    Example:
        >>> are_plainly_no_mv(activity)
        False
    """
    values = potentials_of(activity)
    if not values.size or values.min() < _LEAST or values.max() > _MOST:
        return False
    thresholds = activity.neurons.thresholds
    if thresholds is None:
        return True
    known = np.asarray(thresholds)[np.isfinite(thresholds)]
    return not known.size or bool(known.min() < _LEAST or known.max() > _MOST)


def potentials_of(activity: SpikeNumbers) -> NDArray[np.float32]:
    """All finite potentials that a look holds, (n,).

    Example:
        >>> from keras_v1_activity.activity import Activity
        >>> potentials_of(Activity.from_dense(np.zeros((3, 2)))).size
        0
    """
    traced = None if activity.traces is None else activity.traces.values.get("voltage")
    parts = [activity.voltages] if traced is None else [activity.voltages, traced]
    values = np.concatenate([part.reshape(-1) for part in parts])
    return values[np.isfinite(values)]


def unit_of(activity: SpikeNumbers, variable: str = "voltage", unknown: str = "") -> str:
    """The unit of a traced variable of a look, as `Traces.unit` has it.

    Args:
        activity: the look.
        variable: its name; the recorded potentials are ``voltage``.
        unknown: the unit of potentials that are plainly not in mV.

    Example:
        >>> unit_of(activity), unit_of(activity, "psc_1"), unit_of(activity, "spike")
        ('mV', 'pA', '')
    """
    unit = Traces.unit(variable)
    return unknown if unit == "mV" and are_plainly_no_mv(activity) else unit
