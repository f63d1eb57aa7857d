"""Batches as a custom loop hands them to the logger, and the looks that they make."""

import numpy as np
from PIL import Image

from keras_v1_activity import NetworkActivityLogger, load_activity
from keras_v1_activity.capture.handed import HandedBatch, select
from keras_v1_activity.plan import RecordPlan

T, N, CLASSES = 40, 30, 4


def batch(size=3, seed=0):
    rng = np.random.default_rng(seed)
    outputs = rng.dirichlet(np.ones(CLASSES), (size, 5)).astype(np.float32)
    return {
        "inputs": rng.random((size, T, 11), dtype=np.float32),
        "spikes": (rng.random((size, T, N)) < 0.1).astype(np.float32),
        "voltages": rng.normal(-60, 5, (size, T, N)).astype(np.float32),
        "outputs": outputs,
        "labels": rng.integers(0, CLASSES, size),
    }


def look_of(tmp_path, *, settings=None, **handed):
    """The one look that `log_step(**handed)` leaves."""
    with NetworkActivityLogger(
        tmp_path, 1, figures=("predictions",), background=False, **settings or {}
    ) as logger:
        assert logger.log_step(**handed)
    return load_activity(tmp_path)[1]


def read_of(**handed):
    """The same look as `look_of`, not stored and not drawn."""
    handed_batch = HandedBatch(**handed)
    return handed_batch.activity(select(RecordPlan(), None, handed_batch.n_neurons), 1)


def assert_picture(path):
    pixels = np.asarray(Image.open(path).convert("L"))
    assert min(pixels.shape) >= 600 and pixels.std() > 5, path
