"""Histories of runs of every kind that the figure of a run must cope with."""

import numpy as np

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.populations import describe_population
from keras_v1_activity.history import History

V1 = tuple(row["pop_name"] for row in facts.table("populations"))
BINS_MS = (1.0, 4.0, 9.0, 13.0, 26.0, 55.0)


def rows(
    n_looks=30, names=V1, *, losses=("loss", "val_loss"), statistics=True, alarms=None, seed=0
):
    """Rows of summaries as a training makes them: it learns, and rates come near to recorded ones.

    Args:
        alarms: function of the number of the look that returns what stands, or None.
    """
    rng = np.random.default_rng(seed)
    start = rng.uniform(0.5, 15, len(names))
    for i in range(n_looks):
        learnt = i / max(n_looks - 1, 1)
        rates = {}
        for k, name in enumerate(names):
            aim = describe_population(name).recorded_rate_hz or 5.0
            mean = start[k] * (1 - learnt) + aim * learnt
            rates[name] = round(float(mean * np.exp(rng.normal(0, 0.06))), 4)
        row = {
            "step": 100 * (i + 1),
            "population_rates_hz": rates,
            "mean_rate_hz": float(np.mean(list(rates.values()))),
            "active_fraction": 0.7 + 0.2 * learnt,
            "fano_factor": 1.4,
        }
        if losses:
            noise = np.exp(rng.normal(0, 0.1, 2))
            row["scalars"] = {
                name: (2.3 * np.exp(-3 * learnt) + 0.05) * noise[k % 2]
                for k, name in enumerate(losses)
            }
            row["scalars"] |= {"accuracy": 0.1 + 0.8 * learnt, "val_accuracy": 0.1 + 0.7 * learnt}
        if statistics:
            factors = 1 + 0.5 * np.exp(-3 * learnt) * np.array([0.1, 0.4, 0.8, 1.0, 1.2, 1.1])
            row["statistics"] = {
                "similarity": 0.4 + 0.35 * learnt,
                "population_fano": {"bins_ms": list(BINS_MS), "factors": factors.tolist()},
            }
        if alarms is not None:
            row["alarms"] = alarms(i)
        yield row


def gone_wrong():
    """It runs away and synchronises from look 20 on; the loss is NaN from look 25 on."""

    def alarms(i):
        found = [{"name": "runaway", "level": "red", "population": "e23Cux2"}] if i >= 20 else []
        if i >= 22:
            found.append({"name": "synchrony", "level": "amber", "population": None})
        if i >= 25:
            found.append({"name": "not finite", "level": "red"})
        return found if i != 5 else [{"name": "silent population", "level": "amber",
                                      "population": "i6Vip"}]  # fmt: skip

    made = list(rows(30, alarms=alarms))
    for i, row in enumerate(made):
        if i >= 20:
            row["population_rates_hz"]["e23Cux2"] = min(2.0 * 1.6 ** (i - 19), 400.0)
            row["statistics"]["population_fano"]["factors"] = [1, 2, 4, 8, 9, 9]
            row["statistics"]["similarity"] = 0.3
        if i >= 25:
            row["scalars"] = {"loss": float("nan"), "val_loss": None, "accuracy": 0.1}
        if 5 <= i <= 7:
            row["population_rates_hz"]["i6Vip"] = 0.0
    return History(made)


def with_other_alarms():
    """More alarms than there is room for, as names only."""
    names = [f"rule number {k} with a rather long name" for k in range(9)]
    return History(rows(12, alarms=lambda i: names[: i - 2] if i > 2 else []))


def silent():
    made = list(rows(8, statistics=False))
    for row in made:
        row["population_rates_hz"] = dict.fromkeys(V1, 0.0)
        row["active_fraction"], row["fano_factor"] = 0.0, None
    return History(made)


def damaged():
    """What only a foreign hand writes."""
    return History(
        [
            {"step": 1, "population_rates_hz": [1, 2], "scalars": "loss", "alarms": "runaway"},
            {"step": 2, "statistics": {"population_fano": {"bins_ms": [10.0], "factors": [None]}}},
            {"step": 3, "scalars": {"loss": None, "accuracy": "high"}, "alarms": [None, 7, {}]},
        ]
    )


def huge():
    made = list(rows(10))
    for row in made[5:]:
        row["scalars"]["loss"] = 1e30
        row["population_rates_hz"]["e5ET"] = 1e6
    return History(made)


CASES = {
    "30 looks": lambda: History(rows(30, alarms=lambda i: [])),
    "1 look": lambda: History(rows(1)),
    "2 looks": lambda: History(rows(2)),
    "3,000 looks": lambda: History(rows(3000, V1[:3])),
    "one population": lambda: History(rows(20, ("neurons",))),
    "111 populations": lambda: History(rows(20, tuple(f"pop{i}" for i in range(111)))),
    "odd names": lambda: History(
        rows(20, ("WWWW population with a long name", "$x_1", "\u795e\u7d93", "two\nlines", ""))
    ),
    "no loss": lambda: History(rows(20, losses=())),
    "many losses": lambda: History(rows(20, losses=[f"part_{k}_of_the_loss" for k in range(7)])),
    "no statistics": lambda: History(rows(20, statistics=False)),
    "gone wrong": gone_wrong,
    "other alarms": with_other_alarms,
    "silent": silent,
    "damaged": damaged,
    "numbers beyond reason": huge,
    "no look": History,
    "bare looks": lambda: History([{"step": 10}, {"step": 20}]),
}
