"""Numbers that say whether a network is alive: rates, synchrony, regularity of firing.

Pure functions of an `Activity`; nothing is drawn and nothing is changed.
"""

import numpy as np

from keras_v1_activity.common import units

EXPLODING_HZ = 100.0
# Independent neurons give a population Fano factor near 1 (Poisson) whatever their number; one that
# is ten times larger means that neurons fire together.
SYNCHRONOUS_FANO = 10.0
SYNCHRONY_BIN_MS = 5.0
# With fewer spikes, or fewer bins, a ratio of variance to mean says nothing.
_LEAST_SPIKES = 50
_LEAST_BINS = 10


def bin_width(activity, bin_ms):
    """Time steps in a bin of about `bin_ms`: at least one, at most the whole sample."""
    return int(np.clip(units.ms_to_steps(bin_ms, activity.dt), 1, max(activity.n_steps, 1)))


def bin_edges_ms(activity, bin_ms):
    """Edges (n_bins + 1,) of the time bins in ms; the last bin may be shorter than the others."""
    width = bin_width(activity, bin_ms)
    starts = np.arange(0, activity.n_steps, width)
    return units.steps_to_ms(np.append(starts, activity.n_steps), activity.dt)


def spike_counts_over_time(activity, bin_ms=SYNCHRONY_BIN_MS):
    """Spikes of each population in each time bin, int array (n_populations, n_bins).

    Populations come in drawing order. Bins are `bin_ms` wide, rounded to whole time steps.
    """
    width = bin_width(activity, bin_ms)
    n_bins = -(-activity.n_steps // width)
    n_populations = len(activity.populations.members)
    population = activity.populations.index[activity.spike_neurons].astype(np.int64)
    flat = population * n_bins + activity.spike_steps // width
    return np.bincount(flat, minlength=n_populations * n_bins).reshape(n_populations, n_bins)


def rates_over_time(activity, bin_ms=SYNCHRONY_BIN_MS):
    """Mean firing rate (Hz) of each population in each time bin, (n_populations, n_bins).

    Example:
        >>> from keras_v1_activity.activity.activity import Activity
        >>> rates_over_time(Activity.from_dense(np.ones((10, 2)), dt=1.0), bin_ms=5)
        array([[1000., 1000.]])
    """
    counts = spike_counts_over_time(activity, bin_ms)
    neurons = np.maximum(activity.populations.counts, 1)[:, None]
    return units.counts_to_hz(counts, np.diff(bin_edges_ms(activity, bin_ms)), neurons)


def mean_rate_over_time(activity, bin_ms=SYNCHRONY_BIN_MS):
    """Mean firing rate (Hz) of all neurons in each time bin, (n_bins,)."""
    counts = spike_counts_over_time(activity, bin_ms).sum(axis=0)
    widths = np.diff(bin_edges_ms(activity, bin_ms))
    return units.counts_to_hz(counts, widths, max(activity.n_neurons, 1))


def active_fraction(activity):
    """Fraction of neurons that fired at least once, 0 to 1."""
    return float(np.mean(activity.spike_counts > 0)) if activity.n_neurons else 0.0


def synchrony_index(activity, bin_ms=SYNCHRONY_BIN_MS):
    """Synchrony of spiking, 0 (independent neurons) to 1 (all fire together); NaN if unknown.

    The square of Golomb's chi, computed on binned spike counts instead of potentials: the variance
    over time of the mean neuron, divided by the mean variance of the single neurons (Golomb 2007,
    "Neuronal synchrony measures", Scholarpedia 2(1):1347). What N independent neurons would give,
    1/N, is subtracted, so that small networks can be compared with large ones.

    Returns:
        float; NaN where no neuron's count varies, or there are fewer than two neurons or bins.
    """
    width = bin_width(activity, bin_ms)
    n_bins = activity.n_steps // width
    n = activity.n_neurons
    if n < 2 or n_bins < 2:
        return float("nan")
    whole = activity.spike_steps < n_bins * width
    bins = (activity.spike_steps[whole] // width).astype(np.int64)
    neurons = activity.spike_neurons[whole].astype(np.int64)
    # Only cells that hold spikes count: the sum of squares needs no dense (neuron, bin) array.
    _, counts = np.unique(neurons * n_bins + bins, return_counts=True)
    per_neuron = np.bincount(neurons, minlength=n) / n_bins
    single_variance = (counts.astype(np.float64) ** 2).sum() / n_bins / n - (per_neuron**2).mean()
    together_variance = (np.bincount(bins, minlength=n_bins) / n).var()
    if single_variance <= 1e-12:
        return float("nan")
    chi_squared = together_variance / single_variance
    return float(np.clip((chi_squared - 1 / n) / (1 - 1 / n), 0.0, 1.0))


def fano_factor(activity, bin_ms=SYNCHRONY_BIN_MS):
    """Variance over mean of the spike count of all neurons per time bin; NaN if too few spikes.

    Near 1 for independent Poisson neurons. A stimulus that drives all of them raises it too.
    """
    width = bin_width(activity, bin_ms)
    n_bins = activity.n_steps // width
    if n_bins < _LEAST_BINS or activity.n_spikes < _LEAST_SPIKES:
        return float("nan")
    count = spike_counts_over_time(activity, bin_ms).sum(axis=0)[:n_bins]
    return float(count.var() / count.mean()) if count.any() else float("nan")


def isi_variation(activity, least_spikes=3):
    """Coefficient of variation of the interspike intervals of each neuron, (n_neurons,).

    About 1 for Poisson firing, 0 for a clock; NaN for neurons with fewer than `least_spikes`.
    """
    by_neuron = np.argsort(activity.spike_neurons, kind="stable")
    neuron = activity.spike_neurons[by_neuron]
    same = neuron[1:] == neuron[:-1]
    interval = np.diff(activity.spike_steps[by_neuron].astype(np.float64))[same] * activity.dt
    owner = neuron[1:][same]
    n = activity.n_neurons
    number = np.bincount(owner, minlength=n)
    divisor = np.maximum(number, 1)
    mean = np.bincount(owner, weights=interval, minlength=n) / divisor
    deviation = (interval - mean[owner]) ** 2
    variance = np.bincount(owner, weights=deviation, minlength=n) / divisor
    known = number + 1 >= max(least_spikes, 2)
    return np.where(known, np.sqrt(variance) / np.where(mean > 0, mean, 1.0), np.nan)


def nan_count(activity):
    """How many recorded potentials, inputs, readout values and confidences are NaN or infinite."""
    arrays = (activity.voltages, activity.inputs, activity.outputs, activity.confidence)
    return int(sum((~np.isfinite(a)).sum() for a in arrays if a is not None))


def notes(activity):
    """What a person should know at once, as short sentences; empty for a healthy network."""
    found = []
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


def _mostly_together(activity):
    """Whether shared ups and downs carry at least a tenth of the single neurons' variance.

    In a large network a weak shared drive gives a large Fano factor; this tells the two apart.
    """
    return synchrony_index(activity) > 0.1


def _finite(value, digits=4):
    """A float that strict JSON can hold: rounded, or None where not finite."""
    return round(float(value), digits) if value is not None and np.isfinite(value) else None


def _voltage_range(voltages):
    finite = voltages[np.isfinite(voltages)]
    if finite.size == 0:
        return {"voltage_min_mv": None, "voltage_mean_mv": None, "voltage_max_mv": None}
    return {
        "voltage_min_mv": _finite(finite.min()),
        "voltage_mean_mv": _finite(finite.mean(dtype=np.float64)),
        "voltage_max_mv": _finite(finite.max()),
    }


def _median_isi_variation(activity):
    variation = isi_variation(activity)
    known = variation[~np.isnan(variation)]
    return _finite(np.median(known)) if known.size else None


def summarise(activity):
    """One look in numbers, as a dict that strict JSON can hold (unknown values are None).

    Keys: step, sample_index, source, n_neurons, n_steps, dt_ms, label, prediction, confidence (of
    each class), n_spikes, mean_rate_hz, max_rate_hz (of one neuron), population_rates_hz,
    recorded_rates_hz (Siegle et al. 2021, where known), active_fraction, silent_populations,
    synchrony (`synchrony_index`), fano_factor, isi_cv (median over neurons), voltage_min_mv,
    voltage_mean_mv, voltage_max_mv, nan_count, notes.

    Example:
        >>> from keras_v1_activity.activity.activity import Activity
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
        "recorded_rates_hz": {
            m.name: _finite(m.recorded_rate_hz) for m in members if m.recorded_rate_hz is not None
        },
        "active_fraction": _finite(active_fraction(activity), 6),
        "silent_populations": [name for name, rate in rates.items() if rate == 0],
        "synchrony": _finite(synchrony_index(activity)),
        "fano_factor": _finite(fano_factor(activity)),
        "isi_cv": _median_isi_variation(activity),
        **_voltage_range(activity.voltages),
        "nan_count": nan_count(activity),
        "notes": notes(activity),
    }
