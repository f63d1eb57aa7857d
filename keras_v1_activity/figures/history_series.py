"""What the figure of a run's history is made of: curves over the steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity import facts
from keras_v1_activity.history import History

Numbers: TypeAlias = NDArray[np.float64]

SYNCHRONY_BINS_MS: Final = (8.9, 26.0)
"""Bins whose mean Fano factor is shown over the steps, ms: those of the synchrony alarm."""

_MOST_POINTS = 160
_LEAST_FOR_TREND = 20


class Curve(NamedTuple):
    """One number over the steps.

    Attributes:
        steps: (n_points,) training steps.
        values: (n_points,) of any unit; NaN where unknown.
    """

    steps: Numbers
    values: Numbers

    @property
    def known(self) -> Numbers:
        """The values that are finite."""
        return self.values[np.isfinite(self.values)]


def thinned(steps: NDArray[Any], values: Numbers) -> Curve:
    """A curve of at most 160 points, each the mean of as many neighbouring looks.

    Example:
        >>> thinned(np.arange(320), np.arange(320.0)).values[:3]
        array([0.5, 2.5, 4.5])
    """
    group = looks_a_point(len(steps))
    if group == 1:
        return Curve(np.asarray(steps, np.float64), values)
    starts = np.arange(0, len(steps), group)
    known = np.isfinite(values)
    number = np.add.reduceat(known, starts, dtype=np.float64)
    sums = np.add.reduceat(np.where(known, values, 0.0), starts)
    means = np.divide(sums, number, out=np.full(len(starts), np.nan), where=number > 0)
    size = np.diff(np.append(starts, len(steps)))
    return Curve(np.add.reduceat(np.asarray(steps, np.float64), starts) / size, means)


def trend(curve: Curve) -> Curve | None:
    """The running median of a curve of at least 20 points, over a tenth of them; else None.

    Looks show different stimuli: a single one says little of a small population.

    Example:
        >>> trend(Curve(np.arange(20.0), np.append(np.zeros(19), 100.0))).values.max()
        np.float64(0.0)
    """
    n = len(curve.steps)
    if n < _LEAST_FOR_TREND:
        return None
    half = max(n // 20, 2)
    # At the ends fewer points count, never others than those around.
    around = [curve.values[max(i - half, 0) : i + half + 1] for i in range(n)]
    known = [values[np.isfinite(values)] for values in around]
    return Curve(curve.steps, np.array([np.median(v) if v.size else np.nan for v in known]))


def looks_a_point(n_looks: int) -> int:
    """How many looks each point of a curve is the mean of.

    Example:
        >>> looks_a_point(100), looks_a_point(3000)
        (1, 19)
    """
    return max(-(-n_looks // _MOST_POINTS), 1)


def scalars(history: History, word: str) -> dict[str, Curve]:
    """Curves of the numbers that training gave whose name contains `word`.

    A look without a number is no point of its curve; one whose number is not finite is NaN.

    Example:
        >>> known = History([{"step": 1, "scalars": {"loss": 0.5, "val_loss": 0.6, "lr": 0.1}}])
        >>> sorted(scalars(known, "loss"))
        ['loss', 'val_loss']
    """
    names = [name for name in history.names("scalars") if word in str(name).lower()]
    # Those of the training itself first, then of the validation.
    names.sort(key=lambda name: str(name).startswith("val_"))
    curves = {}
    for name in names:
        there = [i for i, row in enumerate(history) if name in _entry(row, "scalars")]
        values = history.series("scalars", name)[there]
        curves[str(name)] = thinned(
            history.steps[there], np.where(np.isinf(values), np.nan, values)
        )
    return curves


def curve(history: History, *path: str) -> Curve:
    """The curve of a number of each look that has the first entry of its path.

    Example:
        >>> curve(History([{"step": 1, "mean_rate_hz": 4.0}, {"step": 2}]), "mean_rate_hz").steps
        array([1.])
    """
    known = history.known(path[0])
    return thinned(known.steps, known.series(*path))


def lost_from(curve: Curve) -> float | None:
    """The step from which on a number is not finite any more; None if its last one is known.

    Example:
        >>> lost_from(Curve(np.array([1.0, 2.0, 3.0]), np.array([0.5, np.nan, np.nan])))
        2.0
    """
    finite = np.flatnonzero(np.isfinite(curve.values))
    lost = int(finite[-1]) + 1 if finite.size else 0
    return float(curve.steps[lost]) if lost < len(curve.steps) else None


def synchrony(history: History) -> Numbers:
    """(n_looks,) mean population Fano factor in bins of 9 to 26 ms; NaN where unknown.

    Example:
        >>> curve = {"bins_ms": [10.0, 50.0], "factors": [1.5, 9.0]}
        >>> synchrony(History([{"step": 1, "statistics": {"population_fano": curve}}]))
        array([1.5])
    """
    return np.array([_mean_factor(_entry(row, "statistics", "population_fano")) for row in history])


def recorded_synchrony() -> tuple[float, float]:
    """The same of recorded neurons: mean, and 95th percentile.

    Example:
        >>> [round(number, 2) for number in recorded_synchrony()]
        [1.21, 1.67]
    """
    recorded = facts.recorded_fano()
    inside = [SYNCHRONY_BINS_MS[0] <= bin_ms <= SYNCHRONY_BINS_MS[1] for bin_ms in recorded.bins_ms]
    means, percentiles = np.array(recorded.means), np.array(recorded.percentiles_95)
    return float(means[inside].mean()), float(percentiles[inside].mean())


def _entry(row: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    entry: Any = row
    for name in path:
        entry = entry.get(name) if isinstance(entry, Mapping) else None
    return entry if isinstance(entry, Mapping) else {}


def _mean_factor(curve: Mapping[str, Any]) -> float:
    low, high = SYNCHRONY_BINS_MS
    pairs = zip(curve.get("bins_ms") or (), curve.get("factors") or (), strict=False)
    chosen = [f for b, f in pairs if f is not None and low <= b <= high]
    return float(np.mean(chosen)) if chosen else float("nan")
