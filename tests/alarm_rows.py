"""Rows of a history as a healthy network leaves them, and what is changed in them."""

import copy

from keras_v1_activity.history import History

POPULATIONS = {"e23Cux2": 3.0, "e4Rorb": 6.0, "i4Pvalb": 12.0}
BANDS = {"theta": 0.1, "alpha": 0.1, "beta": 0.2, "gamma": 0.6}
HZ = [5.0 * k for k in range(21)]


def healthy_row(step, rng):
    """A look of 600 ms at 3 populations of 200 neurons; rates differ by 20 % from look to look."""
    loud = float(rng.lognormal(0, 0.2))
    same = {name: 0.5 for name in POPULATIONS}
    return {
        "step": step, "n_neurons": 600, "n_steps": 600, "dt_ms": 1.0, "nan_count": 0,
        "mean_rate_hz": 7.0 * loud,
        "population_rates_hz": {name: rate * loud for name, rate in POPULATIONS.items()},
        "population_sizes": {name: 200 for name in POPULATIONS},
        "peak_fraction": 0.1 * loud,
        "voltage_below_range_fraction": 0.01,
        "quiet_fractions": {
            name: {"all": 0.1, **{p: 0.1 for p in POPULATIONS}}
            for name in ("ten_looks", "twenty_looks")
        },
        "recording": {
            "captures_failed": 0, "saves_failed": 0, "figures_failed": 0, "figures_dropped": 0,
            "interval_factor": 1.0,
        },
        "scalars": {"loss": 2.3 * 0.99**step},
        "health": {
            "gradient_norm": {"all": loud, "readout": loud, **same},
            "mean_abs_gradient": {"all": 1e-4 * loud},
            "update_ratio": {"all": 1e-3 * loud, "readout": 1e-3},
            "surrogate_occupancy": {"all": 0.5, **same},
            "dale_violations": {"all": 0, **{name: 0 for name in POPULATIONS}},
            "not_finite": {"gradients": 0, "weights": 0},
        },
        "statistics": {
            "population_fano": {"bins_ms": [1.0, 10.0, 20.0], "factors": [1.0, 2.0, 2.2 * loud]},
            "spectrum": {"hz": HZ, "density": [1.0] * len(HZ)},
            "band_fractions": dict(BANDS),
            "similarity": 0.6 + 0.01 * (loud - 1),
            "rate_change": {name: 0.1 + 0.02 * (loud - 1) for name in POPULATIONS},
        },
    }  # fmt: skip


def put(row, path, value):
    """Sets the entry under a path."""
    *outer, last = path
    for name in outer:
        row = row[name]
    row[last] = value


def history_of(rows, *changes):
    """A history of copies of rows; each change is (path, value, places)."""
    copies = copy.deepcopy(rows)
    for path, value, places in changes:
        for place in places:
            put(copies[place], path, value)
    return History(copies)
