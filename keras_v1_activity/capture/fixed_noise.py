"""Fixed random numbers for a forward pass beside a training, which does not notice it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from keras_v1_activity.capture import models
from keras_v1_activity.common.protocols import Model


@contextmanager
def fixed_noise(model: Model, seed: int | None) -> Iterator[None]:
    """The random numbers that the layers of a model draw begin at `seed`, and afterwards go on.

    These are the seed generators of Keras 3, such as that of the background noise in a V1 network,
    and random generators of TensorFlow that a layer has as an attribute. Random operations without
    a state of their own are not reached.

    Args:
        model: the Keras model.
        seed: where each of them begins, with a number of its own; None changes nothing.

    Example:
        >>> import keras
        >>> noisy = keras.Sequential([keras.layers.GaussianNoise(1.0)])
        >>> drawn = []
        >>> for _ in range(2):
        ...     with fixed_noise(noisy, seed=7):
        ...         drawn.append(np.asarray(noisy(np.zeros((1, 3)), training=True)))
        >>> bool((drawn[0] == drawn[1]).all())
        True
    """
    restore: list[Callable[[], Any]] = []
    try:
        if seed is not None:
            for place, generator in enumerate(_generators(model)):
                # A number that the state of any generator can hold.
                restore.append(_set(generator, (seed + 7919 * place) % (1 << 31)))
        yield
    finally:
        for undo in restore:
            undo()


def _generators(model: Any) -> list[Any]:
    """Generators of all layers, in the order of the layers, each once."""
    found: dict[int, Any] = {}
    for layer in (model, *models.all_layers(model)):
        own = [*getattr(layer, "_seed_generators", ())]
        own += [part for part in vars(layer).values() if isinstance(part, tf.random.Generator)]
        found.update({id(generator): generator for generator in own})
    return list(found.values())


def _set(generator: Any, seed: int) -> Callable[[], Any]:
    """Lets a generator begin at `seed`; returns what sets it back."""
    if isinstance(generator, tf.random.Generator):
        before = tf.identity(generator.state)
        generator.reset_from_seed(seed)
        return partial(generator.reset, before)
    state = generator.state
    kept = tf.identity(tf.convert_to_tensor(state.value))
    state.assign(np.array([seed, 0]))
    return partial(state.assign, kept)
