"""Variables that belong to no graph, no strategy and no tf.function."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import tensorflow as tf

T = TypeVar("T")


def apart(make: Callable[[], T], device: str | None = None) -> T:
    """What `make` returns, called in a thread of its own.

    A new thread executes eagerly and has no distribution strategy. Variables that are made in it
    are plain ones, which every replica may assign under a condition. A tf.function that is being
    compiled accepts them, also when it is compiled again.

    Args:
        make: function without arguments.
        device: where it runs; None: TensorFlow chooses.

    Example:
        >>> @tf.function
        ... def compiled():
        ...     return apart(lambda: tf.Variable(3))
        >>> compiled().numpy().item()
        3
    """

    def run() -> T:
        with tf.device(device):
            return make()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(run).result()
