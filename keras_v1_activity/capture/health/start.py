"""HealthStart: the weights with which training began, and the numbers of the looks since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.capture.health.numbers import health_numbers
from keras_v1_activity.capture.health.roles import trainable_weights
from keras_v1_activity.capture.health.sums import PREFIX
from keras_v1_activity.capture.health.tables import HealthTables
from keras_v1_activity.common.protocols import Model


class HealthStart:
    """Keeps the chosen weights as they were when training began.

    Example:
        >>> start = HealthStart()
        >>> start.numbers_of({"spike_bits": np.zeros(3)}, None) is None
        True
    """

    def __init__(self) -> None:
        self._chosen: NDArray[np.float32] | None = None
        self._noted: dict[int, NDArray[Any]] = {}

    def note(self, model: Model) -> None:
        """Keeps all trainable weights of a model that begins to train, until the first arrays come.

        Nothing happens if it is known already with which weights training began.
        """
        if self._chosen is None:
            self._noted = {
                id(each.variable): np.asarray(tf.convert_to_tensor(each.variable))
                for each in trainable_weights(model, None)
            }

    def numbers_of(
        self, arrays: Mapping[str, NDArray[Any]], tables: HealthTables | None
    ) -> Callable[[], dict[str, Any]] | None:
        """What makes the numbers of a step, see `health_numbers`, perhaps in another thread.

        Args:
            arrays: all that the step wrote, by name.
            tables: by which it was summed; None if there are none.

        Returns:
            None if the step wrote nothing of gradients and weights.
        """
        mine = {
            name.removeprefix(PREFIX): array
            for name, array in arrays.items()
            if name.startswith(PREFIX)
        }
        if tables is None or "sums" not in mine:
            return None
        before = mine["chosen_before"]
        if self._chosen is None or self._chosen.shape != before.shape:
            # Other weights than until now are trained: with them something begins.
            self._chosen = self._noted_of(tables, before)
            self._noted = {}
        return partial(health_numbers, mine, tables, self._chosen)

    def _noted_of(self, tables: HealthTables, before: NDArray[np.float32]) -> NDArray[np.float32]:
        """The chosen weights among those noted; if some are unknown, those before the step."""
        watched = [each for each in tables.watched if len(each.chosen)]
        noted = [self._noted.get(id(each.weights.variable)) for each in watched]
        if not watched or any(array is None for array in noted):
            return before
        chosen = [
            np.asarray(array).reshape(-1)[each.chosen]
            for array, each in zip(noted, watched, strict=True)
        ]
        return np.concatenate(chosen).astype(np.float32)
