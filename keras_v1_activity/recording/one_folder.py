"""Two callbacks of one fit must not write into one folder."""

from __future__ import annotations

import os
from weakref import WeakKeyDictionary

from keras_v1_activity.recording.recorder import Recorder

# Recorder -> what stands for the fit that it was last in.
_FITS: WeakKeyDictionary[Recorder, object] = WeakKeyDictionary()


def check_alone(recorder: Recorder, fit: object) -> None:
    """Refuses a recorder whose folder another one of the same fit writes into.

    Args:
        recorder: of a training that begins.
        fit: what stands for this fit: Keras gives all callbacks of a fit the same `params`, the
            same object. None if that is not known: nothing is refused then.

    Raises:
        ValueError: the folders are the same, whatever links lead to them.

    Example:
        >>> from keras_v1_activity.plan import RecordPlan
        >>> first, second = (Recorder("run", RecordPlan(figures=())) for _ in range(2))
        >>> check_alone(first, fit := object())
        >>> check_alone(second, fit)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: two callbacks of one fit write into log_dir '...run': give each a folder ...
    """
    if fit is None:
        return
    folder = os.path.realpath(recorder.log_dir)
    for other, its_fit in list(_FITS.items()):
        same = other is not recorder and its_fit is fit
        if same and os.path.realpath(other.log_dir) == folder:
            raise ValueError(
                f"two callbacks of one fit write into log_dir {str(recorder.log_dir)!r}: give each "
                "a folder of its own, or leave one of them out."
            )
    _FITS[recorder] = fit
