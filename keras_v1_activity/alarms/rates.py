"""The rule on neurons that fire too much, or at the same time."""

from __future__ import annotations

from functools import cache

import numpy as np

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.populations import describe_population
from keras_v1_activity.alarms.alarm import RED, Alarm, needs
from keras_v1_activity.alarms.gather import gathered
from keras_v1_activity.alarms.looks import (
    LEAST_NEURONS,
    at_last,
    names_at_last,
    size_of,
    step_of,
    told,
    usual_top,
)
from keras_v1_activity.history import History


@needs("population_rates_hz")
def runaway(
    history: History,
    *,
    times_recorded: float = 3.0,
    times_first: float = 3.0,
    least_hz: float = 5.0,
    most_together: float = 0.2,
) -> list[Alarm]:
    """Neurons that fire far too much, or too many of them at the same time. Red.

    In each of the last three looks the rate of all neurons, or of a population of at least ten, is
    above three times that of the first looks; or, of a population, above three times the 95th
    percentile of recorded units (Siegle et al. 2021). Below that percentile a population is never
    too fast: training may well raise its rate from 1 to 5 Hz. Or in a bin of 10 ms more than 20 %
    of all neurons fire. In each case it is also above what was usual in the first looks, if that
    was less.

    Args:
        history: the run up to the look.
        times_recorded: how many times the recorded 95th percentile is too much.
        times_first: how many times the rate of the first looks is too much.
        least_hz: a rate below this is never too much because of the first looks, Hz.
        most_together: part of all neurons that may fire in a bin of 10 ms.

    Example:
        >>> rows = [{"step": k, "population_rates_hz": {"e4Rorb": 90.0}} for k in range(3)]
        >>> runaway(History(rows))[0].level
        'red'
    """
    found = []
    grown = _grown(history, ("mean_rate_hz",), times_first, least_hz)
    if grown is not None:
        found.append(_runaway(history, None, *grown, f"{times_first:g} times their rate at first"))
    names = names_at_last(history, "population_rates_hz")
    for name in (name for name in names if not size_of(history, name) < LEAST_NEURONS):
        path = "population_rates_hz", name
        recorded = (recorded_percentile_hz(name) or float("inf")) * times_recorded
        if _is_above(history, path, recorded):
            why = f"{times_recorded:g} times what 95 % of recorded units do"
            found.append(_runaway(history, name, at_last(history, *path)[0], recorded, why))
        elif grown is None and len(names) > 1:
            one = _grown(
                history, path, times_first, max(least_hz, recorded_percentile_hz(name) or 0)
            )
            if one is not None:
                why = f"{times_first:g} times its rate at first"
                found.append(_runaway(history, name, *one, why))
    together, _ = at_last(history, "peak_fraction")
    usual_peak = usual_top(history, "peak_fraction")[1] if together > most_together else 0.0
    if grown is None and usual_peak > 0 and together > max(most_together, usual_peak):
        found.append(Alarm(
            "runaway", RED, None, together, max(most_together, usual_peak), step_of(history),
            f"{together:.0%} of all neurons fire in one bin of 10 ms: look at raster.png and at "
            "excitation between the neurons.",
        ))  # fmt: skip
    return gathered(found)


def _runaway(history: History, name: str | None, now: float, limit: float, why: str) -> Alarm:
    rate, most = told(now, limit)
    return Alarm(
        "runaway", RED, name, now, limit, step_of(history),
        f"{name or 'All neurons together'} fire at {rate} Hz, more than {most} Hz, {why}: "
        "look at population.png, at the learning rate and at inhibition.",
    )  # fmt: skip


def _grown(
    history: History, path: tuple[str, ...], times: float, least_hz: float
) -> tuple[float, float] | None:
    """(rate now, what it is above) of a rate that is too much because of the first looks."""
    now, _ = at_last(history, *path)
    if not now > least_hz:
        return None
    first, top = usual_top(history, *path)
    limit = max(times * first, top, least_hz)
    return (now, limit) if now > limit else None


def _is_above(history: History, path: tuple[str, ...], limit: float) -> bool:
    """Whether a number is above a limit now, and was below at first, or is unusual for the run."""
    now, _ = at_last(history, *path)
    if not now > limit:
        return False
    first, top = usual_top(history, *path)
    return not (first < limit and now <= top)


@cache
def recorded_percentile_hz(population: str) -> float | None:
    """95th percentile of the mean rates of recorded units like a population, Hz; None if unknown.

    Example:
        >>> round(recorded_percentile_hz("e4Rorb"), 1), recorded_percentile_hz("mine")
        (14.5, None)
    """
    member = describe_population(population)
    rates = facts.recorded_rates_hz().get(f"L{member.layer} {member.cell_class}")
    return float(np.percentile(rates, 95)) if rates else None
