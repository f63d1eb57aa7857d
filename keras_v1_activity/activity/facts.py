"""The measured facts of mouse V1 that the package ships, as numpy values.

Sources and licence are in data/README.md.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


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


class RecordedFano(NamedTuple):
    """The recorded population Fano factor against the bin, a curve for `numpy.interp`.

    Attributes:
        bins_ms: widths of the bins, ms, ascending.
        means: mean over draws of about 70 units, of each bin; no unit.
        percentiles_95: 95th percentile over the draws; NaN where it is not known.
    """

    bins_ms: tuple[float, ...]
    means: tuple[float, ...]
    percentiles_95: tuple[float, ...]


@cache
def recorded_fano(condition: str = "evoked") -> RecordedFano:
    """Variance over mean of the summed spike count of recorded V1 units, in windows of 300 ms.

    Drawn as `measures.population_fano` draws. Neuropixels recordings of Siegle et al. 2021 (Nature
    592:86), as the Allen Institute's V1_GLIF_model is trained towards.

    Args:
        condition: "evoked", while drifting gratings are shown, or "spontaneous", on a grey screen.

    Raises:
        ValueError: another condition.

    Example:
        >>> recorded = recorded_fano()
        >>> float(np.interp(10, recorded.bins_ms, recorded.percentiles_95).round(2))
        1.61
    """
    rows = [row for row in table("recorded_fano") if row["condition"] == condition]
    if not rows:
        raise ValueError(f"condition must be 'evoked' or 'spontaneous'; got {condition!r}.")
    columns = ("bin_ms", "mean", "percentile_95")
    return RecordedFano(*(tuple(float(row[c] or "nan") for row in rows) for c in columns))


@cache
def recorded_medians() -> dict[str, dict[str, float]]:
    """Medians over recorded excitatory V1 units by cell type: rates (Hz), OSI and DSI (0 to 1).

    Of units whose greatest rate is at least 0.5 Hz. Siegle et al. 2021 (Nature 592:86).

    Example:
        >>> recorded_medians()["L4 Exc"]
        {'evoked_rate_hz': 2.2, 'osi': 0.22, 'dsi': 0.14, 'spontaneous_rate_hz': 2.2}
    """
    return {
        row["cell_type"]: {
            name.lower(): float(value) for name, value in row.items() if name != "cell_type"
        }
        for row in table("recorded_medians")
    }


@cache
def recorded_selectivity(measure: str) -> dict[str, tuple[float, ...]]:
    """Orientation or direction selectivity of recorded V1 units by cell type, 0 to 1.

    Neuropixels recordings of Siegle et al. 2021 (Nature 592:86), prepared by the Allen Institute;
    units for which the table has a value.

    Args:
        measure: "osi" or "dsi".

    Example:
        >>> len(recorded_selectivity("osi")["L5 PV"])
        99
    """
    values: dict[str, list[float]] = {}
    for row in table("neuropixels_rates"):
        if row[measure.upper()]:
            values.setdefault(row["cell_type"], []).append(float(row[measure.upper()]))
    return {cell_type: tuple(each) for cell_type, each in values.items()}
