"""Mean firing rates in a window: while a stimulus is shown, and before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.trials import Response, Window, rates_in, same_neurons

STIMULUS_MS: tuple[float, float] = (50.0, 150.0)
"""When the stimulus is shown in the trials of `keras_v1_activity.v1`, (first, end) ms."""


def mean_rates(response: Response, window_ms: Window | None = None) -> NDArray[np.float64]:
    """Mean firing rate of each neuron in a window, Hz; the mean over trials.

    Args:
        response: one `Activity`, or several trials.
        window_ms: (first, end) ms; spikes at first <= time < end count. None: all the time.

    Returns:
        (n_neurons,), NaN if a trial has no time steps.

    Raises:
        ValueError: no trial, trials of other neurons, or a window that does not fit.

    Example:
        >>> from keras_v1_activity import Activity
        >>> mean_rates(Activity.from_dense(np.eye(4)), (1, 3)).tolist()
        [0.0, 500.0, 500.0, 0.0]
    """
    trials = same_neurons(response)
    if any(activity.n_steps == 0 for activity in trials):
        return np.full(trials[0].n_neurons, np.nan)
    return np.mean([rates_in(activity, window_ms) for activity in trials], axis=0)


def evoked_rates(response: Response, stimulus_ms: Window = STIMULUS_MS) -> NDArray[np.float64]:
    """Mean firing rate of each neuron while the stimulus is shown, Hz.

    As recorded and modelled V1 neurons are compared in Billeh et al. 2020, Neuron 106:388.

    Args:
        response: one `Activity`, or several trials.
        stimulus_ms: (first, end) of the stimulus, ms.

    Returns:
        (n_neurons,).

    Raises:
        ValueError: no trial, trials of other neurons, or a window that does not fit.

    Example:
        >>> evoked_rates(activity).shape
        (120,)
    """
    return mean_rates(response, stimulus_ms)


def spontaneous_rates(response: Response, stimulus_ms: Window = STIMULUS_MS) -> NDArray[np.float64]:
    """Mean firing rate of each neuron before the stimulus, on the grey screen, Hz.

    As recorded and modelled V1 neurons are compared in Billeh et al. 2020, Neuron 106:388.

    Args:
        response: one `Activity`, or several trials.
        stimulus_ms: (first, end) of the stimulus, ms; what is before `first` counts.

    Returns:
        (n_neurons,); NaN if the stimulus begins at once.

    Raises:
        ValueError: no trial, trials of other neurons, or a window that does not fit.

    Example:
        >>> spontaneous_rates(activity).shape
        (120,)
    """
    if stimulus_ms[0] == 0:
        return np.full(same_neurons(response)[0].n_neurons, np.nan)
    return mean_rates(response, (0, stimulus_ms[0]))
