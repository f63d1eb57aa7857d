"""Rules on neurons that fire too little, or nothing any more."""

from __future__ import annotations

import math

from keras_v1_activity.alarms.alarm import AMBER, RED, Alarm, needs
from keras_v1_activity.alarms.gather import first_of, gathered
from keras_v1_activity.alarms.looks import (
    LAST_LOOKS,
    LEAST_NEURONS,
    at_first,
    highest_at_first,
    last_places,
    names_at_last,
    neuron_seconds,
    size_of,
    step_of,
    told,
    usual,
    values,
)
from keras_v1_activity.history import History

# So many spikes must be expected before silence means something: at the lowest healthy rate, or at
# the usual one, which differs from look to look.
_EXPECTED_AT_LEAST, _EXPECTED_USUALLY = 3.0, 30.0
_MOST_POOLED_LOOKS = 50
# A population that an image now and then does not excite must be silent so long that it would
# happen by chance once in so many looks; never must it be so for more than this.
_BY_CHANCE, _MOST_LOOKS = 1e-7, 10
# Rates differ at least by this factor from look to look, as a standard deviation of logarithms.
_LEAST_SCATTER = 0.3
# Neurons see the same stimuli: in healthy training the part that fires nothing in a stretch of
# looks differs by up to six standard deviations of neurons that are silent each for itself.
_TOGETHER = 2.0
# Ten looks tell silent neurons if they last so long, or a neuron usually fires so often in them.
_TEN_LOOKS_S, _SPIKES_IN_TEN_LOOKS = 5.0, 20.0
# Without a spike in the whole network, however small it is.
_NO_SPIKE_LOOKS = 5
_ADVICE = "look at the input and at inhibition (population.png, voltages.png)."


@needs("population_rates_hz")
def silent_population(
    history: History,
    *,
    least_hz: float = 0.1,
    most_silent: float = 0.5,
    more: float = 0.1,
) -> list[Alarm]:
    """A population that fires less than 0.1 Hz, or half of which has fallen silent.

    Red if no population fires, or those that are silent hold more than half of all neurons, or
    there is no spike in five looks; that is one alarm, and two looks are enough if the whole
    network fires less than 0.1 Hz. Else amber.

    A population must be of at least ten neurons, and below 0.1 Hz in each of the last three looks.
    More, up to 50, are asked for if fewer than three spikes would be expected in them at
    `least_hz`, or fewer than thirty at the usual rate. And more, up to ten, if its rates scatter
    so much in the first looks that three silent ones may happen by chance, or if it was silent
    before and came back: an image may excite a population little.

    Or more than half of its neurons, of at least ten, fired no spike in ten looks running, and at
    first, in looks 10 to 19, it was never half; this needs ten looks of five seconds together, or
    twenty spikes a neuron.

    Args:
        history: the run up to the look.
        least_hz: the lowest healthy rate, Hz.
        most_silent: part of the neurons that may be without a spike in ten looks running; part of
            the network that may be in silent populations before the alarm is red.
        more: by how much that part must have grown since the first looks.

    Example:
        >>> rows = [{"step": k, "n_steps": 600, "dt_ms": 1, "population_sizes": {"e4": 200},
        ...          "population_rates_hz": {"e4": 0.0}} for k in (1, 2)]
        >>> [(alarm.name, alarm.population, alarm.level) for alarm in
        ...  silent_population(History(rows))]
        [('silent population', None, 'red')]
    """
    names = names_at_last(history, "population_rates_hz")
    whole = _silent_network(history, names, least_hz)
    if whole is not None:
        return [whole]
    judged = [name for name in names if not size_of(history, name) < LEAST_NEURONS]
    rates = {name: _lasting_rate(history, name, least_hz) for name in judged}
    quiet = {name: rate for name, rate in rates.items() if rate < least_hz}
    sizes = [size_of(history, name) for name in quiet]
    part = sum(sizes) / history.value(-1, "n_neurons") if quiet else 0.0
    if part > most_silent:
        return [Alarm(
            "silent population", RED, None, part, most_silent, step_of(history),
            f"{part:.0%} of all neurons are in populations that fire below {least_hz:g} Hz "
            f"({first_of(tuple(quiet))}): {_ADVICE}",
            populations=tuple(quiet),
        )]  # fmt: skip
    found = [_silent(history, name, rate, least_hz) for name, rate in quiet.items()]
    for name in judged:
        if name in quiet or not _is_long(history, name):
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


def _silent_network(history: History, names: tuple[str, ...], least_hz: float) -> Alarm | None:
    """The alarm of a network of which nothing fires."""
    if not names:
        return None
    looks = values(history, last_places(history, _NO_SPIKE_LOOKS), "mean_rate_hz")
    nothing = len(looks) == _NO_SPIKE_LOOKS and not any(looks)
    rate = 0.0 if nothing else _pooled_rate(history, None, least_hz)
    if not rate < least_hz:
        rates = [_pooled_rate(history, name, least_hz) for name in names]
        rate = max(rates) if all(each < least_hz for each in rates) else math.nan
    return _silent(history, None, rate, least_hz) if rate < least_hz else None


def _silent(history: History, name: str | None, rate: float, least_hz: float) -> Alarm:
    now, least = told(rate, least_hz, 2)
    return Alarm(
        "silent population", RED if name is None else AMBER, name, rate, least_hz,
        step_of(history),
        f"{name or 'The network'} fires at {now} Hz, below {least} Hz: {_ADVICE}",
    )  # fmt: skip


def _lasting_rate(history: History, name: str, least_hz: float) -> float:
    """The rate of a population that was below in so many looks that it is no chance; else NaN."""
    rate = _pooled_rate(history, name, least_hz)
    if not rate < least_hz:
        return math.nan
    n_looks = _looks_of_no_chance(history, name, least_hz)
    rates = values(history, last_places(history, n_looks), "population_rates_hz", name)
    return rate if len(rates) == n_looks and max(rates) < least_hz else math.nan


def _looks_of_no_chance(history: History, name: str, least_hz: float) -> int:
    """How many looks below a rate, one after the other, are not explained by those before."""
    lowest = 0.5 / max(neuron_seconds(history, name), 1e-9)
    first = usual(history, "population_rates_hz", name, log=True, floor=lowest)
    if math.isnan(first.median):
        return LAST_LOOKS
    below = (first.median - math.log(least_hz)) / max(first.scatter, _LEAST_SCATTER)
    chance = 0.5 * math.erfc(below / math.sqrt(2))
    rates = values(history, range(len(history)), "population_rates_hz", name)
    while rates and rates[-1] < least_hz:
        rates.pop()  # the silence that is judged
    silent = sum(rate < least_hz for rate in rates)
    if silent:
        # Rates are no normal distribution: a population that was silent and came back may do so
        # as often as it did.
        chance = max(chance, (silent + 1) / (len(rates) + 2))
    if chance <= _BY_CHANCE ** (1 / LAST_LOOKS):
        return LAST_LOOKS
    return min(math.ceil(math.log(_BY_CHANCE) / math.log(min(chance, 0.9))), _MOST_LOOKS)


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
