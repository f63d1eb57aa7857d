"""The rule on the recording itself: looks that were lost, figures that were left out."""

from __future__ import annotations

from typing import Final

from keras_v1_activity.alarms.alarm import AMBER, Alarm, needs
from keras_v1_activity.alarms.looks import step_of
from keras_v1_activity.history import History

LOSSES: Final[dict[str, str]] = {
    "captures_failed": "looks could not be taken",
    "saves_failed": "looks could not be stored",
    "figures_failed": "figures could not be drawn",
    "figures_dropped": "figures were left out",
}
"""What is counted of a run that should be none, and how it is said."""


@needs("recording")
def looking_degraded(history: History) -> Alarm | None:
    """Since the look before, looks were lost, figures left out, or looks are taken less often.

    The last is so if looks cost more than `max_overhead`. Figures that are drawn later are not
    left out.

    Example:
        >>> rows = [{"step": k, "recording": {"saves_failed": k - 1}} for k in (1, 2)]
        >>> looking_degraded(History(rows)).text
        '1 looks could not be stored: look at first_causes in run.json.'
    """
    found, total = [], 0.0
    for name, words in LOSSES.items():
        new = _grown(history, name)
        if new > 0:
            found.append(f"{new:,.0f} {words}")
            total += new
    if len(history) > 1 and _grown(history, "interval_factor") > 0:
        factor = history.value(-1, "recording", "interval_factor")
        found.append(f"max_overhead was reached, and {factor:.3g} times fewer steps are logged")
        total += 1
    if not found:
        return None
    return Alarm(
        "looking degraded", AMBER, None, total, 0.0, step_of(history),
        f"{'; '.join(found)}: look at first_causes in run.json.",
    )  # fmt: skip


def _grown(history: History, name: str) -> float:
    """By how much a count is above that of the look before; NaN if it is unknown."""
    now = history.value(-1, "recording", name)
    return now - history.value(-2, "recording", name) if len(history) > 1 else now
