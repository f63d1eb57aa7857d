"""The panels at the right of a run's history: one number each over the steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from keras_v1_activity.figures import history_series as series
from keras_v1_activity.figures.history_rates import MARKED_POINTS
from keras_v1_activity.figures.history_series import Curve, thinned
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.alarm_mark import COLOURS
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import Box, Scale, panel
from keras_v1_activity.history import History

# Okabe & Ito 2008: told apart by every reader.
_COLOURS: Final = (style.RIGHT, style.WRONG, "#009E73", "#CC79A7")
# Between two panels, with the heading of the lower one.
_BETWEEN = 0.065
# A loss that falls by more than so many times is shown on a logarithmic axis.
_LOG_SPAN = 30.0


class _Content(NamedTuple):
    """What a panel shows."""

    title: str
    curves: Mapping[str, Curve]
    # In place of the names of the curves.
    key: str = ""
    # Limits that the axis has at least.
    low: float | None = None
    high: float | None = None
    # Mean of recorded neurons and their 95th percentile.
    band: tuple[float, float] | None = None
    log: bool = False


def draw_panels(figure: AnyFigure, box: Box, history: History) -> Handles:
    """One panel below the other, of each number of which something is known.

    Returns:
        dict: ``panels`` (Axes by name) and ``lines`` (dict of Line2D by panel).

    Example:
        >>> rows = [{"step": step, "scalars": {"loss": 1 / step}} for step in (1, 2)]
        >>> list(draw_panels(axes.figure, (0.6, 0.1, 0.3, 0.8), History(rows))["panels"])
        ['loss']
    """
    contents = {
        name: content
        for name, content in _contents(history).items()
        if any(curve.known.size for curve in content.curves.values())
    }
    left, bottom, width, height = box
    n = max(len(contents), 1)
    each = (height - (n - 1) * _BETWEEN) / n
    panels: dict[str, Axes] = {}
    lines: dict[str, dict[str, Line2D]] = {}
    for place, (name, content) in enumerate(contents.items()):
        foot = bottom + (n - 1 - place) * (each + _BETWEEN)
        axes = panel(figure, (left, foot, width, each))
        lines[name] = _draw_content(axes, content)
        panels[name] = axes
    return {"panels": panels, "lines": lines}


def mark_alarms(panels: Iterable[Axes], begins: Iterable[tuple[int, str]]) -> None:
    """A thin line at each step at which an alarm began.

    Example:
        >>> mark_alarms([axes], [(100, "red")])
    """
    marks = list(dict.fromkeys(begins))
    for axes in panels:
        for step, colour in marks:
            axes.axvline(step, color=colour, linewidth=0.9, alpha=0.7, zorder=1)


def _contents(history: History) -> dict[str, _Content]:
    loss = series.scalars(history, "loss")
    active = series.curve(history, "active_fraction")
    return {
        "loss": _Content("loss", loss, log=_falls_far(loss)),
        "accuracy": _Content("accuracy", series.scalars(history, "acc"), low=0.0, high=1.0),
        "similarity": _Content(
            "similarity", {"": series.curve(history, "statistics", "similarity")},
            "of rates to recorded ones", 0.0, 1.0,
        ),
        "synchrony": _synchrony(history),
        "silent": _Content(
            "silent neurons (%)", {"": active._replace(values=100 * (1 - active.values))},
            low=0.0,
        ),
    }  # fmt: skip


def _synchrony(history: History) -> _Content:
    measured = history.known("statistics")
    values = series.synchrony(measured)
    if np.isfinite(values).any():
        key = "Fano factor; grey: recorded"
        curve = {"": thinned(measured.steps, values)}
        return _Content("synchrony", curve, key, 0.0, 2.0, series.recorded_synchrony())
    whole = series.curve(history, "fano_factor")
    return _Content("synchrony", {"": whole}, "Fano factor, all neurons", 0.0, 2.0)


def _falls_far(curves: Mapping[str, Curve]) -> bool:
    every = np.concatenate([np.zeros(0), *(curve.known for curve in curves.values())])
    return bool(every.size and every.min() > 0 and every.max() / every.min() > _LOG_SPAN)


def _draw_content(axes: Axes, content: _Content) -> dict[str, Line2D]:
    if content.band is not None:
        axes.axhspan(*content.band, color="#98A3AD", alpha=0.3, linewidth=0, zorder=0)
    n_shown = len(_COLOURS) - (len(content.curves) > len(_COLOURS))
    shown = dict(list(content.curves.items())[:n_shown])
    lines = {}
    for (name, curve), colour in zip(shown.items(), _COLOURS, strict=False):
        (lines[name],) = axes.plot(
            curve.steps, curve.values, color=colour, linewidth=1.5, zorder=3, markersize=2.6,
            marker="o" if len(curve.steps) <= MARKED_POINTS else "",
        )  # fmt: skip
    _limit(axes, content, [curve.known for curve in shown.values()])
    Scale(axes, "left")
    parts.panel_heading(axes, content.title)
    _key(axes, content, list(shown))
    lost = [step for step in map(series.lost_from, shown.values()) if step is not None]
    if lost:
        axes.text(
            0.99, 0.93, f"not finite from step {min(lost):,.0f} on", transform=axes.transAxes,
            ha="right", va="top", fontsize=9, color=COLOURS["red"], zorder=5,
            bbox={"facecolor": "white", "linewidth": 0, "alpha": 0.85, "pad": 1.5},
        )  # fmt: skip
    return lines


def _key(axes: Axes, content: _Content, names: Sequence[str]) -> None:
    """What the curves are, at the right above the panel: their names in their colours."""
    more = len(content.curves) - len(names)
    words = [(f"and {more} more", style.SOFT_INK)] if more else []
    if content.key:
        words = [(content.key, style.SOFT_INK)]
    else:
        most = (28 if not more else 24) // len(names)
        own = [(wording.printable(name, most), _COLOURS[i]) for i, name in enumerate(names) if name]
        words = [*own, *words]
    right = 1.0
    for word, colour in reversed(words):
        text = axes.text(
            right, 1 + 9 / axes.bbox.height, word, color=colour, transform=axes.transAxes,
            ha="right", fontsize=9,
        )  # fmt: skip
        right -= text.get_window_extent().width / axes.bbox.width + 0.03


def _limit(axes: Axes, content: _Content, known: Sequence[np.ndarray]) -> None:
    every = np.concatenate(known)
    low, high = float(every.min()), float(every.max())
    if content.log:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.5, high * 1.5)
        axes.yaxis.set_major_locator(
            LogLocator(subs=(1.0,) if high / low > 200 else (1, 2, 5), numticks=4)
        )
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        return
    low = low if content.low is None else min(low, content.low)
    high = high if content.high is None else max(high, content.high)
    pad = 0.08 * (high - low) or max(0.1 * abs(high), 0.1)
    axes.set_ylim(low - pad * (content.low is None), high + pad)
    axes.yaxis.set_major_locator(layout.round_numbers(3))
