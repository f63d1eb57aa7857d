"""Activities that complete a turn of gratings, with neurons of known tuning."""

import dataclasses

import numpy as np
from activities import make_activity, placed

from keras_v1_activity.activity import Tuning

DIRECTIONS = np.arange(0, 360, 45.0)


def made_tuning(n_neurons, n_trials=2, rate_hz=4.0, seed=0, n_past=0, n_populations=1):
    """A `Tuning` of neurons with random preferred directions, whose spikes are Poisson."""
    rng = np.random.default_rng(seed)
    preferred = rng.uniform(0, 360, n_neurons)
    rates = rate_hz * rng.lognormal(0, 0.8, n_neurons)
    off = np.radians(DIRECTIONS[:, None] - preferred)
    shape = 1 + 0.7 * np.cos(2 * off) + 0.25 * np.cos(off)
    counts = rng.poisson(np.maximum(rates * shape, 0)[:, None] * 0.5, (8, n_trials, n_neurons))
    medians = 0.1 + 0.2 * (1 - np.exp(-np.arange(n_past) / 8))
    columns = medians[:, None] + rng.normal(0, 0.01, (n_past, 1 + n_populations))
    return Tuning(
        DIRECTIONS, counts, counted_ms=500, steps=100 * np.arange(8 * n_trials).reshape(8, -1),
        past_steps=800 * (1 + np.arange(n_past)), past_osi=columns, past_dsi=columns / 2,
    )  # fmt: skip


def tuned(n_neurons, n_past=0, with_places=True, step=None, rate_hz=4.0, **how):
    """An `Activity` with such a tuning."""
    activity = make_activity(n_neurons, **how, **({"rate_hz": 0} if not rate_hz else {}))
    activity = placed(activity) if with_places else activity
    n_populations = len(activity.populations.members)
    tuning = made_tuning(n_neurons, rate_hz=rate_hz, n_past=n_past, n_populations=n_populations)
    step = 800 * (n_past + 1) if step is None else step
    return dataclasses.replace(activity, tuning=tuning, step=step)
