"""All numbers of one look by population, as they stand in ``summary.json`` and ``data.h5``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.activity.trials import Window
from keras_v1_activity.common import units
from keras_v1_activity.common.values import changed
from keras_v1_activity.measures.branching import branching_ratio
from keras_v1_activity.measures.correlation import pairwise_correlation
from keras_v1_activity.measures.fano import population_fano
from keras_v1_activity.measures.intervals import cv, cv2, lv, lvr
from keras_v1_activity.measures.rates import (
    STIMULUS_MS,
    evoked_rates,
    mean_rates,
    spontaneous_rates,
)
from keras_v1_activity.measures.recordings import ks_distance, similarity_to_recordings
from keras_v1_activity.measures.response_latency import population_latency
from keras_v1_activity.measures.sparseness import population_sparseness
from keras_v1_activity.measures.spectrum import band_powers, power_spectrum

CORRELATION_BINS_MS: Final = (2, 10, 100)
"""Widths of the bins of the correlations, ms."""

MOST_HZ: Final = 100.0
"""Up to this frequency the spectrum is kept, Hz."""

POPULATION_NUMBERS: Final[Mapping[str, str]] = {
    "n_neurons": "",
    "mean_rate_hz": "Hz",
    "evoked_rate_hz": "Hz",
    "spontaneous_rate_hz": "Hz",
    "active_fraction": "",
    "similarity": "",
    "cv": "",
    "cv2": "",
    "lv": "",
    "lvr": "",
    **{f"correlation_{bin_ms}ms": "" for bin_ms in CORRELATION_BINS_MS},
    "sparseness": "",
    "latency_ms": "ms",
}
"""Name and unit of each number that `look_statistics` gives of a population."""

OnError: TypeAlias = Callable[[str, Exception], object]
_Floats: TypeAlias = NDArray[np.float64]
_Reduce: TypeAlias = Callable[[_Floats], float]
# A number of each population, and that of the whole network.
_Column: TypeAlias = tuple[Mapping[str, float], float]


def look_statistics(
    activity: Activity,
    first_rates: ArrayLike | None = None,
    *,
    stimulus_ms: Window = STIMULUS_MS,
    on_error: OnError | None = None,
) -> dict[str, Any]:
    """The numbers of one look by population and for all neurons, as JSON holds them.

    Each is that of the measure of its name, of this look alone: see the page `docs/measures.md` for
    definitions and papers. Rates are means over neurons, `cv`, `cv2`, `lv` and `lvr` medians over
    those that are judged, correlations means over pairs. Numbers have six digits; what cannot be
    known is None.

    Args:
        activity: the look.
        first_rates: (n_neurons,) rates in the first look of the run, Hz; None if unknown.
        stimulus_ms: (first, end) of the stimulus, ms.
        on_error: called with the name of a measure and what it raised, which costs this measure
            alone; None raises it.

    Returns:
        dict of ``populations`` (name -> dict of `POPULATION_NUMBERS`), ``all`` (the same of all
        neurons), ``similarity`` (mean over populations), ``population_fano`` (``bins_ms``,
        ``factors``), ``spectrum`` (``hz``, ``density`` in spikes^2 / Hz, up to 100 Hz),
        ``band_fractions`` (of the power in all bands), ``branching_ratio``, and ``rate_change``
        (population -> Kolmogorov-Smirnov distance of its rates to those of the first look).

    Example:
        >>> numbers = look_statistics(activity, first_rates=activity.rates)
        >>> list(numbers["all"]) == list(POPULATION_NUMBERS)
        True
        >>> numbers["rate_change"]["e23Cux2"], round(numbers["all"]["mean_rate_hz"], 1)
        (0.0, 7.5)
    """
    measured = _Measured(activity, on_error)
    columns = _columns(measured, stimulus_ms)
    names = activity.populations.names
    similarity = columns["similarity"][1]
    return {
        "populations": {
            name: {key: _number(by_name.get(name)) for key, (by_name, _) in columns.items()}
            for name in names
        },
        "all": {key: _number(whole) for key, (_, whole) in columns.items()},
        "similarity": _number(similarity),
        **_of_all_neurons(measured),
        "rate_change": _rate_change(measured, first_rates),
    }


class _Measured:
    """A look with its neurons sorted by population, and what becomes of a measure that raises."""

    def __init__(self, activity: Activity, on_error: OnError | None) -> None:
        self.activity = activity
        self._on_error = on_error
        populations = activity.populations
        order = np.argsort(populations.index, kind="stable")
        parts = np.split(order, np.cumsum(populations.counts)[:-1])
        self.members: dict[str, NDArray[np.int64]] = dict(
            zip(populations.names, parts, strict=True)
        )
        positions = activity.neurons.positions
        one = Neurons(Populations.unnamed(activity.n_neurons), positions=positions)
        # All neurons as one population, for measures that give a dict by population.
        self.whole = changed(activity, neurons=one)

    def attempt(self, name: str, measure: Callable[[], Any], otherwise: Any) -> Any:
        """What a measure gives; `otherwise` if it raises."""
        try:
            # What odd data make of a sum is NaN or infinite, and given as unknown.
            with np.errstate(all="ignore"):
                return measure()
        except Exception as error:
            if self._on_error is None:
                raise
            self._on_error(name, error)
            return otherwise

    def column(self, name: str, values: Callable[[], _Floats], reduce: _Reduce) -> _Column:
        """A number of each population, from one of each neuron."""

        def measure() -> _Column:
            each = np.asarray(values(), np.float64)
            return {name: reduce(each[ids]) for name, ids in self.members.items()}, reduce(each)

        return self.attempt(name, measure, ({}, np.nan))

    def of_populations(
        self, name: str, measure: Callable[[Activity], Mapping[str, Any]], reduce: _Reduce
    ) -> _Column:
        """A number of each population, from a measure that gives a dict by population."""

        def both() -> _Column:
            by_name = measure(self.activity)
            (whole,) = measure(self.whole).values()
            return {name: reduce(each) for name, each in by_name.items()}, reduce(whole)

        return self.attempt(name, both, ({}, np.nan))


def _columns(measured: _Measured, stimulus_ms: Window) -> dict[str, _Column]:
    """Each of `POPULATION_NUMBERS`."""
    a = measured.activity
    onset = stimulus_ms[0]
    # A look that ends before the stimulus begins has no response, which is no error.
    is_shown = units.ms_to_steps(onset, a.dt) < a.n_steps
    column = measured.column
    found: dict[str, _Column] = {
        "n_neurons": (
            {name: len(ids) for name, ids in measured.members.items()},
            a.n_neurons,
        ),
        "mean_rate_hz": column("mean_rate_hz", lambda: mean_rates(a), _mean),
        "evoked_rate_hz": ({}, np.nan),
        "spontaneous_rate_hz": column(
            "spontaneous_rate_hz", lambda: spontaneous_rates(a, stimulus_ms), _mean
        ),
        "active_fraction": column("active_fraction", lambda: a.spike_counts > 0, _mean),
    }
    if is_shown:
        found["evoked_rate_hz"] = column(
            "evoked_rate_hz", lambda: evoked_rates(a, stimulus_ms), _mean
        )
    similarity = measured.attempt("similarity", lambda: similarity_to_recordings(a), {})
    found["similarity"] = (similarity, similarity.get("mean", np.nan))
    for name, measure in (("cv", cv), ("cv2", cv2), ("lv", lv), ("lvr", lvr)):
        found[name] = column(name, partial(measure, a), _median)
    for bin_ms in CORRELATION_BINS_MS:
        name, fits = f"correlation_{bin_ms}ms", a.dt <= bin_ms <= a.duration_ms
        correlate = partial(pairwise_correlation, bin_ms=bin_ms)
        found[name] = measured.of_populations(name, correlate, _mean) if fits else ({}, np.nan)
    found["sparseness"] = column("sparseness", lambda: mean_rates(a), _sparseness)
    found["latency_ms"] = ({}, np.nan)
    if is_shown and _has_baseline(a, onset):
        delay = partial(population_latency, onset_ms=onset)
        found["latency_ms"] = measured.of_populations("latency_ms", delay, float)
    return found


def _has_baseline(activity: Activity, onset_ms: float) -> bool:
    """Whether two bins of 2 ms, or of one time step, fit before the stimulus."""
    return onset_ms >= 2 * max(2.0, activity.dt)


def _of_all_neurons(measured: _Measured) -> dict[str, Any]:
    a = measured.activity
    nothing = (np.zeros(0), np.zeros(0))
    bins, factors = measured.attempt("population_fano", lambda: population_fano(a), nothing)
    hz, density = measured.attempt("spectrum", lambda: power_spectrum(a), nothing)
    powers = measured.attempt("band_fractions", lambda: band_powers(a), {})
    total = sum(power for power in powers.values() if np.isfinite(power))
    ratio = measured.attempt("branching_ratio", lambda: branching_ratio(a), np.nan)
    kept = hz <= MOST_HZ
    return {
        "population_fano": {"bins_ms": _numbers(bins), "factors": _numbers(factors)},
        "spectrum": {"hz": _numbers(hz[kept]), "density": _numbers(density[kept])},
        "band_fractions": {
            name: _number(power / total if total > 0 else np.nan) for name, power in powers.items()
        },
        "branching_ratio": _number(ratio),
    }


def _rate_change(measured: _Measured, first_rates: ArrayLike | None) -> dict[str, float | None]:
    a = measured.activity

    def distances() -> dict[str, float]:
        first, now = np.asarray(first_rates, np.float64), mean_rates(a)
        if first.shape != now.shape or not (np.isfinite(first).all() and np.isfinite(now).all()):
            return {}
        return {name: ks_distance(now[ids], first[ids]) for name, ids in measured.members.items()}

    known = {} if first_rates is None else measured.attempt("rate_change", distances, {})
    return {name: _number(known.get(name)) for name in measured.members}


def _mean(values: _Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _median(values: _Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _sparseness(rates: _Floats) -> float:
    return float(population_sparseness([rates])[0])


def _number(value: float | None) -> float | int | None:
    """As JSON holds it: six digits; None if it is not finite."""
    if value is None or not np.isfinite(value):
        return None
    return value if isinstance(value, int) else float(f"{value:.6g}")


def _numbers(values: _Floats) -> list[float | int | None]:
    return [_number(float(value)) for value in values]
