"""Rules on how much neurons fire: too little, none any more, too much."""

from __future__ import annotations

from functools import cache

import numpy as np

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.populations import describe_population
from keras_v1_activity.alarms.alarm import AMBER, RED, Alarm, needs
from keras_v1_activity.alarms.looks import (
    LEAST_NEURONS,
    at_first,
    at_last,
    first_places,
    is_surely_above,
    last_places,
    median,
    names_at_last,
    neuron_seconds,
    size_of,
    step_of,
    values,
)
from keras_v1_activity.history import History

# So many spikes would be expected at the lowest healthy rate before silence means something.
_EXPECTED_SPIKES = 3.0
_MOST_POOLED_LOOKS = 50


@needs("population_rates_hz")
def silent_population(
    history: History,
    *,
    least_hz: float = 0.1,
    most_silent: float = 0.5,
    looks: int = 10,
    more: float = 0.1,
) -> list[Alarm]:
    """A population that fires less than 0.1 Hz, or half of which has fallen silent.

    The rate is that of the last two looks; of more, up to 50, for a population so small that
    fewer than three spikes would be expected at `least_hz`. Neurons without a spike are counted as
    the median over the last ten looks against the first ten. Red if the whole network is silent.

    Args:
        history: the run up to the look.
        least_hz: the lowest healthy rate, Hz.
        most_silent: part of the neurons that may be without a spike in a look.
        looks: how many looks count for that.
        more: by how much that part must have grown since the first looks.

    Example:
        >>> rows = [{"step": k, "n_steps": 600, "dt_ms": 1, "population_sizes": {"e4": 200},
        ...          "population_rates_hz": {"e4": 0.0}} for k in (1, 2)]
        >>> [(alarm.name, alarm.population, alarm.level) for alarm in
        ...  silent_population(History(rows))]
        [('silent population', 'e4', 'red')]
    """
    names = names_at_last(history, "population_rates_hz")
    quiet = {
        name: rate for name in names if (rate := _pooled_rate(history, name, least_hz)) < least_hz
    }
    everything = len(quiet) == len(names)
    found = [
        Alarm(
            "silent population", RED if everything else AMBER, name, rate, least_hz,
            step_of(history),
            f"{name} fires at {rate:.2g} Hz, below {least_hz:g} Hz: look at its input and at the "
            "inhibition it gets (population.png, voltages.png).",
        )
        for name, rate in quiet.items()
    ]  # fmt: skip
    for name in names:
        if name not in quiet and size_of(history, name) >= LEAST_NEURONS:
            first = at_first(history, "silent_fractions", name, n_looks=looks)
            now = at_last(history, "silent_fractions", name, n_looks=looks)
            if first < most_silent < now and now > first + more:
                found.append(Alarm(
                    "silent population", AMBER, name, now, most_silent, step_of(history),
                    f"{now:.0%} of {name} fire no spike in a look, at first {first:.0%}: look at "
                    "raster.png and at the weights onto it.",
                ))  # fmt: skip
    return found


def _pooled_rate(history: History, name: str, least_hz: float) -> float:
    """Mean rate over as many of the last looks as silence needs, Hz; NaN before there are so many."""
    expected = neuron_seconds(history, name) * least_hz
    if np.isnan(expected):
        expected = _EXPECTED_SPIKES  # its size is not known
    n_looks = max(2, int(np.ceil(_EXPECTED_SPIKES / expected))) if expected > 0 else 0
    if not 2 <= n_looks <= min(_MOST_POOLED_LOOKS, len(history)):
        return float("nan")
    rates = values(history, last_places(history, n_looks), "population_rates_hz", name)
    return sum(rates) / n_looks if len(rates) == n_looks else float("nan")


