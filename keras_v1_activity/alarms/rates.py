"""Rules on how much neurons fire: too little, none any more, too much."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.populations import describe_population
from keras_v1_activity.alarms.alarm import AMBER, RED, Alarm, needs
from keras_v1_activity.alarms.gather import gathered
from keras_v1_activity.alarms.looks import (
    LEAST_NEURONS,
    at_first,
    at_last,
    highest_at_first,
    last_places,
    names_at_last,
    neuron_seconds,
    size_of,
    step_of,
    usual,
    usual_top,
    values,
)
from keras_v1_activity.history import History

# So many spikes must be expected before silence means something: at the lowest healthy rate, or at
# the usual one, which differs from look to look.
_EXPECTED_AT_LEAST, _EXPECTED_USUALLY = 3.0, 30.0
_MOST_POOLED_LOOKS = 50
# Neurons see the same stimuli: in healthy training the part that fires nothing in a stretch of
# looks differs by up to six standard deviations of neurons that are silent each for itself.
_TOGETHER = 2.0
# Ten looks tell silent neurons if they last so long, or a neuron usually fires so often in them.
_TEN_LOOKS_S, _SPIKES_IN_TEN_LOOKS = 5.0, 20.0
# Without a spike in the whole network, however small it is.
_NO_SPIKE_LOOKS = 5


@needs("population_rates_hz")
def silent_population(
    history: History,
    *,
    least_hz: float = 0.1,
    most_silent: float = 0.5,
    more: float = 0.1,
) -> list[Alarm]:
    """A population that fires less than 0.1 Hz, or half of which has fallen silent.

    The rate is that of the last two looks; of more, up to 50, for a population so small that too
    few spikes would be expected in two, three at `least_hz` or thirty at its usual rate. One
    population alone must be of at least ten neurons, and below in each of the last three looks:
    four neurons may all fall silent, and an image may excite a population little, while a network
    learns well. Or more
    than half of its neurons, of at least ten, fired no spike in ten looks running, and at first,
    in looks 10 to 19, it was never half; this needs ten looks of five seconds together, or twenty
    spikes a neuron. If all populations are silent, or there is no spike at all in five looks, that
    is one alarm, a red one.

    Args:
        history: the run up to the look.
        least_hz: the lowest healthy rate, Hz.
        most_silent: part of the neurons that may be without a spike in ten looks running.
        more: by how much that part must have grown since the first looks.

    Example:
        >>> rows = [{"step": k, "n_steps": 600, "dt_ms": 1, "population_sizes": {"e4": 200},
        ...          "population_rates_hz": {"e4": 0.0}} for k in (1, 2)]
        >>> [(alarm.name, alarm.population, alarm.level) for alarm in
        ...  silent_population(History(rows))]
        [('silent population', None, 'red')]
    """
    names = names_at_last(history, "population_rates_hz")
    rates = {name: _pooled_rate(history, name, least_hz) for name in names}
    quiet = {name: rate for name, rate in rates.items() if rate < least_hz}
    advice = "look at the input and at inhibition (population.png, voltages.png)."
    looks = values(history, last_places(history, _NO_SPIKE_LOOKS), "mean_rate_hz")
    nothing = len(looks) == _NO_SPIKE_LOOKS and not any(looks)
    rate = _pooled_rate(history, None, least_hz)
    if names and (nothing or rate < least_hz or len(quiet) == len(names)):
        rate = 0.0 if nothing else rate if rate < least_hz else max(quiet.values())
        return [Alarm(
            "silent population", RED, None, rate, least_hz, step_of(history),
            f"The network fires at {rate:.2g} Hz, below {least_hz:g} Hz: {advice}",
        )]  # fmt: skip
    found = [
        Alarm(
            "silent population", AMBER, name, rate, least_hz, step_of(history),
            f"{name} fires at {rate:.2g} Hz, below {least_hz:g} Hz: {advice}",
        )
        for name, rate in quiet.items()
        if not size_of(history, name) < LEAST_NEURONS
        and at_last(history, "population_rates_hz", name)[1] < least_hz
    ]  # fmt: skip
    for name in names:
        if name in quiet or size_of(history, name) < LEAST_NEURONS:
            continue
        if not _is_long(history, name):
            continue
        first = highest_at_first(history, "quiet_fractions", "ten_looks", name)
        now = history.value(-1, "quiet_fractions", "ten_looks", name)
        limit = max(most_silent, first + max(more, _chance(first, size_of(history, name))))
        if first < most_silent and now > limit:
            found.append(Alarm(
                "silent population", AMBER, name, now, limit, step_of(history),
                f"{now:.0%} of {name} fired no spike in the last ten looks, at first "
                f"{first:.0%}: look at raster.png and at the weights onto it.",
            ))  # fmt: skip
    return gathered(found)


def _pooled_rate(history: History, name: str | None, least_hz: float) -> float:
    """Mean rate over as many of the last looks as silence needs, Hz; NaN while there are fewer."""
    path = ("mean_rate_hz",) if name is None else ("population_rates_hz", name)
    if not history.value(-1, *path) < least_hz:
        return float("nan")
    seconds = neuron_seconds(history, name)
    if math.isnan(seconds):
        n_looks = 2
    else:
        usual_hz = usual(history, *path).median
        expected = max(
            seconds * least_hz / _EXPECTED_AT_LEAST, seconds * usual_hz / _EXPECTED_USUALLY
        )
        n_looks = max(2, math.ceil(1 / expected)) if expected > 0 else _MOST_POOLED_LOOKS + 1
    if n_looks > min(_MOST_POOLED_LOOKS, len(history)):
        return float("nan")
    rates = values(history, last_places(history, n_looks), *path)
    return sum(rates) / n_looks if len(rates) == n_looks else float("nan")


def _is_long(history: History, name: str) -> bool:
    """Whether ten looks tell a silent neuron: they are long, or its population fires fast.

    Of many healthy neurons half fire nothing in two seconds.
    """
    seconds = 10 * history.value(-1, "n_steps") * history.value(-1, "dt_ms") / 1000
    rate_hz = at_first(history, "population_rates_hz", name)
    return seconds >= _TEN_LOOKS_S or seconds * rate_hz >= _SPIKES_IN_TEN_LOOKS


def _chance(part: float, size: float) -> float:
    """What chance may add to a silent part of so many neurons: three standard deviations.

    0 if it is unknown how many they are.
    """
    if not size > 0:
        return 0.0
    # With few neurons, none of which was quiet at first, it is not known that none would be.
    likely = (part * size + 2) / (size + 4)
    return 3 * _TOGETHER * math.sqrt(max(2 * likely * (1 - likely), 0.0) / size)


@needs("quiet_fractions", "twenty_looks")
def dead_neurons(history: History, *, more: float = 0.1) -> list[Alarm]:
    """Neurons without a spike in twenty looks running: ten points more than in the first counts.

    The first counts are those of looks 20 to 29, of which the highest is taken. Judged are all
    neurons, and each population of at least ten, in which the rise must also be
    more than chance.

    Args:
        history: the run up to the look.
        more: by how much that part of the neurons must have grown.

    Example:
        >>> rows = [{"step": k, "quiet_fractions": {"twenty_looks": {"all": 0.02 + 0.2 * (k > 1)}}}
        ...         for k in (1, 2)]
        >>> dead_neurons(History(rows))[0].value
        0.22
    """
    path, found = ("quiet_fractions", "twenty_looks"), []
    for name in names_at_last(history, *path):
        is_all = name == "all"
        size = history.value(-1, "n_neurons") if is_all else size_of(history, name)
        if size < LEAST_NEURONS:
            continue
        first, now = highest_at_first(history, *path, name), history.value(-1, *path, name)
        limit = first + max(more, _chance(first, size))
        if now > limit:
            who = "all neurons" if is_all else name
            found.append(Alarm(
                "dead neurons", AMBER, None if is_all else name, now, limit, step_of(history),
                f"{now:.0%} of {who} fired no spike in the last twenty looks, at first "
                f"{first:.0%}: look at their weights, and at losses on rates.",
            ))  # fmt: skip
    return gathered(found)


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
    return Alarm(
        "runaway", RED, name, now, limit, step_of(history),
        f"{name or 'All neurons together'} fire at {now:.3g} Hz, more than {limit:.3g} Hz, {why}: "
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
