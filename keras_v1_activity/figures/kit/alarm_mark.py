"""The mark in the title line of a figure that says which alarms stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from matplotlib.text import Text

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit.drawing import Drawing
from keras_v1_activity.figures.kit.wording import printable

COLOURS: Final[dict[str, str]] = {"red": "#C00000", "amber": "#B36B00"}
"""Of an alarm's mark by its level."""

_SIGN = "\N{BLACK UP-POINTING TRIANGLE}"
# To the title, and to what stands at the right of its line, in figure fractions.
_GAP = 0.015


def mark_alarms(drawing: Drawing, activity: Activity) -> Text | None:
    """Writes the alarms that stood at a look beside the title, as many words as there is room for.

    Args:
        drawing: a figure that is drawn, whose ``handles`` have a ``title``.
        activity: the look, whose details list the alarms: dicts of name and level.

    Returns:
        The text; None if no alarm stood.

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> alarmed = activity.with_details(alarms=[{"name": "runaway", "level": "red"}])
        >>> draw_figure("raster", alarmed).handles["alarms"].get_text()
        '▲ runaway'
    """
    alarms = [one for one in map(_named, activity.details.get("alarms") or ()) if one]
    title: Any = drawing.handles.get("title")
    if not alarms or not isinstance(title, Text):
        return None
    level = "red" if any(alarm[1] == "red" for alarm in alarms) else "amber"
    left, right = _room(drawing, title)
    mark = drawing.text(
        left, title.get_position()[1], "", fontsize=11, fontweight="bold", va="center",
        color=COLOURS[level],
    )  # fmt: skip
    for words in _wordings([name for name, _ in alarms]):
        mark.set_text(words)
        if _span(drawing, mark)[1] <= right:
            break
    return mark


def _named(alarm: object) -> tuple[str, str] | None:
    """(name, level) of an entry, which may be a bare name."""
    if isinstance(alarm, str):
        return printable(alarm, 24), "amber"
    if not isinstance(alarm, Mapping):
        return None
    return printable(alarm.get("name", ""), 24), str(alarm.get("level"))


def _wordings(names: list[str]) -> list[str]:
    """What may be written, from the longest to the shortest."""
    distinct = list(dict.fromkeys(names))
    found = [
        f"{_SIGN} " + ", ".join(distinct[:n]) + (f" +{len(distinct) - n}" * (n < len(distinct)))
        for n in range(min(len(distinct), 3), 0, -1)
    ]
    return [*found, f"{_SIGN} {len(distinct)}", _SIGN]


def _room(drawing: Drawing, title: Text) -> tuple[float, float]:
    """Where the title ends and the next words of its line begin, in figure fractions."""
    low, high = _vertical(drawing, title)
    end = _span(drawing, title)[1]
    starts = [0.99]
    for text in drawing.texts:
        bottom, top = _vertical(drawing, text)
        if text is not title and text.get_text() and bottom < high and top > low:
            start = _span(drawing, text)[0]
            if start >= end:
                starts.append(start - _GAP)
    return end + _GAP, min(starts)


def _span(drawing: Drawing, text: Text) -> tuple[float, float]:
    box = text.get_window_extent().transformed(drawing.transFigure.inverted())
    return float(box.x0), float(box.x1)


def _vertical(drawing: Drawing, text: Text) -> tuple[float, float]:
    box = text.get_window_extent().transformed(drawing.transFigure.inverted())
    return float(box.y0), float(box.y1)
