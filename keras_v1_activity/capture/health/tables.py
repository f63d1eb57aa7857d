"""Which weights are watched, and the tables by which they are summed. Numpy only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.capture.health.connections import Groups, sources_of, targets_of
from keras_v1_activity.capture.health.roles import ROLES, TrainableWeights
from keras_v1_activity.common.protocols import Layer

MOST_OF_A_PAIR: int = 300
"""About so many weights of a pair of populations are kept; of pairs that have fewer, all."""

SEED: int = 0
"""Of the choice of these weights."""


@dataclass(frozen=True, eq=False)
class Watched:
    """One array of weights, with what is needed to sum it by population.

    Attributes:
        weights: `TrainableWeights`.
        size: how many weights.
        runs: (shape[-1],) ascending number of the run of equal targets that each weight of the last
            axis is in; None if the targets are unknown.
        run_population: (n_runs,) population of each run.
        run_sizes: (n_runs,) weights in each run, along all axes.
        codes: (size,) source and sign, 3 * population + sign + 1; None if no sign is known.
        signed: populations of sources of which a sign is known.
        chosen: (k,) int32 indices of weights that are kept as they are.
        chosen_source, chosen_target: (k,) their populations.

    Example:
        >>> from keras_v1_activity.capture.health.roles import trainable_weights
        >>> layer = model.get_layer("rsnn")
        >>> kernel = trainable_weights(model, layer)[0]
        >>> groups = Groups(Populations.from_names(["e4"] * 5 + ["i4"] * 4))
        >>> watched = Watched.of(kernel, groups, layer)
        >>> watched.runs.tolist(), watched.size, len(watched.chosen)
        ([0, 0, 0, 0, 0, 1, 1, 1, 1], 63, 63)
    """

    weights: TrainableWeights
    size: int
    runs: NDArray[Any] | None
    run_population: NDArray[np.int32]
    run_sizes: NDArray[np.int64]
    codes: NDArray[Any] | None
    signed: tuple[int, ...]
    chosen: NDArray[np.int32]
    chosen_source: NDArray[np.int32]
    chosen_target: NDArray[np.int32]

    @classmethod
    def of(cls, weights: TrainableWeights, groups: Groups, layer: Layer | None) -> Watched:
        """From the weights and the populations of the recorded layer."""
        owner, name = weights.owner, weights.name
        shape = tuple(int(size) for size in weights.variable.shape)
        size = int(np.prod(shape, dtype=np.int64))
        target = targets_of(owner, name, shape, groups, recorded=owner is layer)
        if target is None:
            none = np.zeros(0, np.int32)
            return cls(weights, size, None, none, none, None, (), none, none, none)
        starts = np.flatnonzero(np.diff(target, prepend=-1))
        lengths = np.diff(starts, append=len(target))
        runs = np.repeat(np.arange(len(starts)), lengths)
        sources = sources_of(owner, name, weights.role, shape, groups)
        codes, signed, chosen = None, (), np.zeros(0, np.int32)
        source = chosen
        if sources is not None:
            with_sign = np.bincount(sources.population[sources.sign != 0])
            signed = tuple(int(i) for i in np.flatnonzero(with_sign))
            if signed:
                codes = _smallest(3 * sources.population + sources.sign + 1)
            chosen = choose(sources.population, target, len(groups.names))
            source = sources.population[chosen].astype(np.int32)
        return cls(
            weights,
            size,
            _smallest(runs),
            target[starts].astype(np.int32),
            lengths * (size // max(len(target), 1)),
            codes,
            signed,
            chosen,
            source,
            target[chosen % len(target)].astype(np.int32),
        )


@dataclass(frozen=True, eq=False)
class HealthTables:
    """All weights of a model that are watched.

    Attributes:
        groups: `Groups`, the populations of the recorded layer, and the input.
        watched: one `Watched` for each trainable array.

    Example:
        >>> from keras_v1_activity.capture.health.roles import trainable_weights
        >>> layer = model.get_layer("rsnn")
        >>> found = trainable_weights(model, layer)
        >>> tables = HealthTables.of(found, Populations.unnamed(9), layer)
        >>> {key: [int(i) for i in places] for key, places in tables.keys().items()}
        {'all': [0, 1, 2], 'input': [0], 'readout': [1, 2]}
    """

    groups: Groups
    watched: tuple[Watched, ...]

    @classmethod
    def of(
        cls, weights: Iterable[TrainableWeights], populations: Populations, layer: Layer | None
    ) -> HealthTables:
        """From the trainable weights, and the populations of the recorded layer."""
        groups = Groups(populations)
        return cls(groups, tuple(Watched.of(each, groups, layer) for each in weights))

    def fits(self, weights: Sequence[TrainableWeights], populations: Populations) -> bool:
        """Whether these tables are of these weights and populations."""
        mine = [each.weights.variable for each in self.watched]
        same = len(mine) == len(weights) and all(
            variable is each.variable for variable, each in zip(mine, weights, strict=True)
        )
        own = self.groups.populations
        return same and (
            own is populations
            or (own.names == populations.names and np.array_equal(own.index, populations.index))
        )

    def keys(self) -> dict[str, list[int]]:
        """Places in `watched` of the arrays that are summed under each name.

        Under "all" are all, then those of each role; a layer has its name, unless a role has
        exactly its weights.
        """
        found = {"all": list(range(len(self.watched)))}
        for role in ROLES:
            places = [i for i, each in enumerate(self.watched) if each.weights.role == role]
            if places:
                found[role] = places
        of_roles = list(found.values())
        by_layer: dict[str, list[int]] = {}
        for i, each in enumerate(self.watched):
            by_layer.setdefault(each.weights.owner.name, []).append(i)
        for name, places in by_layer.items():
            if places not in of_roles and name not in found:
                found[name] = places
        return found

    @property
    def population_keys(self) -> dict[str, int]:
        """Index of each population that weights lead to, by the name it goes by here.

        Neurons without names have none, and one called like a key of `keys` is told from it.
        """
        if not self.groups.populations.named:
            return {}
        taken = self.keys()
        reached = {int(i) for each in self.watched for i in each.run_population}
        return {
            f"{name} (population)" if name in taken else name: i
            for i, name in enumerate(self.groups.populations.names)
            if i in reached
        }

    @property
    def n_chosen(self) -> int:
        """How many weights are kept as they are."""
        return sum(len(each.chosen) for each in self.watched)


def choose(
    source: NDArray[Any], target: NDArray[Any], n_groups: int, most: int = MOST_OF_A_PAIR
) -> NDArray[np.int32]:
    """Indices of the weights that are kept of each pair of source and target, ascending.

    Of a pair with more than `most`, each is kept with the same probability, by a fixed seed.

    Args:
        source: (n,) population of the source of each of the flattened weights.
        target: (shape[-1],) population of the target along the last axis.
        n_groups: number of populations.
        most: of a pair, on average.

    Example:
        >>> choose(np.zeros(4, int), np.array([0, 1]), 2).tolist()
        [0, 1, 2, 3]
    """
    pair = source.astype(np.int32) * n_groups
    pair.reshape(-1, len(target))[...] += target
    number = np.bincount(pair, minlength=1)
    part = np.minimum(most / np.maximum(number, 1), 1.0).astype(np.float32)
    drawn = np.random.default_rng(SEED).random(len(pair), np.float32)
    return np.flatnonzero((drawn < part[pair]) | (number[pair] <= most)).astype(np.int32)


def _smallest(values: NDArray[Any]) -> NDArray[Any]:
    """The same whole numbers in the smallest type that TensorFlow takes."""
    greatest = int(values.max(initial=0))
    kind = np.uint8 if greatest < 2**8 else np.uint16 if greatest < 2**16 else np.int32
    return values.astype(kind)
