"""Numbers that say whether a network is alive, and whether it fires like the cortex.

Rates, synchrony, irregularity, correlation, spectrum, tuning, sparseness, latency, branching,
weights. Pure functions of an `Activity`, of several, or of arrays; nothing is drawn and nothing is
changed. What cannot be known is NaN. The page `docs/measures.md` lists them.
"""

from keras_v1_activity.measures.branching import branching_ratio
from keras_v1_activity.measures.correlation import noise_correlation, pairwise_correlation
from keras_v1_activity.measures.extremes import (
    PEAK_BIN_MS,
    below_range_fraction,
    peak_fraction,
    silent_fractions,
)
from keras_v1_activity.measures.fano import population_fano, trial_fano
from keras_v1_activity.measures.intervals import LEAST_SPIKES, cv, cv2, lv, lvr
from keras_v1_activity.measures.occupancy import surrogate_occupancy
from keras_v1_activity.measures.over_time import (
    SYNCHRONY_BIN_MS,
    bin_edges_ms,
    bin_width,
    mean_rate_over_time,
    rates_over_time,
    spike_counts_over_time,
)
from keras_v1_activity.measures.population_numbers import (
    CORRELATION_BINS_MS,
    MOST_HZ,
    POPULATION_NUMBERS,
    look_statistics,
)
from keras_v1_activity.measures.rates import (
    STIMULUS_MS,
    evoked_rates,
    mean_rates,
    spontaneous_rates,
)
from keras_v1_activity.measures.recordings import ks_distance, similarity_to_recordings
from keras_v1_activity.measures.regularity import (
    active_fraction,
    fano_factor,
    isi_variation,
    synchrony_index,
)
from keras_v1_activity.measures.response_latency import latency, population_latency
from keras_v1_activity.measures.sparseness import lifetime_sparseness, population_sparseness
from keras_v1_activity.measures.spectrum import BANDS_HZ, band_powers, power_spectrum
from keras_v1_activity.measures.summary import (
    EXPLODING_HZ,
    SYNCHRONOUS_FANO,
    nan_count,
    notes,
    summarise,
)
from keras_v1_activity.measures.tuning import angles_apart, dsi, osi, preferred_direction
from keras_v1_activity.measures.tuning_numbers import (
    aligned_rates,
    chance_selectivity,
    tuning_by_population,
)
from keras_v1_activity.measures.weights import (
    norms_by_population,
    update_ratios,
    weights_by_population,
)

__all__ = [
    "BANDS_HZ",
    "CORRELATION_BINS_MS",
    "EXPLODING_HZ",
    "LEAST_SPIKES",
    "MOST_HZ",
    "PEAK_BIN_MS",
    "POPULATION_NUMBERS",
    "STIMULUS_MS",
    "SYNCHRONOUS_FANO",
    "SYNCHRONY_BIN_MS",
    "active_fraction",
    "aligned_rates",
    "angles_apart",
    "band_powers",
    "below_range_fraction",
    "bin_edges_ms",
    "bin_width",
    "branching_ratio",
    "chance_selectivity",
    "cv",
    "cv2",
    "dsi",
    "evoked_rates",
    "fano_factor",
    "isi_variation",
    "ks_distance",
    "latency",
    "lifetime_sparseness",
    "look_statistics",
    "lv",
    "lvr",
    "mean_rate_over_time",
    "mean_rates",
    "nan_count",
    "noise_correlation",
    "norms_by_population",
    "notes",
    "osi",
    "pairwise_correlation",
    "peak_fraction",
    "population_fano",
    "population_latency",
    "population_sparseness",
    "power_spectrum",
    "preferred_direction",
    "rates_over_time",
    "silent_fractions",
    "similarity_to_recordings",
    "spike_counts_over_time",
    "spontaneous_rates",
    "summarise",
    "surrogate_occupancy",
    "synchrony_index",
    "trial_fano",
    "tuning_by_population",
    "update_ratios",
    "weights_by_population",
]
