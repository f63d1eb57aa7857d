"""The measured facts of mouse V1 that the package ships, as numpy values.

Sources and licence are in data/README.md.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of the shipped table `name` (without .csv), each a dict of text by column.

    Example:
        >>> table("cell_types")[0]["pop_name"]
        'i1Htr3a'
    """
    text = files("keras_v1_activity").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def recorded_rates_hz() -> dict[str, tuple[float, ...]]:
    """Mean firing rates (Hz) of recorded units by cell type, e.g. ``{"L5 PV": (16.9, ...)}``.

    Neuropixels recordings of Siegle et al. 2021 (Nature 592:86), prepared by the Allen Institute.

    Example:
        >>> len(recorded_rates_hz()["L5 PV"])
        200
    """
    rates: dict[str, list[float]] = {}
    for row in table("neuropixels_rates"):
        if row["mean_rate_hz"]:
            rates.setdefault(row["cell_type"], []).append(float(row["mean_rate_hz"]))
    return {cell_type: tuple(values) for cell_type, values in rates.items()}