@needs("quiet_fractions")
def dead_neurons(history: History, *, more: float = 0.1, least_neurons: int = 50) -> list[Alarm]:
    """Neurons without a spike in twenty looks running: more than ten points above the first count.

    Judged are all neurons, and each population that is large enough for ten points to be five
    neurons. `more` is a part of the neurons, `least_neurons` the size of a judged population.

    Example:
        >>> rows = [{"step": k, "quiet_fractions": {"all": 0.02 + 0.2 * (k > 1)}} for k in (1, 2)]
        >>> dead_neurons(History(rows))[0].value
        0.22
    """
    found = []
    for name in names_at_last(history, "quiet_fractions"):
        is_all = name == "all"
        if not is_all and not size_of(history, name) >= least_neurons:
            continue
        first = median(values(history, first_places(history, 1), "quiet_fractions", name))
        now = history.value(-1, "quiet_fractions", name)
        if now > first + more:
            who = "all neurons" if is_all else name
            found.append(Alarm(
                "dead neurons", AMBER, None if is_all else name, now, first + more,
                step_of(history),
                f"{now:.0%} of {who} fired no spike in the last twenty looks, at first "
                f"{first:.0%}: look at their weights, and at losses on rates.",
            ))  # fmt: skip
    return found


@needs("population_rates_hz")
def runaway(
    history: History,
    *,
    times_recorded: float = 3.0,
    times_first: float = 3.0,
    least_hz: float = 5.0,
    most_together: float = 0.2,
    times_first_together: float = 1.5,
) -> list[Alarm]:
    """A population that fires far too much, or too many neurons at the same time. Red.

    The median rate of the last three looks is above three times the 95th percentile of recorded
    units (Siegle et al. 2021), or three times that of the first five looks by more than chance; or
    in a bin of 10 ms more than 20 % of all neurons fire, and that is half more than at first.

    Args:
        history: the run up to the look.
        times_recorded: how many times the recorded 95th percentile is too much.
        times_first: how many times the rate of the first looks is too much.
        least_hz: a rate below this is never too much because of the first looks, Hz.
        most_together: part of all neurons that may fire in a bin of 10 ms.
        times_first_together: how many times the part of the first looks it must be.

    Example:
        >>> rows = [{"step": k, "population_rates_hz": {"e4Rorb": 90.0}} for k in range(3)]
        >>> runaway(History(rows))[0].level
        'red'
    """
    found = []
    for name in names_at_last(history, "population_rates_hz"):
        limit, why = _too_much(history, name, times_recorded, times_first, least_hz)
        if limit is not None:
            now = at_last(history, "population_rates_hz", name)
            found.append(Alarm(
                "runaway", RED, name, now, limit, step_of(history),
                f"{name} fires at {now:.3g} Hz, more than {limit:.3g} Hz, {why}: look at "
                "population.png, at the learning rate and at inhibition.",
            ))  # fmt: skip
    together = at_last(history, "peak_fraction")
    first = at_first(history, "peak_fraction")
    if together > most_together and together > times_first_together * first:
        found.append(Alarm(
            "runaway", RED, None, together, max(most_together, times_first_together * first),
            step_of(history),
            f"{together:.0%} of all neurons fire in one bin of 10 ms, at first {first:.0%}: look "
            "at raster.png and at excitation between the neurons.",
        ))  # fmt: skip
    return found


def _too_much(
    history: History, name: str, times_recorded: float, times_first: float, least_hz: float
) -> tuple[float | None, str]:
    """The rate that a population is above, and what it is; None if it is above none."""
    now = at_last(history, "population_rates_hz", name)
    seconds = neuron_seconds(history, name)
    recorded = recorded_percentile_hz(name)
    # A few neurons for half a second say little; three looks of them are not three times as much.
    enough = np.isnan(seconds) or seconds * now >= 10
    if recorded is not None and now > times_recorded * recorded and enough:
        return times_recorded * recorded, f"{times_recorded:g} times what 95 % of recorded units do"
    first = at_first(history, "population_rates_hz", name)
    if now > least_hz and is_surely_above(now, times_first, first, seconds, 3, 5):
        return times_first * first, f"{times_first:g} times its rate at first"
    return None, ""


@cache
def recorded_percentile_hz(population: str) -> float | None:
    """95th percentile of the mean rates of recorded units like a population, Hz; None if unknown.

    Example:
        >>> round(recorded_percentile_hz("e4Rorb"), 1), recorded_percentile_hz("mine")
        (14.3, None)
    """
    member = describe_population(population)
    rates = facts.recorded_rates_hz().get(f"L{member.layer} {member.cell_class}")
    return float(np.percentile(rates, 95)) if rates else None
