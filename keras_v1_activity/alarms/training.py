"""Rules on the training itself: gradients, updates, surrogate derivatives, the loss."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from keras_v1_activity.alarms.alarm import AMBER, RED, Alarm, needs
from keras_v1_activity.alarms.gather import gathered
from keras_v1_activity.alarms.looks import (
    LEAST_NEURONS,
    at_first,
    at_last,
    median,
    names_at_last,
    size_of,
    step_of,
    values,
)
from keras_v1_activity.history import History

# A loss that says nothing in so many looks is not asked again.
_MOST_LOOKS = 800
# Standard errors that one chance in ten thousand exceeds, of an error that is known from fifty
# looks, and of one that is known from ten blocks of looks (Student's t of 8 degrees of freedom).
_ERRORS_OF_LOOKS, _ERRORS_OF_BLOCKS = 3.8, 6.4
_BLOCKS = 5
# A healthy loss falls by more than this, however many looks are compared.
_MOST_SURE = 0.1
_GROUPS = {"all", "input", "readout", "recurrent"}


@needs("health")
def vanishing_gradient(
    history: History,
    *,
    least_mean: float = 1e-7,
    least_of_first: float = 1e-3,
    least_update: float = 1e-8,
) -> list[Alarm]:
    """Gradients, or what they change, have become so small that nothing is learned.

    In each of the last three looks the mean absolute gradient of all weights is below 1e-7; or the
    norm of the gradient of any group of weights is below a thousandth of that in the first looks;
    or all updates together are below 1e-8 of the weights.

    Args:
        history: the run up to the look.
        least_mean: mean absolute gradient.
        least_of_first: part of the norm of the first looks.
        least_update: norm of the applied change over norm of the weights.

    Example:
        >>> rows = [{"step": k, "health": {"mean_abs_gradient": {"all": 1e-9}}} for k in range(3)]
        >>> vanishing_gradient(History(rows))[0].threshold
        1e-07
    """
    step, found = step_of(history), []
    _, mean = at_last(history, "health", "mean_abs_gradient", "all")
    if mean < least_mean:
        found.append(Alarm(
            "vanishing gradient", AMBER, None, mean, least_mean, step,
            f"The mean absolute gradient is {mean:.1e}: look at the surrogate derivatives and at "
            "the scale of the loss.",
        ))  # fmt: skip
    for name in _judged(history, "gradient_norm"):
        _, now = at_last(history, "health", "gradient_norm", name)
        limit = least_of_first * at_first(history, "health", "gradient_norm", name)
        if now < limit and not (name == "all" and found):
            found.append(Alarm(
                "vanishing gradient", AMBER, _concerned(name), now, limit, step,
                f"The norm of the gradient of {_called(name)} is {now:.1e}, below "
                f"{least_of_first:g} of that at first: look at what has fallen silent before it.",
            ))  # fmt: skip
    _, update = at_last(history, "health", "update_ratio", "all")
    if update < least_update and not any(alarm.population is None for alarm in found):
        found.append(Alarm(
            "vanishing gradient", AMBER, None, update, least_update, step,
            f"Updates change the weights by {update:.1e} of their size: look at the learning rate.",
        ))  # fmt: skip
    return _by_concern(found)


@needs("health")
def exploding_gradient(
    history: History,
    *,
    times_usual: float = 100.0,
    looks: int = 50,
    least_looks: int = 5,
    most_update: float = 10.0,
) -> list[Alarm]:
    """A gradient a hundred times larger than usual, or updates ten times as large as the weights.

    Usual is the median norm of the 50 looks before, of at least five. The updates must be so in
    each of the last three looks. Red.

    Args:
        history: the run up to the look.
        times_usual: how many times the usual norm is too much.
        looks, least_looks: how many looks before count.
        most_update: norm of the applied change over norm of the weights.

    Example:
        >>> norms = [1.0] * 9 + [500.0]
        >>> rows = [{"step": k, "health": {"gradient_norm": {"all": norm}}}
        ...         for k, norm in enumerate(norms)]
        >>> exploding_gradient(History(rows))[0].value
        500.0
    """
    step, found = step_of(history), []
    before = range(max(len(history) - 1 - looks, 0), len(history) - 1)
    for name in _judged(history, "gradient_norm"):
        now = history.value(-1, "health", "gradient_norm", name)
        usual = values(history, before[-least_looks:], "health", "gradient_norm", name)
        if not now > times_usual * min(usual, default=math.inf):
            continue  # it is not even so against the last looks
        usual = values(history, before, "health", "gradient_norm", name)
        limit = times_usual * median(usual)
        if len(usual) >= least_looks and now > limit > 0:
            found.append(Alarm(
                "exploding gradient", RED, _concerned(name), now, limit, step,
                f"The norm of the gradient of {_called(name)} is {now:.1e}, over "
                f"{times_usual:g} times its median: look at the learning rate and at clipping.",
            ))  # fmt: skip
    named = {alarm.population for alarm in found}
    for name in _judged(history, "update_ratio"):
        ratio, _ = at_last(history, "health", "update_ratio", name)
        if ratio > most_update and (name if name not in _GROUPS else None) not in named:
            found.append(Alarm(
                "exploding gradient", RED, _concerned(name), ratio, most_update, step,
                f"Updates change {_called(name)} by {ratio:.3g} times their size: look at the "
                "learning rate.",
            ))  # fmt: skip
    return _by_concern(found)


def _judged(history: History, number: str) -> list[str]:
    """Groups of weights; not those onto so few neurons that one spike is a hundred times more."""
    names = names_at_last(history, "health", number)
    return [name for name in names if not size_of(history, name) < LEAST_NEURONS]


def _concerned(name: str) -> str | None:
    """The population that a group of weights ends on; None if it is of no single one."""
    return None if name in _GROUPS else name


def _by_concern(found: list[Alarm]) -> list[Alarm]:
    """One alarm for the weights of no single population, and one for those onto many."""
    groups = [alarm for alarm in found if alarm.population is None]
    named = gathered([alarm for alarm in found if alarm.population is not None])
    if not groups:
        return named
    others = [alarm for alarm in named if alarm.population is not None]
    more = [alarm.text for alarm in groups[1:]]
    if len(others) == len(named):
        return [_with_more(groups[0], more), *others]
    # Those onto many populations have no alarm of their own beside one without a population.
    populations = named[0].populations
    more.append(f"So it is with the weights onto {len(populations)} populations.")
    return [replace(_with_more(groups[0], more), populations=populations)]


def _with_more(alarm: Alarm, more: list[str]) -> Alarm:
    return replace(alarm, text=" ".join([alarm.text, *more]))


def _called(name: str) -> str:
    if name == "all":
        return "all weights"
    return f"the {name} weights" if name in _GROUPS else f"the weights onto {name}"


@needs("health", "surrogate_occupancy")
def surrogate_starvation(
    history: History, *, least: float = 0.05, least_of_first: float = 0.25
) -> list[Alarm]:
    """Too few neurons are near enough to threshold for a gradient to pass them.

    Occupancy is the part of (neuron, ms) whose surrogate derivative is above 1 % of its peak. In
    each of the last three looks it is below 5 %, for the whole network; or below a quarter of that
    of the first looks, for the network or a population of at least ten neurons
    (Rossbroich, Gygax & Zenke 2022, Neuromorph. Comput. Eng. 2:044016, on why it matters).

    Args:
        history: the run up to the look.
        least: occupancy of the whole network.
        least_of_first: part of the occupancy at first.

    Example:
        >>> rows = [{"step": k, "health": {"surrogate_occupancy": {"all": 0.01}}} for k in range(3)]
        >>> surrogate_starvation(History(rows))[0].threshold
        0.05
    """
    path, found = ("health", "surrogate_occupancy"), []
    for name in names_at_last(history, *path):
        is_all = name == "all"
        if not is_all and size_of(history, name) < LEAST_NEURONS:
            continue
        _, now = at_last(history, *path, name)
        if not now < max(least_of_first, least):
            continue  # the occupancy was at most 1 at first
        first = at_first(history, *path, name)
        limits = [limit for limit in (least * is_all, least_of_first * first) if now < limit]
        if limits:
            found.append(Alarm(
                "surrogate starvation", AMBER, _concerned(name), now, max(limits),
                step_of(history),
                f"{now:.1%} of {'all neurons' if is_all else name} have a surrogate derivative to "
                "speak of: look at the potentials, whether they are far below or above threshold.",
            ))  # fmt: skip
    return gathered(found)


@needs("scalars", "loss")
def not_learning(
    history: History, *, least: float = 1e-3, looks: int = 50, sure: float = 0.02
) -> Alarm | None:
    """The loss has become better by less than 0.1 % over 50 looks.

    The mean of the later half of these looks is compared with that of the earlier half. If losses
    vary so much that an improvement of 2 % might not be seen, twice as many looks are
    compared, in which 4 % must be seen, and so on up to 10 %; as long as these are not there,
    nothing is found. Keras gives the mean loss of an epoch so far; judged is that of the batches
    since the look before.

    Args:
        history: the run up to the look.
        least: by which part the loss should become less.
        looks: how many looks are compared.
        sure: the greatest improvement in so many looks that chance may hide, once in ten thousand.

    Example:
        >>> rows = [{"step": k, "scalars": {"loss": 2.3}} for k in range(60)]
        >>> not_learning(History(rows)).value
        0.0
    """
    while looks <= min(len(history), _MOST_LOOKS):
        places = range(len(history) - looks, len(history))
        losses = _losses(history, places)
        if len(losses) < looks // 2:
            return None
        old, new = np.array_split(losses, 2)
        size = max(abs(float(old.mean())), 1e-12)
        better = float(old.mean() - new.mean()) / size
        if better >= least:
            return None
        if better + _hidden(old, new) / size < sure:
            change = f"better by {better:.2%}" if better >= 0 else f"worse by {-better:,.2%}"
            return Alarm(
                "not learning", AMBER, None, better, least, step_of(history),
                f"The loss has become {change} over {looks} looks: look at the "
                "learning rate, at the labels, and whether the network is done.",
            )  # fmt: skip
        looks, sure = 2 * looks, min(2 * sure, max(sure, _MOST_SURE))
    return None


def _losses(history: History, places: range) -> np.ndarray:
    """Finite losses of looks: of the batches since the look before, if these are known."""
    found = []
    for place in places:
        loss, n = history.value(place, "scalars", "loss"), history.value(place, "epoch_batch")
        before = history.value(place - 1, "epoch_batch") if place else math.nan
        if before < n:
            earlier = history.value(place - 1, "scalars", "loss")
            since = (n * loss - before * earlier) / (n - before)
            loss = loss if math.isnan(since) else since
        found.append(loss)
    losses = np.array(found)
    return losses[np.isfinite(losses)]


def _hidden(old: np.ndarray, new: np.ndarray) -> float:
    """What chance may hide in the difference of two means of looks.

    The scatter is that from each look to the next, so that a trend hardly counts; or, if that is
    more, from block to block, because what a program gives may be a running mean.
    """
    looks = _ERRORS_OF_LOOKS * math.sqrt(_variance_of_mean(old) + _variance_of_mean(new))
    if min(len(old), len(new)) < _BLOCKS:
        return looks
    blocks = [[block.mean() for block in np.array_split(half, _BLOCKS)] for half in (old, new)]
    variance = sum(_variance_of_mean(np.array(half)) for half in blocks)
    return max(looks, _ERRORS_OF_BLOCKS * math.sqrt(variance))


def _variance_of_mean(numbers: np.ndarray) -> float:
    """Of the mean of numbers about their trend: half the mean square of what differs."""
    return float(np.mean(np.diff(numbers) ** 2) / 2 / len(numbers)) if len(numbers) > 1 else 0.0
