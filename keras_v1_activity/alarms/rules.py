"""The rules that are applied if a user names none."""

from __future__ import annotations

from typing import Final

from keras_v1_activity.alarms.alarm import Rule
from keras_v1_activity.alarms.broken import dale, not_finite, potential_out_of_range
from keras_v1_activity.alarms.likeness import away_from_data, drift_of_rates
from keras_v1_activity.alarms.rates import runaway
from keras_v1_activity.alarms.recording import looking_degraded
from keras_v1_activity.alarms.rhythm import oscillation, synchrony
from keras_v1_activity.alarms.silence import dead_neurons, silent_population
from keras_v1_activity.alarms.training import (
    exploding_gradient,
    not_learning,
    surrogate_starvation,
    vanishing_gradient,
)

DEFAULT_RULES: Final[tuple[Rule, ...]] = (
    not_finite,
    silent_population,
    dead_neurons,
    runaway,
    synchrony,
    oscillation,
    vanishing_gradient,
    exploding_gradient,
    surrogate_starvation,
    potential_out_of_range,
    drift_of_rates,
    away_from_data,
    dale,
    not_learning,
    looking_degraded,
)
"""The fifteen rules of the page ``docs/alarms.md``, in its order."""
