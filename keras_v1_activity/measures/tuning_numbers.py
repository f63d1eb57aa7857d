"""The tuning of a network in numbers, by population: what a completed turn of a probe tells."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.common.checks import frozen_array
from keras_v1_activity.measures.tuning import (
    LEAST_HZ,
    angles_apart,
    dsi,
    osi,
    preferred_direction,
)

# Of a few spikes, chance makes much selectivity; of so many, it makes hardly any.
_MOST_DRAWN = 1000


def chance_selectivity(
    tuning: Tuning, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """OSI and DSI that untuned neurons would show if they fired as many spikes as these.

    Each neuron's spikes are dealt out to the directions by chance, all equally likely. With few
    spikes both are large: a single spike gives 1. What a network shows above this is tuning.

    Args:
        tuning: `Tuning`.
        seed: of the chance.

    Returns:
        (OSI, DSI), each (n_neurons,), NaN where a neuron is not judged; see `osi`.

    Example:
        >>> few = Tuning(np.arange(0, 360, 45), np.eye(8)[:, None, :1], counted_ms=500)
        >>> chance_selectivity(few)
        (array([1.]), array([1.]))
    """
    totals = tuning.counts.sum(axis=(0, 1))
    n_directions = len(tuning.directions_deg)
    dealt = np.random.default_rng(seed).multinomial(
        np.minimum(totals, _MOST_DRAWN), np.full(n_directions, 1 / n_directions)
    )
    judged = tuning.rates.max(axis=0, initial=0.0) >= LEAST_HZ
    found = (measure(dealt.T, tuning.directions_deg, least_hz=0.0) for measure in (osi, dsi))
    chance_osi, chance_dsi = (np.where(judged, values, np.nan) for values in found)
    return chance_osi, chance_dsi


def aligned_rates(tuning: Tuning, tuning_angles: ArrayLike | None = None) -> NDArray[np.float64]:
    """Rates of each neuron by direction from its preferred one, which the other trials tell.

    The mean over neurons is a tuning curve even where neighbours prefer different directions.
    Because the preferred direction of a trial is taken from the other trials, neurons that are not
    tuned give a flat curve.

    Args:
        tuning: `Tuning` of at least two trials, with evenly spread directions.
        tuning_angles: (n_neurons,) direction that each neuron is known to be tuned to, degrees:
            taken in place of the preferred one. One trial is then enough.

    Returns:
        (n_directions, n_neurons) Hz, the mean over trials; row k is k steps of direction
        counter-clockwise from the preferred one. NaN for a neuron without one in some trial.

    Raises:
        ValueError: there is only one trial, or not an angle for each neuron.

    Example:
        >>> peak = 5 * np.eye(4)[:, None, [2]].repeat(2, axis=1)
        >>> aligned_rates(Tuning([0, 90, 180, 270], peak, counted_ms=1000))[:, 0]
        array([5., 0., 0., 0.])
    """
    n_directions, n_trials, n = tuning.counts.shape
    if tuning_angles is not None:
        known = frozen_array(tuning_angles, "tuning_angles", [n], np.float64)
        return _turned(tuning.rates, known, tuning.directions_deg)
    if n_trials < 2:
        raise ValueError(f"tuning must hold at least 2 trials to align rates; got {n_trials}.")
    total, sums = tuning.trial_rates.sum(axis=1), np.zeros((n_directions, n))
    for trial in range(n_trials):
        own = tuning.trial_rates[:, trial]
        others = (total - own) / (n_trials - 1)
        angles = preferred_direction(others.clip(0), tuning.directions_deg, least_hz=0)
        sums += _turned(own, angles, tuning.directions_deg)
    return sums / n_trials


def _turned(
    rates: NDArray[np.float64], angles: NDArray[np.float64], directions_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n_directions, n_neurons) rates with the direction nearest to each neuron's angle first."""
    n_directions = len(directions_deg)
    off = (angles - directions_deg[0]) * n_directions / 360
    first = np.where(np.isfinite(off), np.rint(off), 0).astype(np.int64)
    rows = (first + np.arange(n_directions)[:, None]) % n_directions
    return np.where(np.isfinite(off), np.take_along_axis(rates, rows, axis=0), np.nan)


