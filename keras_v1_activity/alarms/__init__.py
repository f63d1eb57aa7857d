"""What is wrong with a network, found by small rules on the numbers of its looks.

A rule is a function from a `History`, up to its last look, to an `Alarm`, several, or None. The
page ``docs/alarms.md`` lists the fifteen that are applied by default, and shows how to change one
and how to write another.
"""

from keras_v1_activity.alarms.alarm import AMBER, RED, Alarm, alarm_from, needs
from keras_v1_activity.alarms.broken import dale, not_finite, potential_out_of_range
from keras_v1_activity.alarms.likeness import away_from_data, drift_of_rates
from keras_v1_activity.alarms.quiet_neurons import QuietNeurons
from keras_v1_activity.alarms.rates import runaway
from keras_v1_activity.alarms.recording import looking_degraded
from keras_v1_activity.alarms.rhythm import oscillation, synchrony
from keras_v1_activity.alarms.rules import DEFAULT_RULES
from keras_v1_activity.alarms.silence import dead_neurons, silent_population
from keras_v1_activity.alarms.training import (
    exploding_gradient,
    not_learning,
    surrogate_starvation,
    vanishing_gradient,
)
from keras_v1_activity.alarms.watch import Watch

__all__ = [
    "AMBER",
    "DEFAULT_RULES",
    "RED",
    "Alarm",
    "QuietNeurons",
    "Watch",
    "alarm_from",
    "away_from_data",
    "dale",
    "dead_neurons",
    "drift_of_rates",
    "exploding_gradient",
    "looking_degraded",
    "needs",
    "not_finite",
    "not_learning",
    "oscillation",
    "potential_out_of_range",
    "runaway",
    "silent_population",
    "surrogate_starvation",
    "synchrony",
    "vanishing_gradient",
]
