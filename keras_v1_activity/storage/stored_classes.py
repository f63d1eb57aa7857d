"""True and predicted classes of a stored look, read without its spikes."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.batch_view import best_class
from keras_v1_activity.common.hdf5_reading import attribute
from keras_v1_activity.storage.hdf5 import DAMAGE, open_for_reading

_BATCH = ("batch/labels", "batch/confidences")


def stored_classes(path: str | os.PathLike[str]) -> NDArray[np.int64]:
    """True and predicted class of each recorded trial of a look, of those that are known.

    Args:
        path: the data file of the look.

    Returns:
        (n, 2): those of the samples of the batch if its confidences are stored, else of the look.
        Empty if the file cannot be read.

    Example:
        >>> from pathlib import Path
        >>> from keras_v1_activity.storage.codec import encode
        >>> _ = Path("look.h5").write_bytes(encode(activity))
        >>> stored_classes("look.h5").shape[1]
        2
    """
    try:
        with open_for_reading(path, only=_BATCH) as file:
            if all(name in file for name in _BATCH):
                labels = file[_BATCH[0]][()]
                said = np.array([best_class(row) for row in file[_BATCH[1]][()]], np.int64)
                pairs = np.stack([labels.astype(np.int64), said], axis=1)
            else:
                pair = int(attribute(file, "label")), int(attribute(file, "prediction"))
                pairs = np.array([pair], np.int64)
            return pairs[(pairs >= 0).all(axis=1)]
    except DAMAGE:
        return np.zeros((0, 2), np.int64)
