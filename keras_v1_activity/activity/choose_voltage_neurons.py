"""Which neurons' membrane potentials are recorded and drawn, and which neurons are traced."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations


def choose_voltage_neurons(
    asked: int | Sequence[int], populations: Populations
) -> NDArray[np.int64]:
    """(k,) neuron ids whose potentials are recorded: as asked for, or spread over populations.

    Args:
        asked: how many neurons, or their ids.
        populations: of the recorded layer.

    Raises:
        ValueError: an id beyond the network.

    Example:
        >>> populations = Populations.from_names(["i4Pvalb"] * 3 + ["e4Rorb"] * 3)
        >>> choose_voltage_neurons(2, populations), choose_voltage_neurons([5, 0], populations)
        (array([4, 1]), array([5, 0]))
    """
    if isinstance(asked, int):
        return populations.spread(asked)
    return within_layer(asked, "voltage_neurons", populations.n_neurons)


def within_layer(ids: Sequence[int], name: str, n_neurons: int) -> NDArray[np.int64]:
    """(k,) `ids` as an array, none of them beyond the layer.

    Args:
        ids: neuron ids, from 0.
        name: of the argument that asks for them, for the message.
        n_neurons: neurons of the layer.

    Raises:
        ValueError: an id beyond the layer.

    Example:
        >>> within_layer([3, 17], "trace_neurons", 20)
        array([ 3, 17])
    """
    chosen = np.asarray(ids, np.int64)
    beyond = chosen[chosen >= n_neurons]
    if beyond.size:
        raise ValueError(
            f"{name} asks for neuron {beyond[0]}, but the layer has "
            f"{n_neurons:,} neurons: ids run from 0 to {n_neurons - 1}."
        )
    return chosen
