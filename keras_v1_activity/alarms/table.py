"""Alarms as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from keras_v1_activity.alarms.alarm import RED, Alarm

_LONGEST = 30


def table(alarms: Sequence[Alarm], most: int = _LONGEST) -> list[str]:
    """A line for each alarm, red ones that stand first; below a line with the names of columns.

    Example:
        >>> for line in table([Alarm("Dale", RED, "i4Pvalb", 3, 0, 40, "Look at it.")]):
        ...     print(line)
          level  alarm                 population   from step  to step  what to look at
          red    Dale                  i4Pvalb             40        -  Look at it.
    """
    order = sorted(alarms, key=lambda alarm: (not alarm.stands, alarm.level != RED, alarm.step))
    lines = [
        f"  {'level':<5}  {'alarm':<20}  {'population':<11}  {'from step':>9}  {'to step':>7}  "
        "what to look at"
    ]
    for alarm in order[:most]:
        end = "-" if alarm.cleared_step is None else f"{alarm.cleared_step:,}"
        lines.append(
            f"  {alarm.level:<5}  {alarm.name:<20}  {alarm.population or '-':<11}  "
            f"{alarm.step:>9,}  {end:>7}  {alarm.text}"
        )
    if len(order) > most:
        lines.append(f"  and {len(order) - most:,} more in run.json")
    return lines
