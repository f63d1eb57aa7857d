"""The power spectrum of a population's spiking, and its power in the bands of the field."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.trials import Response, same_neurons
from keras_v1_activity.common import units
from keras_v1_activity.common.checks import shown

BANDS_HZ: dict[str, tuple[float, float]] = {
    "theta": (4.0, 8.0),
    "alpha": (8.0, 12.0),
    "beta": (12.0, 30.0),
    "gamma": (30.0, 80.0),
}
"""Bands of frequency, (first, end) Hz."""

_BIN_MS = 1.0
_LONGEST_SEGMENT = 1000


def power_spectrum(
    activity: Response, population: str | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Power spectral density of the summed spikes of a population, spikes^2 / Hz.

    Welch's method (Welch 1967, IEEE Trans. Audio Electroacoust. 15:70) on spike counts in bins of
    1 ms, or one time step if that is longer: Hann window, segments of 1000 bins or half the sample,
    the shorter; half overlap, the mean of each segment subtracted. Of several trials the mean.

    Args:
        activity: one `Activity`, or several trials of equal length.
        population: its name; None: all neurons.

    Returns:
        (frequencies, density): each (n_frequencies,), Hz and spikes^2 / Hz.

    Raises:
        ValueError: no trial, other neurons, trials of other lengths, or an unknown population.

    Example:
        >>> hz, density = power_spectrum(activity)
        >>> hz[:3], density.shape
        (array([ 0., 10., 20.]), (51,))
    """
    trials = same_neurons(activity)
    lengths = {(one.n_steps, one.dt) for one in trials}
    if len(lengths) > 1:
        raise ValueError(
            "trials must be of equal length and dt for one spectrum; got (n_steps, dt) of "
            f"{sorted(lengths)}."
        )
    width = int(max(units.ms_to_steps(_BIN_MS, trials[0].dt), 1))
    bins_hz = units.MS_PER_S / (width * trials[0].dt)
    each = [_welch(_summed(one, population, width), bins_hz) for one in trials]
    return each[0][0], np.mean([density for _, density in each], axis=0)


def band_powers(activity: Response, population: str | None = None) -> dict[str, float]:
    """Power of the summed spikes of a population in each band of `BANDS_HZ`, spikes^2.

    The sum of `power_spectrum` over the frequencies first <= f < end, times their distance. Bands
    as in Buzsaki & Draguhn 2004, Science 304:1926.

    Args:
        activity: one `Activity`, or several trials of equal length.
        population: its name; None: all neurons.

    Returns:
        dict of theta, alpha, beta, gamma; NaN for a band in which the sample, too short, has no
        frequency.

    Raises:
        ValueError: as `power_spectrum`.

    Example:
        >>> list(band_powers(activity))
        ['theta', 'alpha', 'beta', 'gamma']
    """
    hz, density = power_spectrum(activity, population)
    distance = hz[1] - hz[0] if len(hz) > 1 else 0.0
    powers = {}
    for name, (first, end) in BANDS_HZ.items():
        inside = (hz >= first) & (hz < end)
        powers[name] = float(density[inside].sum() * distance) if inside.any() else float("nan")
    return powers


def _summed(activity: Activity, population: str | None, width: int) -> NDArray[np.float64]:
    """Spikes in each whole bin."""
    n_bins = activity.n_steps // width
    steps = activity.spike_steps
    if population is not None:
        names = activity.populations.names
        if population not in names:
            raise ValueError(
                f"population must be one of {', '.join(names)}; got {shown(population)}."
            )
        index = activity.populations.index[activity.spike_neurons]
        steps = steps[index == names.index(population)]
    return np.bincount(steps // width, minlength=n_bins)[:n_bins].astype(np.float64)


def _welch(
    values: NDArray[np.float64], bins_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies and density, one-sided."""
    length = min(_LONGEST_SEGMENT, len(values) // 2)
    if length < 2:
        return np.zeros(0), np.zeros(0)
    apart = length - length // 2
    starts = np.arange(0, len(values) - length + 1, apart)
    segments = values[starts[:, None] + np.arange(length)]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    spectra = np.fft.rfft((segments - segments.mean(axis=1, keepdims=True)) * window)
    power = np.sum(np.abs(spectra) ** 2, axis=0, dtype=np.float64) / len(segments)
    density = np.asarray(power, np.float64) / (bins_hz * float((window**2).sum()))
    # What lies at negative frequencies is added; 0 and half the sampling rate have no counterpart.
    density[1 : -1 if length % 2 == 0 else None] *= 2
    hz = np.arange(length // 2 + 1, dtype=np.float64) * (bins_hz / length)
    return hz, density
