"""How alike two responses of the same neurons are: correlation, error, angle, rates, sparseness.

Pure functions. A response is one `Activity` or a sequence of them, the trials of one condition,
over which rates are averaged. A window ``(first, end)`` in ms counts only the spikes at
``first <= time < end``.
"""

import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common import units


def trials_of(response):
    """The trials of a response as a tuple of at least one `Activity`.

    Raises:
        ValueError: it has none.
    """
    trials = (response,) if isinstance(response, Activity) else tuple(response)
    if not trials:
        raise ValueError("a response must be an Activity, or several of them; got none.")
    return trials


def rates_in(activity, window_ms=None):
    """Firing rate (Hz) of each neuron, (n_neurons,), in a window; all the time where it is None.

    Raises:
        ValueError: a window that is none, or that begins after the activity ends.

    Example:
        >>> rates_in(Activity.from_dense(np.eye(4)), (1, 3)).tolist()
        [0.0, 500.0, 500.0, 0.0]
    """
    if window_ms is None:
        return activity.rates
    first, end = window_steps(activity, window_ms)
    low, high = np.searchsorted(activity.spike_steps, (first, end))
    counts = np.bincount(activity.spike_neurons[low:high], minlength=activity.n_neurons)
    return units.counts_to_hz(counts, (end - first) * activity.dt)


def window_steps(activity, window_ms):
    """First time step of a window, and the one after its last, within the activity.

    Raises:
        ValueError: a window that is none, or that begins after the activity ends.
    """
    first, end = window_ms
    if not 0 <= first < end:
        raise ValueError(
            "window must be two times in ms, the first of them at least 0 and the second later, "
            f"e.g. 50 200; got {first:g} {end:g}."
        )
    steps = units.ms_to_steps([first, end], activity.dt)
    if steps[0] >= activity.n_steps:
        raise ValueError(
            f"window begins at {first:g} ms, but the activity lasts {activity.duration_ms:g} ms: "
            "give an earlier one."
        )
    return int(steps[0]), int(min(max(steps[1], steps[0] + 1), activity.n_steps))


def trial_rates(response, window_ms=None):
    """Firing rates (Hz) of each trial, (n_trials, n_neurons)."""
    return np.stack([rates_in(activity, window_ms) for activity in trials_of(response)])


def check_same_neurons(first, second, labels=("the first", "the second")):
    """Refuses two responses that are not of the same neurons in the same order.

    Raises:
        ValueError: naming what differs.
    """
    a, b = trials_of(first)[0], trials_of(second)[0]
    named = a.populations.named and b.populations.named
    places = a.neurons.positions, b.neurons.positions
    if a.n_neurons != b.n_neurons:
        what = f"{labels[0]} has {a.n_neurons:,} neurons, {labels[1]} {b.n_neurons:,}"
    elif named and not np.array_equal(
        a.populations.names_per_neuron(), b.populations.names_per_neuron()
    ):
        what = f"the neurons of {labels[0]} and {labels[1]} belong to other populations"
    elif all(place is not None for place in places) and not np.allclose(*places, atol=0.01):
        what = f"the neurons of {labels[0]} and {labels[1]} lie at other places"
    else:
        return
    raise ValueError(
        f"{what}: only responses of the same neurons, in the same order, can be compared; load "
        "both networks with the same n_neurons, seed and selection."
    )


def pearson(x, y):
    """Pearson's correlation of two vectors, -1 to 1; NaN where one of them does not vary."""
    x, y = (np.asarray(v, np.float64) - np.mean(v) for v in (x, y))
    return _ratio(x @ y, np.linalg.norm(x) * np.linalg.norm(y))


def cosine(x, y):
    """Cosine of the angle between two vectors; NaN where one of them is 0."""
    x, y = (np.asarray(v, np.float64) for v in (x, y))
    return _ratio(x @ y, np.linalg.norm(x) * np.linalg.norm(y))


def _ratio(above, below):
    return float(np.clip(above / below, -1.0, 1.0)) if below > 0 else float("nan")


def mean_absolute_error(x, y):
    """Mean of the absolute differences, in the unit of both; NaN for no neurons."""
    difference = np.abs(np.asarray(x, np.float64) - np.asarray(y, np.float64))
    return float(difference.mean()) if difference.size else float("nan")


