"""How alike two responses of the same neurons are: correlation, error, angle, rates, sparseness.

Pure functions. A response is one `Activity` or a sequence of them, the trials of one condition,
over which rates are averaged. A window ``(first, end)`` in ms counts only the spikes at
``first <= time < end``.
"""

from keras_v1_activity.activity.trials import (
    Response,
    Window,
    check_same_neurons,
    rates_in,
    trial_rates,
    trials_of,
    window_steps,
)
from keras_v1_activity.similarity.comparison import (
    compare,
    describe,
    response_similarity,
)
from keras_v1_activity.similarity.scores import (
    cosine,
    mean_absolute_error,
    pearson,
    population_means,
    relative_difference,
    sparseness,
)

__all__ = [
    "Response",
    "Window",
    "check_same_neurons",
    "compare",
    "cosine",
    "describe",
    "mean_absolute_error",
    "pearson",
    "population_means",
    "rates_in",
    "relative_difference",
    "response_similarity",
    "sparseness",
    "trial_rates",
    "trials_of",
    "window_steps",
]
