"""The alarms of a run over its steps: which stood when, and how the figure shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.text import Text

from keras_v1_activity.figures.kit import parts, style, wording
from keras_v1_activity.figures.kit.alarm_mark import COLOURS
from keras_v1_activity.history import History

MOST_NAMES: Final = 6
"""The strip of alarms has room for so many."""
_LONGEST, _FONT, _FULL_SIZE = 30, 9.0, 22


class Standing(NamedTuple):
    """An alarm while it stands.

    Attributes:
        name: e.g. "runaway".
        population: that it is about; "" for none.
        level: "red" or "amber"; "" if it is not known.
        first: the first step of a look at which it stood.
        last: the last one; it stood in all looks between.
    """

    name: str
    population: str
    level: str
    first: int
    last: int


def alarms_of(history: History) -> list[Standing]:
    """The alarms of a run, each as long as it stood, in the order in which they began.

    Args:
        history: rows whose entry ``alarms`` lists the alarms standing at that look, each a name or
            a dict with ``name``, ``level`` and ``population``.

    Example:
        >>> rows = [{"step": 1}, {"step": 2, "alarms": ["runaway"]}, {"step": 3, "alarms": []}]
        >>> alarms_of(History(rows))
        [Standing(name='runaway', population='', level='', first=2, last=2)]
    """
    found: list[Standing] = []
    standing: dict[tuple[str, str], int] = {}
    for row in history:
        step = int(row["step"])
        now: dict[tuple[str, str], int] = {}
        for *named, level in _entries(row.get("alarms")):
            name, population = named
            place = standing.get((name, population), now.get((name, population)))
            if place is None:
                place = len(found)
                found.append(Standing(name, population, level, step, step))
            level = worst([found[place].level, level])
            found[place] = found[place]._replace(level=level, last=step)
            now[name, population] = place
        standing = now
    return found


def worst(levels: Sequence[str]) -> str:
    """The gravest of levels: red before amber before an unknown one.

    Example:
        >>> worst(["", "red", "amber"])
        'red'
    """
    return max(levels, key=("", "amber", "red").index)


def colour_of(level: str) -> str:
    """Of a level; an unknown one is amber.

    Example:
        >>> colour_of("red")
        '#C00000'
    """
    return COLOURS.get(level, COLOURS["amber"])


def status(history: History, found: Sequence[Standing]) -> tuple[str, str]:
    """Words and colour for the alarms that stand at the last look; no words if nobody judges.

    Example:
        >>> status(History([{"step": 1, "alarms": []}]), [])[0]
        'no alarm stands'
    """
    if not any(_is_list(row.get("alarms")) for row in history):
        return "", style.INK
    last = int(history.steps[-1])
    standing = [alarm for alarm in found if alarm.last == last]
    if not standing:
        return "no alarm stands", style.RIGHT
    level = worst([alarm.level for alarm in standing])
    names = list(dict.fromkeys(alarm.name for alarm in standing if alarm.level == level))
    n_more = len({alarm.name for alarm in standing}) - 1
    more = f" and {n_more} more" if n_more else ""
    return f"{wording.printable(_label(names[0], standing), 30)}{more}", colour_of(level)


def shown_names(found: Sequence[Standing]) -> list[str]:
    """Names of the alarms that there is room for: red and late ones, in the order of time.

    Example:
        >>> shown_names([Standing("runaway", "", "red", 1, 2), Standing("drift", "", "", 2, 2)])
        ['runaway', 'drift']
    """
    ranked = sorted(found, key=lambda alarm: (worst([alarm.level]), alarm.last), reverse=True)
    chosen = list(dict.fromkeys(alarm.name for alarm in ranked))[:MOST_NAMES]
    return [name for name in dict.fromkeys(alarm.name for alarm in found) if name in chosen]


def draw_strip(axes: Axes, names: Sequence[str], found: Sequence[Standing]) -> list[Text]:
    """A row for each name: bars while such an alarm stood, and the name.

    Example:
        >>> [text.get_text() for text in draw_strip(
        ...     axes, ["runaway"], [Standing("runaway", "e5ET", "red", 1, 2)])]
        ['runaway e5ET']
    """
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    axes.set_facecolor(style.PANEL)
    for alarm in sorted(found, key=lambda alarm: ("", "amber", "red").index(alarm.level)):
        if alarm.name in names:
            row = names.index(alarm.name)
            axes.plot(
                [alarm.first, alarm.last], [row, row], color=colour_of(alarm.level), linewidth=5,
                marker="s", markersize=4.5, zorder=3,
            )  # fmt: skip
    n = len({alarm.name for alarm in found})
    parts.panel_heading(axes, f"alarms, {len(names)} of {n}" if n > len(names) else "alarms")
    texts = []
    for row, name in enumerate(names):
        level = worst([alarm.level for alarm in found if alarm.name == name])
        label = wording.printable(_label(name, found), _LONGEST)
        texts.append(
            axes.text(
                1.03, row, label, va="center", fontsize=min(_FONT, _FONT * _FULL_SIZE / len(label)),
                transform=axes.get_yaxis_transform(), color=colour_of(level),
            )
        )  # fmt: skip
    return texts


def _label(name: str, found: Sequence[Standing]) -> str:
    """The name, with the population that it is about or how many they are."""
    populations = {alarm.population for alarm in found if alarm.name == name} - {""}
    if len(populations) > 1:
        return f"{name}, {len(populations)} pop."
    return " ".join([name, *populations])


def _entries(entry: object) -> list[tuple[str, str, str]]:
    """(name, population, level) of each alarm of a row."""
    found = []
    for alarm in entry if _is_list(entry) else ():
        given = alarm if isinstance(alarm, Mapping) else {"name": alarm}
        level = str(given.get("level") or "").lower()
        name, population = (str(given.get(key) or "") for key in ("name", "population"))
        found.append((name or "alarm", population, level if level in COLOURS else ""))
    return found


def _is_list(entry: object) -> bool:
    return isinstance(entry, Sequence) and not isinstance(entry, (str, bytes))
