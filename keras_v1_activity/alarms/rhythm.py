"""Rules on neurons that fire together: synchrony and oscillation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity import facts
from keras_v1_activity.alarms.alarm import AMBER, Alarm, needs
from keras_v1_activity.alarms.looks import (
    FIRST_LOOKS,
    LAST_LOOKS,
    entry_at,
    first_places,
    last_places,
    median,
    step_of,
    values,
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
) -> Alarm | None:
    """Small populations fire together more than recorded ones do, two looks running.

    The median over the bins of 9 to 26 ms of: the population Fano factor, less the 95th percentile
    of recorded ones (Siegle et al. 2021). It is above 0.5 in both looks; and above the median of
    the first five looks by 0.5, once there are so many: a small network is never like a piece of
    cortex.

    Args:
        history: the run up to the look.
        more: by how much the factor may exceed the recorded ones.
        bins_ms: the shortest and the longest bin that count.
        looks: how many looks running.

    Example:
        >>> fano = {"bins_ms": [1.0, 12.0, 20.0], "factors": [1.0, 4.0, 5.0]}
        >>> rows = [{"step": k, "statistics": {"population_fano": fano}} for k in (1, 2)]
        >>> synchrony(History(rows)).name
        'synchrony'
    """
    if len(history) < looks:
        return None
    last = [_excess(history, place, bins_ms) for place in last_places(history, looks)]
    first = float("nan")
    if len(history) > FIRST_LOOKS:
        first = median([_excess(history, place, bins_ms) for place in first_places(history)])
    limit = more if not first > 0 else first + more
    now = min(last) if not np.isnan(last).any() else float("nan")
    if not now > limit:
        return None
    return Alarm(
        "synchrony", AMBER, None, now, limit, step_of(history),
        f"The population Fano factor is {now:.2g} above that of recorded neurons: look at "
        "raster.png and statistics.png, and at excitation between the neurons.",
    )  # fmt: skip


def _excess(history: History, place: int, bins_ms: tuple[float, float]) -> float:
    fano = entry_at(history, place, "statistics", "population_fano")
    bins, factors = _numbers(fano.get("bins_ms")), _numbers(fano.get("factors"))
    if not len(bins) or len(bins) != len(factors):
        return float("nan")
    inside = (bins >= bins_ms[0]) & (bins <= bins_ms[1]) & ~np.isnan(factors)
    recorded = facts.recorded_fano("evoked")
    limits = np.interp(bins[inside], recorded.bins_ms, recorded.percentiles_95)
    return median(factors[inside] - limits)


@needs("statistics", "spectrum")
def oscillation(
    history: History, *, most: float = 0.5, times_neighbours: float = 5.0, more: float = 0.1
) -> Alarm | None:
    """One band holds most of the power of 4 to 80 Hz, in a peak that stands out.

    Of the last three looks the mean spectrum and the median parts of the bands. The band holds more
    than 50 %; the highest line in it is five times the median of the lines of other bands, above
    and below, that the window does not spread it to; and it is so against the first five looks: the
    band held ten points less. Where a band has no lines below it, as theta in samples of 600 ms, its
    peak must be five times that of the first looks instead, for an evoked response is slow too.

    Args:
        history: the run up to the look.
        most: part of the power of all bands that one may hold.
        times_neighbours: how many times its neighbours a peak must be.
        more: by how much the part must have grown since the first looks.

    Example:
        >>> hz = np.arange(0, 100, 5.0)
        >>> part = {"spectrum": {"hz": hz, "density": 1.0 + 99 * (hz == 40)},
        ...         "band_fractions": {"gamma": 0.9, "beta": 0.1}}
        >>> rows = [{"step": k, "statistics": part} for k in range(3)]
        >>> oscillation(History(rows)).text[:42]
        'gamma (40 Hz) holds 90% of the power of 4 '
    """
    if len(history) < LAST_LOOKS:
        return None
    path = "statistics", "band_fractions"
    last = last_places(history)
    parts = {band: median(values(history, last, *path, band)) for band in BANDS_HZ}
    band = max(parts, key=lambda name: np.nan_to_num(parts[name], nan=-1.0))
    if not parts[band] > most:
        return None
    knows_first = len(history) > FIRST_LOOKS
    first_part = median(values(history, first_places(history), *path, band))
    if knows_first and parts[band] <= first_part + more:
        return None
    hz, density = _mean_spectrum(history, last)
    first = _mean_spectrum(history, first_places(history))[1] if knows_first else None
    peak = _standing_peak(hz, density, first, BANDS_HZ[band], times_neighbours)
    if peak is None:
        return None
    return Alarm(
        "oscillation", AMBER, None, parts[band], most, step_of(history),
        f"{band} ({peak:.3g} Hz) holds {parts[band]:.0%} of the power of 4 to 80 Hz: look at "
        "statistics.png, and at delays and inhibition.",
    )  # fmt: skip


def _standing_peak(
    hz: NDArray[np.float64],
    density: NDArray[np.float64],
    first: NDArray[np.float64] | None,
    band: tuple[float, float],
    times: float,
) -> float | None:
    """Frequency of the highest line of a band, Hz, if it stands out; else None."""
    inside = np.flatnonzero((hz >= band[0]) & (hz < band[1]))
    if not inside.size:
        return None
    top = int(inside[np.argmax(density[inside])])
    # Line 0 is the mean, which was subtracted.
    below = np.arange(1, min(inside[0], top - _LEAKAGE_LINES + 1))
    above = np.arange(max(inside[-1] + 1, top + _LEAKAGE_LINES), len(hz))
    for side in (below, above):
        if side.size:
            if not density[top] > times * median(density[side]):
                return None
        elif side is below and (
            first is None or len(first) != len(density) or not density[top] > times * first[top]
        ):
            return None
    return float(hz[top])


def _mean_spectrum(
    history: History, places: range
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies, and the mean density of those looks that have the same ones as the last."""
    spectra = [entry_at(history, place, "statistics", "spectrum") for place in places]
    hz = _numbers(entry_at(history, -1, "statistics", "spectrum").get("hz"))
    densities = [
        density
        for spectrum in spectra
        if len(density := _numbers(spectrum.get("density"))) == len(hz)
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
