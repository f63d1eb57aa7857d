"""Rules on numbers that cannot be right: not finite, out of range, of the wrong sign."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from keras_v1_activity.alarms.alarm import AMBER, RED, Alarm, needs
from keras_v1_activity.alarms.looks import at_last, entry_at, names_at_last, step_of, usual
from keras_v1_activity.history import History


def not_finite(history: History) -> Alarm | None:
    """Any NaN or infinite number in losses and metrics, potentials, readout, gradients, weights.

    Red, at the first look that has one.

    Example:
        >>> not_finite(History([{"step": 7, "scalars": {"loss": float("nan")}}])).text
        'Not finite: loss. Look at the learning rate and at the last good look.'
    """
    where = list(_not_finite_in(history[-1])) if len(history) else []
    if not where:
        return None
    names = ", ".join(name for name, _ in where)
    return Alarm(
        "not finite", RED, None, float(sum(n for _, n in where)), 0.0, step_of(history),
        f"Not finite: {names}. Look at the learning rate and at the last good look.",
    )  # fmt: skip


def _not_finite_in(row: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    """What is not finite, and how many numbers."""
    scalars = row.get("scalars")
    if isinstance(scalars, Mapping):
        for name, value in scalars.items():
            # A summary.json, which holds no NaN, has null in its place.
            if value is None or isinstance(value, float) and not math.isfinite(value):
                yield str(name), 1
    health = row.get("health")
    counts = health.get("not_finite") if isinstance(health, Mapping) else None
    found = {"potentials, input or readout": row.get("nan_count")}
    found.update(counts if isinstance(counts, Mapping) else {})
    for name, count in found.items():
        if isinstance(count, (int, float)) and count > 0:
            yield str(name), int(count)


@needs("voltage_below_range_fraction")
def potential_out_of_range(
    history: History, *, most: float = 0.05, more: float = 0.1
) -> Alarm | None:
    """More than 5 % of the recorded potentials lie below E_L - (V_th - E_L).

    In each of the last three looks, and ten points more than in the first looks; until these are
    known, more than 15 %. A look knows the potentials of a few neurons only, in a fraction of a
    second, and healthy training may raise their part from 2 % to 6 %, in single looks to 9 %.

    Args:
        history: the run up to the look.
        most: part of the samples of potential that may lie there.
        more: by how much that part must have grown since the first looks.

    Example:
        >>> rows = [{"step": k, "voltage_below_range_fraction": 0.3} for k in range(3)]
        >>> potential_out_of_range(History(rows)).value
        0.3
    """
    now, _ = at_last(history, "voltage_below_range_fraction")
    first = usual(history, "voltage_below_range_fraction")
    is_known = not math.isnan(first.median)
    usual_most = first.median + max(more, 3 * first.scatter) if is_known else most + more
    limit = max(most, usual_most)
    if not now > limit:
        return None
    return Alarm(
        "potential out of range", AMBER, None, now, limit, step_of(history),
        f"{now:.0%} of the recorded potentials lie further below rest than threshold lies above "
        "it: look at voltages.png and at inhibitory weights.",
    )  # fmt: skip


@needs("health", "dale_violations")
def dale(history: History) -> list[Alarm]:
    """Weights of the wrong sign, by population of the source (Dale's law). Red.

    Example:
        >>> row = {"step": 1, "health": {"dale_violations": {"i4Pvalb": 3, "all": 3}}}
        >>> dale(History([row]))[0].value
        3.0
    """
    path = "health", "dale_violations"
    counts = entry_at(history, -1, *path)
    names = [name for name in names_at_last(history, *path) if name != "all"] or ["all"]
    return [
        Alarm(
            "Dale", RED, None if name == "all" else name, float(counts[name]), 0.0,
            step_of(history),
            f"{counts[name]:,} weights of {'all neurons' if name == 'all' else name} have the "
            "wrong sign: look at the constraint of the weights and at what was restored.",
        )
        for name in names
        if isinstance(counts.get(name), (int, float)) and counts[name] > 0
    ]  # fmt: skip
