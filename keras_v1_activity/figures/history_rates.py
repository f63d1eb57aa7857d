"""The rates of the populations over the steps of a run, each named at the end of its curve."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

from keras_v1_activity.activity.populations import Population, Populations
from keras_v1_activity.figures import history_series as series
from keras_v1_activity.figures.history_series import Curve, thinned
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.drawing import Handles
from keras_v1_activity.figures.kit.scale import Scale
from keras_v1_activity.history import History

# Rates below are shown linearly, so that 0 has a place.
_LINEAR_HZ: Final = 0.1
_LABEL_POINTS: Final = 10.5
_RECORDED_AT, _LABEL_AT = 1.045, 1.085
MARKED_POINTS: Final = 40
"""A curve of at most so many points has a mark at each."""


def draw_rates(axes: Axes, history: History) -> Handles:
    """Curves, diamonds at the recorded rates beside them, and names.

    Example:
        >>> rows = [{"step": s, "population_rates_hz": {"e4Rorb": 2.0}} for s in (100, 200)]
        >>> draw_rates(axes, History(rows))["rates"]["e4Rorb"].get_ydata().tolist()
        [2.0, 2.0]
    """
    members = _members(history)
    if not members:
        note = parts.empty_panel(axes, "no rates are known" if len(history) else "no look yet")
        return {"rates": {}, "trends": {}, "recorded": {}, "labels": {}, "note": note}
    known = history.known("population_rates_hz")
    steps = known.steps
    curves = {m.name: thinned(steps, known.series("population_rates_hz", m.name)) for m in members}
    _limit(axes, members, curves)
    lines = {m.name: _draw_curve(axes, curves[m.name], m.colour) for m in members}
    smooth = {name: series.trend(each) for name, each in curves.items()}
    trends = {name: each for name, each in smooth.items() if each is not None}
    colour = {m.name: m.colour for m in members}
    bold = {
        name: axes.plot(*each, color=colour[name], linewidth=1.6, zorder=4)[0]
        for name, each in trends.items()
    }
    recorded = {}
    for m in members:
        if m.recorded_rate_hz is not None:
            (recorded[m.name],) = axes.plot(
                [_RECORDED_AT], [m.recorded_rate_hz], transform=axes.get_yaxis_transform(),
                clip_on=False, marker="D", markersize=4.5, markerfacecolor="white",
                markeredgecolor=m.colour, markeredgewidth=1.1, zorder=5,
            )  # fmt: skip
    parts.panel_heading(axes, "mean rate of each population (Hz)")
    Scale(axes, "left")
    labels = _name_curves(axes, members, {**curves, **trends})
    return {
        "rates": lines, "trends": bold, "recorded": recorded, "labels": labels, "note": None,
    }  # fmt: skip


def _members(history: History) -> tuple[Population, ...]:
    names = [str(name) for name in history.names("population_rates_hz")]
    return Populations.from_names(names).members if names else ()


def _limit(axes: Axes, members: tuple[Population, ...], curves: dict[str, Curve]) -> None:
    """A logarithmic axis with a place for 0, from the least to the greatest rate."""
    values = [*(c.known for c in curves.values()), [m.recorded_rate_hz or np.nan for m in members]]
    every = np.concatenate(values) if members else np.zeros(0)
    every = every[np.isfinite(every)]
    top = max(float(every.max(initial=0.0)), 1.0)
    positive = every[every > 0]
    silent = bool((every <= 0).any())
    least = float(positive.min()) if positive.size else _LINEAR_HZ
    low = 0.0 if silent or least < _LINEAR_HZ else least
    axes.set_yscale("symlog", linthresh=_LINEAR_HZ, linscale=0.35)
    axes.set_ylim(-0.012 if low == 0 else low / 1.4, top * 1.4)
    powers = 10.0 ** np.arange(-1, np.ceil(np.log10(top)) + 1)
    few = top / max(low, _LINEAR_HZ) < 30
    ticks = [f * power for power in powers for f in ((1, 2, 5) if few else (1,))]
    axes.yaxis.set_major_locator(FixedLocator([0.0, *ticks]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")


def _draw_curve(axes: Axes, curve: Curve, colour: str) -> Line2D:
    marker = "o" if len(curve.steps) <= MARKED_POINTS else ""
    is_faint = series.trend(curve) is not None
    (line,) = axes.plot(
        curve.steps, curve.values, color=colour, linewidth=0.7 if is_faint else 1.3,
        marker="" if is_faint else marker, markersize=2.6, alpha=0.3 if is_faint else 1.0, zorder=3,
    )  # fmt: skip
    return line


def _name_curves(
    axes: Axes, members: tuple[Population, ...], curves: dict[str, Curve]
) -> dict[str, Text]:
    """Names at the right in the order of the last rates; every second, third, ... of many."""
    last = {m.name: curves[m.name].known[-1] for m in members if curves[m.name].known.size}
    ranked = sorted((m for m in members if m.name in last), key=lambda m: last[m.name])
    height = axes.bbox.height * 72 / axes.figure.dpi
    most = max(int(height / _LABEL_POINTS), 1)
    shown = [ranked[i] for i in layout.every_nth_label(len(ranked), most)]
    # Places in fractions of the height, since the axis is logarithmic.
    to_axes = (axes.transData + axes.transAxes.inverted()).transform
    wanted = [float(np.clip(to_axes((0, last[m.name]))[1], 0, 1)) for m in shown]
    gap = _LABEL_POINTS / height
    places = layout.spread_labels(wanted, gap, gap / 2, 1 - gap / 2) if shown else []
    labels = {}
    for member, at, place in zip(shown, wanted, places, strict=True):
        axes.plot(
            [1.0, 1.025, _LABEL_AT - 0.02, _LABEL_AT - 0.005], [at, at, place, place],
            transform=axes.transAxes, clip_on=False, color=style.FAINT, linewidth=0.7, zorder=1,
        )  # fmt: skip
        labels[member.name] = axes.text(
            _LABEL_AT, place, wording.printable(member.name, 13), transform=axes.transAxes,
            va="center", fontsize=8.5, color=member.colour,
        )  # fmt: skip
    return labels
