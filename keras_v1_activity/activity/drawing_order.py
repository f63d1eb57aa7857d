"""The order in which neurons are drawn: population by population."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.values import read_only


class DrawingOrder:
    """What follows from the population of each neuron for where it is drawn.

    Attributes:
        index: (n_neurons,) number of each neuron's population, in drawing order.

    Example:
        >>> from keras_v1_activity.activity import Populations
        >>> Populations.from_names(["i4Pvalb", "e23Cux2", "e23Cux2"]).row.tolist()
        [2, 0, 1]
    """

    index: NDArray[np.int32]

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """(n_neurons,) ids in drawing order: by population, then by id; read-only."""
        return read_only(np.argsort(self.index, kind="stable"))

    @cached_property
    def row(self) -> NDArray[np.int64]:
        """(n_neurons,) row of each neuron when drawn in `order`; the inverse of it; read-only."""
        row = np.empty(len(self.index), np.int64)
        row[self.order] = np.arange(len(self.index))
        return read_only(row)

    def spread(self, n: int) -> NDArray[np.int64]:
        """At most `n` neuron ids, spaced evenly through the drawing order.

        Every population of a fair size is then represented in a small selection.

        Example:
            >>> from keras_v1_activity.activity import Populations
            >>> Populations.from_names(["e4Rorb"] * 8 + ["i4Pvalb"] * 2).spread(5).tolist()
            [1, 3, 5, 7, 9]
        """
        n_neurons = len(self.index)
        n = min(n, n_neurons)
        if n <= 0:
            return np.zeros(0, np.int64)
        places = ((np.arange(n) + 0.5) * n_neurons / n).astype(np.int64)
        return self.order[places]
