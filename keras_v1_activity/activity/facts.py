"""The measured facts of mouse V1 that the package ships, as numpy values.

Sources and licence are in data/README.md.
"""

import csv
from functools import cache
from importlib.resources import files


@cache
def table(name):
    """Rows of the shipped table `name` (without .csv) as a tuple of dicts of strings."""
    text = files("keras_v1_activity").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def recorded_rates_hz():
    """Mean firing rates (Hz) of recorded units by cell type, e.g. ``{"L5 PV": (16.9, ...)}``.

    Neuropixels recordings of Siegle et al. 2021, prepared by the Allen Institute.
    """
    rates = {}
    for row in table("neuropixels_rates"):
        if row["mean_rate_hz"]:
            rates.setdefault(row["cell_type"], []).append(float(row["mean_rate_hz"]))
    return {cell_type: tuple(values) for cell_type, values in rates.items()}
