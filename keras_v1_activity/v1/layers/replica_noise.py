"""Random numbers that differ between the replicas of a distribution strategy."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

_BETWEEN_REPLICAS = 1_000_003


class SeedGenerator(keras.random.SeedGenerator):
    """Keras's seed generator with a stream of its own for each replica.

    A strategy gives all replicas one state. Replica 0 draws what a single device would draw.

    Example:
        >>> ours, other = SeedGenerator(7), keras.random.SeedGenerator(7)
        >>> bool(keras.random.uniform((), seed=ours) == keras.random.uniform((), seed=other))
        True
    """

    def next(self, ordered: bool = True) -> Any:
        """The seed of the next draw, shape (2,)."""
        seed = super().next(ordered)
        replica = tf.distribute.get_replica_context() if tf.distribute.has_strategy() else None
        if replica is None:
            return seed
        number = tf.cast(replica.replica_id_in_sync_group, seed.dtype)
        return seed + tf.stack([number * _BETWEEN_REPLICAS, tf.zeros_like(number)])
