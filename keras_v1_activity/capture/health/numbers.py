"""From the arrays that a step wrote to the numbers of ``details["health"]``. Numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.capture.health.tables import HealthTables
from keras_v1_activity.measures.weights import weights_by_population

_GRADIENT_SQUARES, _GRADIENT_SIZES, _UPDATE_SQUARES, _WEIGHT_SQUARES = range(4)
_OF_PAIR = ("mean", "mean_abs", "log_sd", "kl", "wasserstein")

Arrays = Mapping[str, NDArray[Any]]
"""Those of `HealthSums.of` and `occupancy_counts`, by name without the prefix."""


def health_numbers(
    arrays: Arrays, tables: HealthTables, start: NDArray[np.float32] | None
) -> dict[str, Any]:
    """The numbers of one look.

    Args:
        arrays: what the step wrote.
        tables: `HealthTables`.
        start: (k,) the chosen weights when training began; None if they are unknown.

    Returns:
        Dict that JSON can hold: ``gradient_norm``, ``mean_abs_gradient``, ``update_norm``,
        ``weight_norm`` (before the step) and ``update_ratio``, each a dict by "all", role, layer
        and population of the targets; ``weights``, by "PRE -> POST" mean, mean_abs, log_sd, kl and
        wasserstein as of `measures.weights_by_population`; ``dale_violations`` by population of the
        source; ``surrogate_occupancy`` by population; ``not_finite``, numbers of gradients and of
        weights after the step. Numbers have seven digits. What cannot be known is absent; what is
        not finite is None.

    Example:
        >>> from keras_v1_activity.capture.health.roles import trainable_weights
        >>> from keras_v1_activity.capture.health.sums import HealthSums
        >>> layer = model.get_layer("rsnn")
        >>> found = trainable_weights(model, layer)
        >>> tables = HealthTables.of(found, Populations.unnamed(9), layer)
        >>> before = [each.variable for each in found]
        >>> kept = HealthSums(tables).of([v * 0 + 2.0 for v in before], before)
        >>> arrays = {name.removeprefix("health/"): kept[name].numpy() for name in kept}
        >>> numbers = health_numbers(arrays, tables, None)
        >>> numbers["gradient_norm"]["readout"], numbers["not_finite"]
        (10.95445, {'weights': 0, 'gradients': 0})
    """
    found = {**_norms(arrays, tables), "weights": _by_pair(arrays, tables, start)}
    signed = {i for each in tables.watched for i in each.signed}
    if signed:
        names = tables.groups.names
        counts = {names[i]: int(arrays["dale"][i]) for i in sorted(signed)}
        found["dale_violations"] = {**counts, "all": int(arrays["dale"].sum())}
    if "occupied" in arrays:
        found["surrogate_occupancy"] = _occupancy(arrays, tables.groups.populations)
    gradients, weights = arrays["not_finite"].sum(0)
    found["not_finite"] = {"weights": int(weights)}
    if arrays["known"][:, 0].any():
        found["not_finite"]["gradients"] = int(gradients)
    return {name: numbers for name, numbers in found.items() if numbers}


def _norms(arrays: Arrays, tables: HealthTables) -> dict[str, dict[str, float | None]]:
    has_gradient, has_before = arrays["known"].T > 0
    sums, of_population = arrays["sums"], arrays["by_population"]
    sizes = np.array([each.size for each in tables.watched], np.float64)
    found: dict[str, dict[str, float | None]] = {
        name: {}
        for name in (
            "gradient_norm", "mean_abs_gradient", "update_norm", "weight_norm", "update_ratio",
        )
    }  # fmt: skip

    def add(key: str, totals: NDArray[Any], with_gradient: float, with_before: bool) -> None:
        if with_gradient:
            found["gradient_norm"][key] = _finite(np.sqrt(totals[_GRADIENT_SQUARES]))
            found["mean_abs_gradient"][key] = _finite(totals[_GRADIENT_SIZES] / with_gradient)
        if with_before:
            update, weight = np.sqrt(totals[[_UPDATE_SQUARES, _WEIGHT_SQUARES]])
            found["update_norm"][key] = _finite(update)
            found["weight_norm"][key] = _finite(weight)
            if weight:
                found["update_ratio"][key] = _finite(update / weight)

    for key, places in tables.keys().items():
        n = sizes[places][has_gradient[places]].sum()
        add(key, sums[places].sum(0), n, bool(has_before[places].all()))
    numbers = _numbers_of_populations(tables, has_gradient)
    targets = [i for i, each in enumerate(tables.watched) if each.runs is not None]
    for key, i in tables.population_keys.items():
        add(key, of_population[i], numbers[i], bool(has_before[targets].all()))
    return found


def _numbers_of_populations(
    tables: HealthTables, has_gradient: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(populations,) how many weights with a gradient lead to each."""
    numbers = np.zeros(len(tables.groups.names) - 1)
    for each, has in zip(tables.watched, has_gradient, strict=True):
        if has and each.runs is not None:
            np.add.at(numbers, each.run_population, each.run_sizes)
    return numbers


def _by_pair(
    arrays: Arrays, tables: HealthTables, start: NDArray[np.float32] | None
) -> dict[str, dict[str, float | None]]:
    if not tables.n_chosen:
        return {}
    groups = tables.groups
    each_alone = Populations(groups.members, np.arange(len(groups.names), dtype=np.int32))
    source = np.concatenate([each.chosen_source for each in tables.watched])
    target = np.concatenate([each.chosen_target for each in tables.watched])
    with np.errstate(invalid="ignore"):
        pairs = weights_by_population(arrays["chosen"], source, target, each_alone, start)
    return {
        f"{pre} -> {post}": {name: _finite(numbers[name]) for name in _OF_PAIR if name in numbers}
        for (pre, post), numbers in pairs.items()
    }


def _occupancy(arrays: Arrays, populations: Populations) -> dict[str, float | None]:
    n_steps = float(arrays["occupied_of"])
    occupied, counts = arrays["occupied"], populations.counts
    if not n_steps or not counts.sum():
        return {}
    named = zip(populations.names, occupied, counts, strict=True)
    by_name = {name: _finite(n / (n_steps * count)) for name, n, count in named if count}
    overall = _finite(occupied.sum() / (n_steps * counts.sum()))
    return {"all": overall, **(by_name if populations.named else {})}


def _finite(value: Any) -> float | None:
    """With seven digits; all would make each look several kB longer."""
    return float(f"{value:.7g}") if np.isfinite(value) else None