def sparseness(rates):
    """Population sparseness of Treves & Rolls: squared mean rate over mean squared rate.

    1 where all neurons fire alike, 1 / n where only one of n fires: *small* is sparse. Treves &
    Rolls 1991, Network 2:371; Rolls & Tovee 1995, J. Neurophysiol. 73:713.

    Args:
        rates: (n_neurons,) of any unit, none negative.

    Returns:
        float; NaN where no neuron fires.

    Example:
        >>> sparseness([4.0, 0.0, 0.0, 0.0])
        0.25
    """
    rates = np.asarray(rates, np.float64)
    squares = np.mean(rates**2) if rates.size else 0.0
    return float(rates.mean() ** 2 / squares) if squares > 0 else float("nan")


def relative_difference(first, second):
    """(second - first) / first; NaN where the first is 0 and the second is not, 0 where both are.

    Args:
        first, second: numbers or arrays of one shape.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (second - first) / first
    return np.where(first == 0, np.where(second == 0, 0.0, np.nan), relative)


def population_means(values, populations):
    """Mean over the neurons of each population, in drawing order, (n_populations,)."""
    sums = np.bincount(populations.index, weights=values, minlength=len(populations.members))
    return sums / np.maximum(populations.counts, 1)


def describe(response, window_ms=None):
    """One response in numbers, dict of plain values; means over its trials.

    Keys: n_trials, n_neurons, n_spikes (of a trial, whole trials in the mean), mean_rate_hz,
    active_fraction (of the neurons, at least one spike in a trial), sparseness (Treves & Rolls).
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


def _window_seconds(activity, window_ms):
    if window_ms is None:
        return activity.duration_ms / units.MS_PER_S
    first, end = window_steps(activity, window_ms)
    return (end - first) * activity.dt / units.MS_PER_S


def compare(first, second, window_ms=None, labels=("first", "second")):
    """Two responses of the same neurons in numbers, a dict that strict JSON can hold.

    Args:
        first, second: an `Activity` each, or the trials of one condition.
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
    check_same_neurons(first, second, labels)
    a, b = (trial_rates(response, window_ms).mean(axis=0) for response in (first, second))
    populations = trials_of(first)[0].populations
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


def _known(value):
    """NaN becomes None, which strict JSON can hold."""
    if isinstance(value, dict):
        return {key: _known(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_known(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def response_similarity(responses, window_ms=None):
    """How alike single trials of each two classes are: mean over the pairs of their trials.

    On the diagonal are pairs of different trials of one class: what a class would have with itself.
    Classes are told apart by the network where the diagonal stands out.

    Args:
        responses: dict of class name -> trials, as `trials_of` takes them.
        window_ms: (first, end) ms, or None.

    Returns:
        (correlation, error): each (n_classes, n_classes), Pearson's correlation of the neurons'
        rates and their mean absolute error in Hz. NaN where there is no pair or no rate varies.

    Raises:
        ValueError: no class, or other neurons.
    """
    if not responses:
        raise ValueError("responses must hold the trials of at least one class; got none.")
    names = list(responses)
    for name in names[1:]:
        check_same_neurons(responses[names[0]], responses[name], (names[0], name))
    rates = [trial_rates(responses[name], window_ms) for name in names]
    owner = np.repeat(np.arange(len(names)), [len(r) for r in rates])
    rates = np.concatenate(rates)
    correlation = _trial_correlations(rates)
    error = np.array([np.abs(rates - row).mean(axis=1) for row in rates])
    return _block_means(correlation, owner, len(names)), _block_means(error, owner, len(names))


def _trial_correlations(rates):
    centred = rates - rates.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = np.divide(centred, norm, out=np.full_like(centred, np.nan), where=norm > 0)
    return np.clip(unit @ unit.T, -1.0, 1.0)


def _block_means(values, owner, n_classes):
    """Mean of each block of classes over the pairs of different trials that are known."""
    use = np.isfinite(values) & ~np.eye(len(values), dtype=bool)
    member = np.eye(n_classes)[owner]
    sums = member.T @ np.where(use, values, 0.0) @ member
    pairs = member.T @ use @ member
    return np.divide(sums, pairs, out=np.full_like(sums, np.nan), where=pairs > 0)
