"""The trials of a response, their rates, and whether two responses are of the same neurons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common import units

Response: TypeAlias = Activity | Iterable[Activity]
"""One trial, or several of one condition."""

Window: TypeAlias = Sequence[float]
"""Two times, (first, end), ms."""


def trials_of(response: Response) -> tuple[Activity, ...]:
    """The trials of a response, at least one.

    Raises:
        ValueError: it has none.

    Example:
        >>> len(trials_of(activity)), len(trials_of([activity, activity]))
        (1, 2)
    """
    trials = (response,) if isinstance(response, Activity) else tuple(response)
    if not trials:
        raise ValueError("a response must be an Activity, or several of them; got none.")
    return trials


def rates_in(activity: Activity, window_ms: Window | None = None) -> NDArray[np.float64]:
    """Firing rate (Hz) of each neuron in a window.

    Args:
        activity: `Activity`.
        window_ms: (first, end) ms, or None for all the time.

    Returns:
        (n_neurons,).

    Raises:
        ValueError: the two times are no window, or it begins after the activity ends.

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


def window_steps(activity: Activity, window_ms: Window) -> tuple[int, int]:
    """First time step of a window, and the one after its last, within the activity.

    Args:
        activity: `Activity`.
        window_ms: (first, end) ms.

    Raises:
        ValueError: the two times are no window, or it begins after the activity ends.

    Example:
        >>> window_steps(activity, (50, 1000))
        (50, 200)
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


def trial_rates(response: Response, window_ms: Window | None = None) -> NDArray[np.float64]:
    """Firing rates (Hz) of each trial.

    Args:
        response: trials, as `trials_of` takes them.
        window_ms: (first, end) ms, or None for all the time.

    Returns:
        (n_trials, n_neurons).

    Raises:
        ValueError: no trial, or a window that does not fit.

    Example:
        >>> trial_rates([activity, activity]).shape
        (2, 120)
    """
    return np.stack([rates_in(activity, window_ms) for activity in trials_of(response)])


def check_same_neurons(
    first: Response, second: Response, labels: Sequence[str] = ("the first", "the second")
) -> None:
    """Refuses two responses that are not of the same neurons in the same order.

    Args:
        first: trials, as `trials_of` takes them.
        second: likewise.
        labels: names of the two, for the message.

    Raises:
        ValueError: naming what differs.

    Example:
        >>> check_same_neurons(activity, activity)
    """
    a, b = trials_of(first)[0], trials_of(second)[0]
    named = a.populations.named and b.populations.named
    here, there = a.neurons.positions, b.neurons.positions
    if a.n_neurons != b.n_neurons:
        what = f"{labels[0]} has {a.n_neurons:,} neurons, {labels[1]} {b.n_neurons:,}"
    elif named and not np.array_equal(
        a.populations.names_per_neuron(), b.populations.names_per_neuron()
    ):
        what = f"the neurons of {labels[0]} and {labels[1]} belong to other populations"
    elif here is not None and there is not None and not np.allclose(here, there, atol=0.01):
        what = f"the neurons of {labels[0]} and {labels[1]} lie at other places"
    else:
        return
    raise ValueError(
        f"{what}: only responses of the same neurons, in the same order, can be compared; load "
        "both networks with the same n_neurons, seed and selection."
    )


def same_neurons(response: Response) -> tuple[Activity, ...]:
    """The trials of a response, all of the same number of neurons.

    Args:
        response: trials, as `trials_of` takes them.

    Raises:
        ValueError: no trial, or trials of other numbers of neurons.

    Example:
        >>> len(same_neurons([activity, activity]))
        2
    """
    trials = trials_of(response)
    for number, activity in enumerate(trials):
        if activity.n_neurons != trials[0].n_neurons:
            raise ValueError(
                f"trials must be of the same neurons; trial 0 has {trials[0].n_neurons:,}, trial "
                f"{number} has {activity.n_neurons:,}: give the trials of one network."
            )
    return trials
