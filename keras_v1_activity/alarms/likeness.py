"""Rules on whether a network stays what it was, and what recorded neurons are."""

from __future__ import annotations

import math

import numpy as np

from keras_v1_activity.alarms.alarm import AMBER, Alarm, needs
from keras_v1_activity.alarms.gather import gathered
from keras_v1_activity.alarms.looks import (
    FIRST_LOOKS,
    LAST_LOOKS,
    at_first,
    at_last,
    names_at_last,
    size_of,
    step_of,
    usual,
    usual_of,
    values,
)
from keras_v1_activity.history import History

# Two samples of n rates differ by less than this over sqrt(n) in 99 of 100 cases (Smirnov 1948).
_KS_OF_CHANCE = 1.63 * math.sqrt(2)


@needs("statistics", "rate_change")
def drift_of_rates(history: History, *, more: float = 0.1, least_neurons: int = 15) -> list[Alarm]:
    """The rates of a population's neurons have moved away from those of the first look.

    Their likeness is 1 minus the Kolmogorov-Smirnov distance. Two looks at an unchanged network
    differ too, by stimulus and chance: in each of the last three looks the likeness must lie 0.1
    below the median of the first looks, below what was usual in these, and below what chance does
    to so few neurons. A population that comes nearer to recorded rates does not drift: it learns.

    Args:
        history: the run up to the look.
        more: by how much the likeness must have fallen.
        least_neurons: a smaller population is not judged.

    Example:
        >>> change = [0.1] * 20 + [0.4] * 3
        >>> rows = [{"step": k, "population_sizes": {"e4": 4000},
        ...          "statistics": {"rate_change": {"e4": x}}} for k, x in enumerate(change)]
        >>> drift_of_rates(History(rows))[0].population
        'e4'
    """
    path, found = ("statistics", "rate_change"), []
    for name in names_at_last(history, *path):
        size = size_of(history, name)
        if size < least_neurons:
            continue
        now, _ = at_last(history, *path, name)
        chance = 0.0 if math.isnan(size) else _KS_OF_CHANCE / math.sqrt(size)
        if not now > chance + more:
            continue
        if _is_nearer_to_data(history, name):
            continue
        first = usual(history, *path, name, skip=1)
        limit = max(first.median + max(more, 3 * first.scatter), chance + more)
        if now > limit:
            found.append(Alarm(
                "drift of rates", AMBER, name, 1 - now, 1 - limit, step_of(history),
                f"The rates of {name} are {1 - now:.2f} like those of the first look, at first "
                f"{1 - first.median:.2f}: look at population.png then and now.",
            ))  # fmt: skip
    return gathered(found)


def _is_nearer_to_data(history: History, name: str) -> bool:
    """Whether a population is more like recorded ones than at first, in one of the last looks."""
    path = "statistics", "populations", name, "similarity"
    return at_last(history, *path)[1] > at_first(history, *path)


@needs("statistics", "similarity")
def away_from_data(
    history: History, *, most: float = 0.05, looks: int = 20, sure: float = 2.9
) -> Alarm | None:
    """The mean similarity of rates to recorded ones has fallen 0.05 below its best.

    The best is that of medians of twenty looks running. The mean of the last three looks must lie
    below it by more than 0.05, and by more than 2.9 times the scatter of the first looks: four
    standard errors of such a mean, and what the best of many medians is too high by.

    Args:
        history: the run up to the look.
        most: by how much it may fall.
        looks: of how many looks a median is taken.
        sure: standard deviations of a look that a fall must exceed.

    Example:
        >>> rows = [{"step": k, "statistics": {"similarity": 0.8 - 0.2 * (k > 46)}}
        ...         for k in range(50)]
        >>> away_from_data(History(rows)).threshold
        0.75
    """
    path = "statistics", "similarity"
    known = np.array(values(history, range(len(history)), *path))
    if len(known) < looks + LAST_LOOKS:
        return None
    medians = np.median(np.lib.stride_tricks.sliding_window_view(known, looks), axis=1)
    best, now = float(medians.max()), float(np.mean(known[-LAST_LOOKS:]))
    limit = best - max(most, sure * usual_of(known[:FIRST_LOOKS].tolist()).scatter)
    if not now < limit:
        return None
    return Alarm(
        "away from data", AMBER, None, now, limit, step_of(history),
        f"The similarity of rates to recorded ones is {now:.2f}, at best {best:.2f}: look at "
        "statistics.png and at the weight of losses on rates.",
    )  # fmt: skip
