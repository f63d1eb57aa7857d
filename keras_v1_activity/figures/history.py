"""The history of a run: rates of populations, loss, similarity, synchrony and alarms over steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator

from keras_v1_activity.figures import history_alarms as alarms
from keras_v1_activity.figures import history_series as series
from keras_v1_activity.figures.history_panels import draw_panels, mark_alarms
from keras_v1_activity.figures.history_rates import draw_rates
from keras_v1_activity.figures.kit import parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Drawing, Handles
from keras_v1_activity.figures.kit.scale import Scale, panel
from keras_v1_activity.history import History

_LEFT, _RATES_WIDTH = 0.075, 0.375
_BOTTOM, _TOP = 0.1, 0.855
_PANELS = (0.655, _BOTTOM, 0.318, _TOP - _BOTTOM)
# Of each alarm in the strip below the rates, in figure fractions.
_ALARM_HEIGHT = 0.034


def draw(history: History, figure: AnyFigure) -> Handles:
    """Draws the history of a run into `figure`.

    Returns:
        dict: ``axes`` (rates), ``rates`` (Line2D by population), ``recorded`` (Line2D by
        population, where known), ``trends`` (Line2D by population, of 20 points or more),
        ``labels`` (Text by population), ``panels`` (Axes by name: loss,
        accuracy, similarity, synchrony, silent; those of which something is known), ``lines`` (dict
        of Line2D by panel), ``alarms`` (list of `Standing`), ``alarm_axes``, ``title``,
        ``verdict``, ``note``.

    Example:
        >>> rows = [{"step": s, "population_rates_hz": {"e4Rorb": 2.0}} for s in (100, 200)]
        >>> from keras_v1_activity.figures.kit.drawing import Drawing
        >>> sorted(draw(History(rows), Drawing())["rates"])
        ['e4Rorb']
    """
    found = alarms.alarms_of(history)
    handles = _headline(figure, history, found)
    names = alarms.shown_names(found)
    strip = len(names) * _ALARM_HEIGHT + 0.075 if names else 0.0
    axes = panel(figure, (_LEFT, _BOTTOM + strip, _RATES_WIDTH, _TOP - _BOTTOM - strip))
    handles |= draw_rates(axes, history)
    handles |= draw_panels(figure, _PANELS, history)
    parts.caption(figure, _caption(history, handles), left=_LEFT)
    every = [axes, *handles["panels"].values()]
    alarm_axes = None
    if names:
        box = (_LEFT, _BOTTOM, _RATES_WIDTH, len(names) * _ALARM_HEIGHT)
        alarm_axes = panel(figure, box, sharex=axes)
        alarms.draw_strip(alarm_axes, names, found)
        mark_alarms(every, [(alarm.first, alarms.colour_of(alarm.level)) for alarm in found])
    if len(history):
        _step_axes([axes, *handles["panels"].values()], alarm_axes, history)
    return {**handles, "axes": axes, "alarms": found, "alarm_axes": alarm_axes}


def draw_history(history: History, dpi: float = 100) -> Drawing:
    """Draws the numbers of a run over its steps.

    Args:
        history: of a run; see `keras_v1_activity.storage.Run.history`.
        dpi: dots per inch; the figure is 10 x 6 inches.

    Returns:
        `Drawing`; what was drawn is in its ``handles``, ``save`` writes it as a small PNG.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> drawing = draw_history(load_activity("logs").history)
        >>> drawing.handles["title"].get_text(), drawing.save("history.png")
        ('History of the run', 'history.png')
    """
    with style.own_style():
        return draw_in_any_style(history, dpi)


def draw_in_any_style(history: History, dpi: float) -> Drawing:
    """As `draw_history`, in whatever style is set: see `kit.style.own_style`.

    Example:
        >>> with style.own_style():
        ...     drawing = draw_in_any_style(History(), dpi=100)
    """
    drawing = Drawing(dpi=dpi)
    drawing.handles |= draw(history, drawing)
    return drawing


def _headline(figure: AnyFigure, history: History, found: Sequence[alarms.Standing]) -> Handles:
    """The title, and which alarms stand at the last look."""
    options: dict[str, Any] = {"fontweight": "bold", "va": "center"}
    title = figure.text(_LEFT, 0.965, "History of the run", fontsize=14, **options)
    words, colour = alarms.status(history, found)
    verdict = figure.text(0.973, 0.965, words, fontsize=13, color=colour, ha="right", **options)
    return {"title": title, "verdict": verdict}


def _caption(history: History, drawn: Handles) -> str:
    steps = history.steps
    if not len(steps):
        return ""
    span = f"step {steps[0]:,}" if len(steps) == 1 else f"steps {steps[0]:,} to {steps[-1]:,}"
    words = [f"{wording.count(len(steps), 'look')}, {span}"]
    group = series.looks_a_point(len(steps))
    if group > 1:
        words.append(f"means of {group} looks")
    if drawn["trends"]:
        words.append("bold: running median")
    if drawn["recorded"]:
        words.append("◇ recorded (Siegle et al. 2021)")
    return "     ".join(words)


def _step_axes(every: Sequence[Axes], alarm_axes: Axes | None, history: History) -> None:
    """All panels show the same steps; they are written below the lowest of each column."""
    steps = history.steps
    low, high = (float(steps[0]), float(steps[-1])) if len(steps) else (0.0, 1.0)
    pad = 0.02 * (high - low) or max(0.02 * high, 1.0)
    named = [alarm_axes or every[0], *every[-1:]] if every[1:] else [alarm_axes or every[0]]
    for axes in [*every, *([alarm_axes] if alarm_axes else [])]:
        axes.set_xlim(low - pad, high + pad)
        if len(steps) == 1:
            axes.xaxis.set_major_locator(FixedLocator([low]))
        else:
            axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], integer=True))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 0 else "")
        if axes in named:
            axes.set_xlabel("training step")
        Scale(axes, "bottom", labels=axes in named)
