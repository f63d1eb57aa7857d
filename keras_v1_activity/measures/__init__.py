"""Numbers that say whether a network is alive: rates, synchrony, regularity of firing.

Pure functions of an `Activity`; nothing is drawn and nothing is changed.
"""

from keras_v1_activity.measures.over_time import (
    SYNCHRONY_BIN_MS,
    bin_edges_ms,
    bin_width,
    mean_rate_over_time,
    rates_over_time,
    spike_counts_over_time,
)
from keras_v1_activity.measures.regularity import (
    active_fraction,
    fano_factor,
    isi_variation,
    synchrony_index,
)
from keras_v1_activity.measures.summary import (
    EXPLODING_HZ,
    SYNCHRONOUS_FANO,
    nan_count,
    notes,
    summarise,
)

__all__ = [
    "EXPLODING_HZ",
    "SYNCHRONOUS_FANO",
    "SYNCHRONY_BIN_MS",
    "active_fraction",
    "bin_edges_ms",
    "bin_width",
    "fano_factor",
    "isi_variation",
    "mean_rate_over_time",
    "nan_count",
    "notes",
    "rates_over_time",
    "spike_counts_over_time",
    "summarise",
    "synchrony_index",
]
