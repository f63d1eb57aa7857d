"""What this machine has."""

from __future__ import annotations

import tensorflow as tf


def has_gpu() -> bool:
    """Whether TensorFlow sees a GPU.

    Example:
        >>> has_gpu() in (False, True)
        True
    """
    return bool(tf.config.list_physical_devices("GPU"))
