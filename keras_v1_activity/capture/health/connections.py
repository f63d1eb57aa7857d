"""What weights connect: source and target of each, as far as their layer tells. Numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Population, Populations, describe_population

INPUT: str = "input"
"""Name of the source of what comes from outside of the recorded layer."""


class Sources(NamedTuple):
    """Where each weight of an array comes from.

    Attributes:
        population: (n,) index of the population, as of `Groups`; -1 if it is unknown.
        sign: (n,) int8, 1 where the weight must not be negative, -1 where it must not be positive,
            0 where it may be both.

    Example:
        >>> Sources(np.array([0, 1]), np.array([1, -1], np.int8)).sign
        array([ 1, -1], dtype=int8)
    """

    population: NDArray[Any]
    sign: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Groups:
    """The populations of a layer, and behind them one for what comes from outside.

    Attributes:
        populations: `Populations` of the neurons of the layer.

    Example:
        >>> groups = Groups(Populations.from_names(["e4Rorb", "i4Pvalb", "e4Rorb"]))
        >>> groups.names, groups.signs.tolist()
        (('e4Rorb', 'i4Pvalb', 'input'), [1, -1, 0])
    """

    populations: Populations

    @property
    def members(self) -> tuple[Population, ...]:
        """The populations, with the input as the last one."""
        return (*self.populations.members, describe_population(INPUT))

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(member.name for member in self.members)

    @property
    def signs(self) -> NDArray[np.int8]:
        """(groups,) sign of the weights of each by its name; 0 if the name does not say."""
        sign = {True: 1, False: -1, None: 0}
        return np.array([sign[member.excitatory] for member in self.members], np.int8)

    @property
    def outside(self) -> int:
        """Index of the input."""
        return len(self.populations.members)


def targets_of(
    owner: Any, name: str, shape: tuple[int, ...], groups: Groups, *, recorded: bool
) -> NDArray[np.int32] | None:
    """(shape[-1],) population of the target of each weight along the last axis, or None.

    Args:
        owner: the layer that has the weights.
        name: their name in it.
        shape: their shape.
        groups: `Groups` of the recorded layer.
        recorded: whether it is the recorded layer.

    Example:
        >>> groups = Groups(Populations.from_names(["e4Rorb", "i4Pvalb", "e4Rorb"]))
        >>> targets_of(model.get_layer("rsnn"), "kernel", (7, 3), groups, recorded=True)
        array([0, 1, 0], dtype=int32)
    """
    populations = groups.populations
    table = _table_of(owner, name, populations.n_neurons)
    if table is not None and shape == (len(table),):
        return populations.index[table]
    if recorded and shape and shape[-1] == populations.n_neurons:
        return populations.index
    return None


def sources_of(
    owner: Any, name: str, role: str, shape: tuple[int, ...], groups: Groups
) -> Sources | None:
    """Where each of the flattened weights comes from; None if their layer does not tell.

    The sign of a weight of the V1 network is that in its folder, of others that of their
    population, if its name says whether it excites.

    Args:
        owner, name, shape, groups: as for `targets_of`.
        role: of the weights, see `roles.ROLES`.

    Example:
        >>> groups = Groups(Populations.from_names(["e4Rorb", "i4Pvalb"]))
        >>> sources_of(model, "recurrent_kernel", "recurrent", (2, 2), groups).sign
        array([ 1,  1, -1, -1], dtype=int8)
    """
    populations = groups.populations
    n = populations.n_neurons
    synapses = _synapses_of(owner, name, n)
    if synapses is not None and shape == (len(synapses.source),):
        sign = np.sign(synapses.weight).astype(np.int8)
        if role == "recurrent":
            return Sources(populations.index[synapses.source], sign)
        return Sources(np.full(len(sign), groups.outside, np.int32), sign)
    if len(shape) != 2:
        return None
    if role == "recurrent" and shape == (n, n):
        population = np.repeat(populations.index, n)
    elif role == "input":
        population = np.full(shape[0] * shape[1], groups.outside, np.int32)
    else:
        return None
    return Sources(population, groups.signs[population])


def _synapses_of(owner: Any, name: str, n_neurons: int) -> Any:
    """The table of a V1 layer that its weights are of, or None."""
    of_name = {"sparse_recurrent_weights": "recurrent", "sparse_input_weights": "inputs"}
    network = getattr(owner, "network", None)
    if name not in of_name or getattr(network, "n_neurons", None) != n_neurons:
        return None
    return getattr(network, of_name[name], None)


def _table_of(owner: Any, name: str, n_neurons: int) -> NDArray[Any] | None:
    """(n,) target neuron of each weight of a V1 layer, or None."""
    synapses = _synapses_of(owner, name, n_neurons)
    if synapses is not None:
        return np.asarray(synapses.target)
    network = getattr(owner, "network", None)
    if name == "independent_background_weights" and network is not None:
        return np.asarray(network.background.target)
    if name != "rest_of_brain_weights" or getattr(network, "n_neurons", None) != n_neurons:
        return None
    weights: Any = getattr(network, "background_weights", np.zeros((n_neurons, 1)))
    return np.flatnonzero(weights.reshape(-1)) // weights.shape[1]
