"""Whether what a layer gives as membrane potentials can be in mV at all."""

from __future__ import annotations

import numpy as np

from keras_v1_activity.activity.activity import Activity

# Many layers count from rest (0) to threshold (1). No neuron's potential stays there in mV.
_LEAST, _MOST = -1.0, 2.0


def are_plainly_no_mv(activity: Activity) -> bool:
    """Whether all potentials lie about 0 to 1, though thresholds are in mV or unknown.

    Example:
        >>> are_plainly_no_mv(activity)
        False
    """
    values = activity.voltages[np.isfinite(activity.voltages)]
    if not values.size or values.min() < _LEAST or values.max() > _MOST:
        return False
    thresholds = activity.neurons.thresholds
    if thresholds is None:
        return True
    known = np.asarray(thresholds)[np.isfinite(thresholds)]
    return not known.size or bool(known.min() < _LEAST or known.max() > _MOST)
