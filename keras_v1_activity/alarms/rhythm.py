"""Rules on neurons that fire together: synchrony and oscillation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity import facts
from keras_v1_activity.alarms.alarm import AMBER, Alarm, needs
from keras_v1_activity.alarms.looks import (
    FIRST_LOOKS,
    LEAST_FIRST_LOOKS,
    at_last,
    entry_at,
    last_places,
    median,
    step_of,
    usual_of,
)
from keras_v1_activity.history import History
from keras_v1_activity.measures import BANDS_HZ

# A Hann window spreads a line over its two neighbours on each side.
_LEAKAGE_LINES = 2


@needs("statistics", "population_fano")
def synchrony(
    history: History,
    *,
    more: float = 0.5,
    bins_ms: tuple[float, float] = (8.5, 26.5),
    looks: int = 2,
    times_first: float = 2.0,
) -> Alarm | None:
    """Small populations fire together more than recorded ones do, two looks running.

    Judged is the median over the bins of 9 to 26 ms of the population Fano factor, over its
    recorded 95th percentile (Siegle et al. 2021) + 0.5. A response that begins and ends with a
    stimulus raises it too, in a network of any size: it must also be above what was usual in the
    first looks, and twice the highest of these.

    Args:
        history: the run up to the look.
        more: by how much the factor may exceed the recorded ones.
        bins_ms: the shortest and the longest bin that count.
        looks: how many looks running.
        times_first: how many times the highest of the first looks it must be.

    Example:
        >>> rows = [{"step": k, "statistics": {"population_fano": {
        ...     "bins_ms": [1.0, 12.0, 20.0], "factors": [1.0, 2.0 * x, 2.5 * x]}}}
        ...         for k, x in enumerate([1.0] * 28 + [5.0] * 2)]
        >>> synchrony(History(rows)).name
        'synchrony'
    """
    last = [_over_recorded(history, place, bins_ms, more) for place in last_places(history, looks)]
    if len(last) < looks or not min(last) > 1:
        return None
    places = range(min(FIRST_LOOKS, len(history) - looks))
    found = [_over_recorded(history, place, bins_ms, more) for place in places]
    first = usual_of([math.log(value) for value in found if value > 0])
    usual_top = math.exp(first.median + 3 * max(first.scatter, 0.1))
    limit = max(1.0, usual_top, times_first * math.exp(first.highest))
    now = min(last)
    if not now > limit or np.isnan(first.median):
        return None
    return Alarm(
        "synchrony", AMBER, None, now, limit, step_of(history),
        f"The population Fano factor is {now:.2g} times what recorded neurons have at most, at "
        f"first {math.exp(first.median):.2g} times: look at raster.png and statistics.png, and at "
        "excitation between the neurons.",
    )  # fmt: skip


def _over_recorded(
    history: History, place: int, bins_ms: tuple[float, float], more: float
) -> float:
    fano = entry_at(history, place, "statistics", "population_fano")
    bins, factors = _numbers(fano.get("bins_ms")), _numbers(fano.get("factors"))
    if not len(bins) or len(bins) != len(factors):
        return float("nan")
    inside = (bins >= bins_ms[0]) & (bins <= bins_ms[1]) & ~np.isnan(factors)
    recorded = facts.recorded_fano("evoked")
    limits = np.interp(bins[inside], recorded.bins_ms, recorded.percentiles_95) + more
    return median((factors[inside] / limits).tolist())


@needs("statistics", "spectrum")
def oscillation(
    history: History, *, most: float = 0.5, times_neighbours: float = 5.0, times_first: float = 2.0
) -> Alarm | None:
    """One band holds most of the power of 4 to 80 Hz, in a peak that stands out.

    In each of the last three looks the band holds more than 50 %; in their mean spectrum its
    highest line is five times the median of the lines of other bands, below and above, that the
    window does not spread it to, and, if the first looks are known, twice what it was in these.
    Where a band has no lines below it, as theta in samples of 600 ms, its peak must be five times
    that of the first looks instead: an evoked response is slow.

    Args:
        history: the run up to the look.
        most: part of the power of all bands that one may hold.
        times_neighbours: how many times its neighbours a peak must be.
        times_first: how many times its height in the first looks a peak must be.

    Example:
        >>> hz = np.arange(0, 100, 5.0)
        >>> part = {"spectrum": {"hz": hz, "density": 1.0 + 99 * (hz == 40)},
        ...         "band_fractions": {"gamma": 0.9, "beta": 0.1}}
        >>> rows = [{"step": k, "statistics": part} for k in range(3)]
        >>> oscillation(History(rows)).text[:42]
        'gamma (40 Hz) holds 90% of the power of 4 '
    """
    path = "statistics", "band_fractions"
    last = last_places(history)
    parts = {band: at_last(history, *path, band)[0] for band in BANDS_HZ}
    band = max(parts, key=lambda name: np.nan_to_num(parts[name], nan=-1.0))
    if not parts[band] > most:
        return None
    hz, density = _mean_spectrum(history, last)
    first, n_first = None, min(FIRST_LOOKS, len(history) - len(last))
    if n_first >= LEAST_FIRST_LOOKS:
        first = _mean_spectrum(history, range(n_first))[1]
    peak = _standing_peak(hz, density, BANDS_HZ[band], times_neighbours)
    if peak is not None and first is not None and len(first) == len(density):
        # A slow response stands out of what is above it, too: where nothing is below, it must grow.
        times = times_neighbours if peak.nothing_below else times_first
        peak = peak if density[peak.line] > times * first[peak.line] else None
    elif peak is not None and peak.nothing_below:
        peak = None
    if peak is None:
        return None
    return Alarm(
        "oscillation", AMBER, None, parts[band], most, step_of(history),
        f"{band} ({hz[peak.line]:.3g} Hz) holds {parts[band]:.0%} of the power of 4 to 80 Hz: look "
        "at statistics.png, and at delays and inhibition.",
    )  # fmt: skip


class _Peak(NamedTuple):
    line: int
    nothing_below: bool


def _standing_peak(
    hz: NDArray[np.float64], density: NDArray[np.float64], band: tuple[float, float], times: float
) -> _Peak | None:
    """The highest line of a band, if it stands out of the lines on each side; else None."""
    inside = np.flatnonzero((hz >= band[0]) & (hz < band[1]))
    if not inside.size:
        return None
    top = int(inside[np.argmax(density[inside])])
    # Line 0 is the mean, which was subtracted.
    below = np.arange(1, min(inside[0], top - _LEAKAGE_LINES + 1))
    above = np.arange(max(inside[-1] + 1, top + _LEAKAGE_LINES), len(hz))
    for side in (below, above):
        if side.size and not density[top] > times * median(density[side].tolist()):
            return None
    return _Peak(top, not below.size)


def _mean_spectrum(
    history: History, places: range
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies, and the mean density of those looks that have the same ones as the last.

    Each look counts alike: its density is taken relative to its mean.
    """
    spectra = [entry_at(history, place, "statistics", "spectrum") for place in places]
    hz = _numbers(entry_at(history, -1, "statistics", "spectrum").get("hz"))
    densities = [
        density / max(float(density.mean()), 1e-300)
        for spectrum in spectra
        if 0 < len(density := _numbers(spectrum.get("density"))) == len(hz)
        and np.array_equal(_numbers(spectrum.get("hz")), hz)
    ]
    return hz, np.mean(densities, axis=0) if densities else np.zeros(len(hz))


def _numbers(entry: object) -> NDArray[np.float64]:
    """(n,) of a list that JSON holds; null is NaN, and empty if it is no list of numbers."""
    if not isinstance(entry, (Sequence, np.ndarray)) or isinstance(entry, str):
        return np.zeros(0)
    try:
        return np.array([np.nan if each is None else each for each in entry], np.float64)
    except (TypeError, ValueError):
        return np.zeros(0)
