"""Two responses in numbers, and each two of several classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.trials import (
    Response,
    Window,
    check_same_neurons,
    trial_rates,
    trials_of,
    window_steps,
)
from keras_v1_activity.common import units
from keras_v1_activity.similarity.scores import (
    cosine,
    mean_absolute_error,
    pearson,
    population_means,
    relative_difference,
    sparseness,
)


def compare(
    first: Response,
    second: Response,
    window_ms: Window | None = None,
    labels: Sequence[str] = ("first", "second"),
) -> dict[str, Any]:
    """Two responses of the same neurons in numbers, a dict that strict JSON can hold.

    Args:
        first: an `Activity`, or the trials of one condition.
        second: likewise.
        window_ms: (first, end) ms, or None for all the time.
        labels: names of the two.

    Returns:
        dict: ``labels``, ``window_ms``, ``responses`` (`describe` of each, by label);
        ``rate_correlation`` (Pearson) and ``rate_cosine`` over the neurons' mean rates,
        ``rate_mae_hz``, ``relative_rate_difference`` (second against first), and
        ``population_rates``: by name a dict of ``first_hz``, ``second_hz``,
        ``relative_difference``. What is unknown is None.

    Raises:
        ValueError: other neurons, or a window that does not fit.

    Example:
        >>> a = Activity.from_dense(np.eye(4))
        >>> compare(a, a)["rate_mae_hz"]
        0.0
    """
    # What gives its trials only once, such as a generator, is read here.
    first, second = trials_of(first), trials_of(second)
    check_same_neurons(first, second, labels)
    a, b = (trial_rates(response, window_ms).mean(axis=0) for response in (first, second))
    populations = first[0].populations
    by_population = [population_means(rates, populations) for rates in (a, b)]
    relative = relative_difference(*by_population)
    responses = (describe(first, window_ms), describe(second, window_ms))
    return _known(
        {
            "labels": list(labels),
            "window_ms": None if window_ms is None else [float(t) for t in window_ms],
            "responses": list(responses),
            "rate_correlation": pearson(a, b),
            "rate_cosine": cosine(a, b),
            "rate_mae_hz": mean_absolute_error(a, b),
            "relative_rate_difference": float(
                relative_difference(*(r["mean_rate_hz"] for r in responses))
            ),
            "population_rates": {
                name: {"first_hz": x, "second_hz": y, "relative_difference": z}
                for name, x, y, z in zip(
                    populations.names, *(v.tolist() for v in by_population), relative.tolist(),
                    strict=True,
                )
            },
        }
    )  # fmt: skip


def describe(response: Response, window_ms: Window | None = None) -> dict[str, int | float]:
    """One response in numbers; means over its trials.

    Args:
        response: trials, as `trials_of` takes them.
        window_ms: (first, end) ms, or None for all the time.

    Returns:
        dict: n_trials, n_neurons, n_spikes (of a trial, in the window), mean_rate_hz,
        active_fraction (of the neurons, at least one spike in a trial), sparseness (Treves &
        Rolls).

    Raises:
        ValueError: no trial, or a window that does not fit.

    Example:
        >>> describe(Activity.from_dense(np.eye(4)))["mean_rate_hz"]
        250.0
    """
    trials = trials_of(response)
    rates = trial_rates(trials, window_ms)
    seconds = [_window_seconds(activity, window_ms) for activity in trials]
    spikes = [np.rint(r * s).sum() for r, s in zip(rates, seconds, strict=True)]
    return {
        "n_trials": len(trials),
        "n_neurons": int(trials[0].n_neurons),
        "n_spikes": float(np.mean(spikes)),
        "mean_rate_hz": float(rates.mean()) if rates.size else 0.0,
        "active_fraction": float(np.mean(rates > 0)) if rates.size else 0.0,
        "sparseness": float(np.mean([sparseness(row) for row in rates])),
    }


def _window_seconds(activity: Activity, window_ms: Window | None) -> float:
    if window_ms is None:
        return activity.duration_ms / units.MS_PER_S
    first, end = window_steps(activity, window_ms)
    return (end - first) * activity.dt / units.MS_PER_S


def _known(value: Any) -> Any:
    """NaN becomes None, which strict JSON can hold."""
    if isinstance(value, dict):
        return {key: _known(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_known(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def response_similarity(
    responses: Mapping[str, Response], window_ms: Window | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How alike single trials of each two classes are: mean over the pairs of their trials.

    On the diagonal are pairs of different trials of one class. If the diagonal stands out, the
    network tells the classes apart.

    Args:
        responses: dict of class name -> trials, as `trials_of` takes them.
        window_ms: (first, end) ms, or None.

    Returns:
        (correlation, error): each (n_classes, n_classes), Pearson's correlation of the neurons'
        rates and their mean absolute error in Hz. NaN if there is no pair or no rate varies.

    Raises:
        ValueError: no class, or other neurons.

    Example:
        >>> correlation, error = response_similarity({"3": [activity, activity]})
        >>> correlation.round(6), error
        (array([[1.]]), array([[0.]]))
    """
    if not responses:
        raise ValueError("responses must hold the trials of at least one class; got none.")
    names = list(responses)
    for name in names[1:]:
        check_same_neurons(responses[names[0]], responses[name], (names[0], name))
    by_class = [trial_rates(responses[name], window_ms) for name in names]
    owner = np.repeat(np.arange(len(names)), [len(rates) for rates in by_class])
    rates = np.concatenate(by_class)
    correlation = _trial_correlations(rates)
    error = np.array([np.abs(rates - row).mean(axis=1) for row in rates])
    return _block_means(correlation, owner, len(names)), _block_means(error, owner, len(names))


def _trial_correlations(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = rates - rates.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = np.divide(centred, norm, out=np.full_like(centred, np.nan), where=norm > 0)
    return np.clip(unit @ unit.T, -1.0, 1.0)


def _block_means(
    values: NDArray[np.float64], owner: NDArray[np.int64], n_classes: int
) -> NDArray[np.float64]:
    """Mean of each block of classes over the pairs of different trials that are known."""
    use = np.isfinite(values) & ~np.eye(len(values), dtype=bool)
    member = np.eye(n_classes)[owner]
    sums = member.T @ np.where(use, values, 0.0) @ member
    pairs = member.T @ use @ member
    return np.divide(sums, pairs, out=np.full_like(sums, np.nan), where=pairs > 0)