def tuning_by_population(
    tuning: Tuning, populations: Populations, tuning_angles: ArrayLike | None = None
) -> dict[str, Any]:
    """A turn in numbers, as a dict that strict JSON can hold (unknown values are None).

    Args:
        tuning: `Tuning`.
        populations: `Populations` of the same neurons.
        tuning_angles: (n_neurons,) direction that each is known to be tuned to, degrees; or None.

    Returns:
        ``directions_deg``, and ``populations``: of each, medians over the neurons that are judged
        of ``osi`` and ``dsi``, and of what chance gives, ``osi_chance`` and ``dsi_chance``;
        ``rates_hz`` and ``sem_hz`` of each direction, mean and standard error over neurons and
        trials; ``preferred_direction_deg`` of these mean rates; ``judged_fraction``, the part of
        the neurons that fire enough to be judged; with `tuning_angles`, ``from_tuned_deg``, median
        angle between what a neuron prefers and what it is tuned to (by chance 90). ``all`` is the
        same of the whole network.

    Example:
        >>> angles = np.arange(0, 360, 90)
        >>> counts = 10 + 10 * np.cos(2 * np.radians(angles)).round()
        >>> tuning = Tuning(angles, counts[:, None, None], counted_ms=1000)
        >>> told = tuning_by_population(tuning, Populations.from_names(["e4Rorb"]))
        >>> told["populations"]["e4Rorb"]["osi"], told["all"]["rates_hz"]
        (1.0, [20.0, 0.0, 20.0, 0.0])
    """
    chance = chance_selectivity(tuning)
    angles, rates = tuning.directions_deg, tuning.rates
    of_neurons = {
        "osi": osi(rates, angles),
        "dsi": dsi(rates, angles),
        "osi_chance": chance[0],
        "dsi_chance": chance[1],
    }
    if tuning_angles is not None:
        of_neurons["from_tuned_deg"] = angles_apart(
            preferred_direction(rates, angles), tuning_angles
        )
    return {
        "directions_deg": [float(angle) for angle in angles],
        "populations": {
            name: _numbers(tuning, of_neurons, populations.index == i)
            for i, name in enumerate(populations.names)
        },
        "all": _numbers(tuning, of_neurons, np.ones(tuning.n_neurons, bool)),
    }


def _numbers(
    tuning: Tuning, of_neurons: dict[str, NDArray[np.float64]], members: NDArray[np.bool_]
) -> dict[str, Any]:
    """Of the neurons that are `members`."""
    n_directions = len(tuning.directions_deg)
    rates = tuning.trial_rates[:, :, members].reshape(n_directions, -1)
    n = rates.shape[1]
    mean = rates.mean(axis=1) if n else np.full(n_directions, np.nan)
    sem = rates.std(axis=1, ddof=1) / np.sqrt(n) if n > 1 else np.full(n_directions, np.nan)
    judged = np.isfinite(of_neurons["osi"][members])
    preferred = (
        preferred_direction(mean[:, None], tuning.directions_deg, least_hz=0) if n else [np.nan]
    )
    return {
        **{name: _median(values[members]) for name, values in of_neurons.items()},
        "rates_hz": [_plain(rate) for rate in mean],
        "sem_hz": [_plain(error) for error in sem],
        "preferred_direction_deg": _plain(preferred[0]),
        "judged_fraction": _plain(judged.mean()) if n else None,
    }


def _median(values: NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return _plain(np.median(known)) if known.size else None


def _plain(value: float) -> float | None:
    """A float that strict JSON can hold; None if it is not finite."""
    return round(float(value), 9) if np.isfinite(value) else None
