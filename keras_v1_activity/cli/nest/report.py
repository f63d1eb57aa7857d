"""What ``nest`` prints and writes of its trials: rows, tables, results.json."""

import numpy as np

from keras_v1_activity import similarity
from keras_v1_activity.common.files import write_json


def row_of(activity, *, condition, sample, trial, readout):
    """What is reported of one trial, a dict."""
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


def say_trials(rows, classes, say):
    """Prints one line a trial."""

    def name(k):
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


def say_populations(rows, populations, say):
    """Prints mean and standard deviation over the trials of each population's rate."""
    rates = np.array([list(row["population_rates_hz"].values()) for row in rows])
    say(f"  {'population':<12} {'neurons':>8}  {'rate (Hz)':>9}  {'sd over trials':>14}")
    for k, (name, count) in enumerate(zip(populations.names, populations.counts, strict=True)):
        say(f"  {name:<12} {count:>8,}  {rates[:, k].mean():>9.2f}  {rates[:, k].std():>14.2f}")


def write_results(path, options, conditions, rows):
    """Writes results.json: options, versions, one entry a trial, and the means of each condition.

    Nothing in it depends on the time or on how many trials ran at once.
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


def _means(rows, condition):
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
