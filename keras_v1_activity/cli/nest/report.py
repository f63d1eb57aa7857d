"""What ``nest`` prints and writes of its trials: rows, tables, results.json."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from keras_v1_activity import similarity
from keras_v1_activity.common.atomic_files import write_json

if TYPE_CHECKING:
    from keras_v1_activity.activity.activity import Activity
    from keras_v1_activity.activity.populations import Populations
    from keras_v1_activity.cli.nest.options import NestOptions
    from keras_v1_activity.v1.nest.readout import SpikeCountReadout

Row: TypeAlias = dict[str, Any]
"""What is reported of one trial."""


def row_of(
    activity: Activity,
    *,
    condition: str,
    sample: int,
    trial: int,
    readout: SpikeCountReadout | None,
) -> Row:
    """What is reported of one trial.

    Example:
        >>> row = row_of(activity, condition="trained", sample=0, trial=1, readout=None)
        >>> row["n_spikes"] == activity.n_spikes
        True
    """
    counts = None if readout is None else readout.counts(activity)
    return {
        "condition": condition,
        "sample": sample,
        "trial": trial,
        "step": activity.step,
        "label": activity.label,
        "prediction": activity.prediction,
        "confidence": None if activity.confidence is None else float(activity.confidence.max()),
        "confidences": activity.confidence,
        "output_spikes": counts,
        "n_spikes": activity.n_spikes,
        "active_neurons": int((activity.spike_counts > 0).sum()),
        "mean_rate_hz": activity.mean_rate,
        "sparseness": similarity.sparseness(activity.rates),
        "population_rates_hz": activity.population_rates,
    }


def say_trials(rows: Sequence[Row], classes: Sequence[str], say: Callable[[str], object]) -> None:
    """Prints one line a trial.

    Example:
        >>> row = row_of(activity, condition="trained", sample=0, trial=1, readout=None)
        >>> lines = []
        >>> say_trials([row], "0123456789", lines.append)
        >>> lines[0].split()[:4]
        ['sample', 'trial', 'true', 'predicted']
    """

    def name(k: int | None) -> str:
        return "-" if k is None else classes[k] if k < len(classes) else str(k)

    width = max(9, *(len(text) for text in classes))
    say(
        f"{'sample':>6} {'trial':>5}  {'true':<{width}} {'predicted':<{width}} confidence  "
        f"{'spikes':>8}  {'active':>7}  rate (Hz)  sparseness"
    )
    for row in rows:
        confidence = "-" if row["confidence"] is None else f"{row['confidence']:.3f}"
        say(
            f"{row['sample']:>6} {row['trial']:>5}  {name(row['label']):<{width}} "
            f"{name(row['prediction']):<{width}} {confidence:>10}  {row['n_spikes']:>8,}  "
            f"{row['active_neurons']:>7,}  {row['mean_rate_hz']:>9.2f}  {row['sparseness']:>10.3f}"
        )
    read = [row for row in rows if row["prediction"] is not None]
    if read:
        right = sum(row["label"] == row["prediction"] for row in read)
        say(f"{right} of {len(rows)} right (chance {len(rows) / len(classes):.1f})")


def say_populations(
    rows: Sequence[Row], populations: Populations, say: Callable[[str], object]
) -> None:
    """Prints mean and standard deviation over the trials of each population's rate.

    Example:
        >>> row = row_of(activity, condition="trained", sample=0, trial=1, readout=None)
        >>> lines = []
        >>> say_populations([row], activity.populations, lines.append)
        >>> len(lines) == 1 + len(activity.populations.names)
        True
    """
    rates = np.array([list(row["population_rates_hz"].values()) for row in rows])
    say(f"  {'population':<12} {'neurons':>8}  {'rate (Hz)':>9}  {'sd over trials':>14}")
    for k, (name, count) in enumerate(zip(populations.names, populations.counts, strict=True)):
        say(f"  {name:<12} {count:>8,}  {rates[:, k].mean():>9.2f}  {rates[:, k].std():>14.2f}")


def write_results(
    path: Path, options: NestOptions, conditions: Iterable[str], rows: Sequence[Row]
) -> None:
    """Writes results.json: options, versions, one entry a trial, and the means of each condition.

    Nothing in it depends on the time or on how many trials ran at once.

    Example:
        >>> from keras_v1_activity.cli.nest.options import NestOptions
        >>> row = row_of(activity, condition="trained", sample=0, trial=1, readout=None)
        >>> write_results(Path("results.json"), NestOptions(), ["trained"], [row])
        >>> Path("results.json").is_file()
        True
    """
    write_json(
        path,
        {
            # What does not change the results is left out, so that equal runs give equal files.
            "settings": {k: v for k, v in vars(options).items() if k not in ("jobs", "output_dir")},
            "conditions": {name: _means(rows, name) for name in conditions},
            "trials": rows,
        },
    )


def _means(rows: Sequence[Row], condition: str) -> Row:
    own = [row for row in rows if row["condition"] == condition]
    read = [row["label"] == row["prediction"] for row in own if row["prediction"] is not None]
    names = own[0]["population_rates_hz"]
    return {
        "trials": len(own),
        "right": sum(read) if read else None,
        "mean_rate_hz": float(np.mean([row["mean_rate_hz"] for row in own])),
        "active_neurons": float(np.mean([row["active_neurons"] for row in own])),
        "sparseness": float(np.mean([row["sparseness"] for row in own])),
        "population_rates_hz": {
            name: float(np.mean([row["population_rates_hz"][name] for row in own]))
            for name in names
        },
    }
