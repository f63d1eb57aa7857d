"""One look in numbers, and what a person should know about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.potentials import are_plainly_no_mv
from keras_v1_activity.measures.extremes import (
    below_range_fraction,
    peak_fraction,
    silent_fractions,
)
from keras_v1_activity.measures.regularity import (
    active_fraction,
    fano_factor,
    isi_variation,
    synchrony_index,
)

EXPLODING_HZ: float = 100.0
"""A mean firing rate above this is called exploding, Hz."""

# Independent neurons give a population Fano factor near 1 (Poisson) whatever their number; one that
# is ten times larger means that neurons fire together.
SYNCHRONOUS_FANO: float = 10.0
"""A population Fano factor above this is called synchronised; it has no unit."""


def nan_count(activity: Activity) -> int:
    """How many recorded potentials, inputs, readout values and confidences are NaN or infinite.

    Example:
        >>> nan_count(Activity.from_dense(np.eye(2), confidence=[np.nan, 0.5]))
        1
    """
    arrays = (activity.voltages, activity.inputs, activity.outputs, activity.confidence)
    return int(sum((~np.isfinite(a)).sum() for a in arrays if a is not None))


def notes(activity: Activity) -> list[str]:
    """What a person should know at once, as short sentences; empty for a healthy network.

    Example:
        >>> notes(Activity.from_dense(np.ones((10, 2))))
        ['exploding: mean rate above 100 Hz']
    """
    found: list[str] = []
    if activity.silent:
        found.append("silent")
    elif activity.mean_rate > EXPLODING_HZ:
        found.append(f"exploding: mean rate above {EXPLODING_HZ:g} Hz")
    if fano_factor(activity) > SYNCHRONOUS_FANO and _mostly_together(activity):
        found.append("synchronised")
    missing = nan_count(activity)
    if missing:
        found.append(f"NaN or infinite: {missing:,} recorded values")
    return found


def _mostly_together(activity: Activity) -> bool:
    """Whether shared ups and downs carry at least a tenth of the single neurons' variance.

    In a large network a weak shared drive gives a large Fano factor; this tells the two apart.
    """
    return synchrony_index(activity) > 0.1


def summarise(activity: Activity) -> dict[str, Any]:
    """One look in numbers, as a dict that strict JSON can hold (unknown values are None).

    Keys: step, sample_index, source, n_neurons, n_steps, dt_ms, label, prediction, confidence (of
    each class), n_spikes, mean_rate_hz, max_rate_hz (of one neuron), population_rates_hz,
    population_sizes (neurons), recorded_rates_hz (Siegle et al. 2021, if known), active_fraction,
    silent_populations, synchrony (`synchrony_index`), fano_factor, isi_cv (median over neurons),
    silent_fractions (of the neurons of each population, those without a spike), peak_fraction (see
    there), voltage_min_mv, voltage_mean_mv, voltage_max_mv (None for potentials that are plainly
    not in mV), voltage_below_range_fraction (`below_range_fraction`), nan_count, notes.

    Example:
        >>> summarise(Activity.from_dense(np.zeros((10, 2))))["notes"]
        ['silent']
    """
    rates = activity.population_rates
    members = activity.populations.members
    confidence = activity.confidence
    return {
        "step": int(activity.step),
        "sample_index": int(activity.sample_index),
        "source": activity.source,
        "n_neurons": int(activity.n_neurons),
        "n_steps": int(activity.n_steps),
        "dt_ms": float(activity.dt),
        "label": None if activity.label is None else int(activity.label),
        "prediction": activity.prediction,
        "confidence": None if confidence is None else [_finite(c, 6) for c in confidence],
        "n_spikes": int(activity.n_spikes),
        "mean_rate_hz": _finite(activity.mean_rate),
        "max_rate_hz": _finite(activity.rates.max()) if activity.n_neurons else 0.0,
        "population_rates_hz": {name: _finite(rate) for name, rate in rates.items()},
        "population_sizes": dict(
            zip(activity.populations.names, activity.populations.counts.tolist(), strict=True)
        ),
        "recorded_rates_hz": {
            m.name: _finite(m.recorded_rate_hz) for m in members if m.recorded_rate_hz is not None
        },
        "active_fraction": _finite(active_fraction(activity), 6),
        "silent_populations": [name for name, rate in rates.items() if rate == 0],
        "synchrony": _finite(synchrony_index(activity)),
        "fano_factor": _finite(fano_factor(activity)),
        "isi_cv": _median_isi_variation(activity),
        "silent_fractions": silent_fractions(activity),
        "peak_fraction": _finite(peak_fraction(activity), 6),
        **_voltage_range(activity),
        "voltage_below_range_fraction": _finite(below_range_fraction(activity), 6),
        "nan_count": nan_count(activity),
        "notes": notes(activity),
    }


def _finite(value: float | None, digits: int = 4) -> float | None:
    """A float that strict JSON can hold: rounded, or None if not finite."""
    return round(float(value), digits) if value is not None and np.isfinite(value) else None


def _voltage_range(activity: Activity) -> dict[str, float | None]:
    finite = activity.voltages[np.isfinite(activity.voltages)]
    if finite.size == 0 or are_plainly_no_mv(activity):
        return {"voltage_min_mv": None, "voltage_mean_mv": None, "voltage_max_mv": None}
    return {
        "voltage_min_mv": _finite(finite.min()),
        "voltage_mean_mv": _finite(finite.mean(dtype=np.float64)),
        "voltage_max_mv": _finite(finite.max()),
    }


def _median_isi_variation(activity: Activity) -> float | None:
    variation = isi_variation(activity)
    known = variation[~np.isnan(variation)]
    return _finite(np.median(known)) if known.size else None
