"""All about one neuron on a shared time axis: potential, currents, refractory time, spikes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.potentials import are_plainly_no_mv
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import Box, Scale, panel

_LEFT, _RIGHT, _TOP, _BOTTOM = 0.165, 0.84, 0.885, 0.095
_GAP = 0.022
# Okabe & Ito 2008: told apart by every reader.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_POTENTIAL = "potential\n(mV)"
# Title of its axis, variables with their names in the legend, part of the height.
_Panel: TypeAlias = tuple[str, dict[str, str], float]
_PANELS: tuple[_Panel, ...] = (
    (_POTENTIAL, {"voltage": "potential"}, 1.5),
    ("arriving\n(pA)", {"input_current": "input", "recurrent_current": "recurrent"}, 1.0),
    ("psc\n(pA)", {f"psc_{i}": f"receptor {i}" for i in range(1, 5)}, 1.0),
    ("after-spike\n(pA)", {"asc_1": "current 1", "asc_2": "current 2"}, 1.0),
    ("refractory\n(ms)", {"refractory": "time left"}, 0.5),
)


def draw(activity: Activity, figure: AnyFigure, neuron: int) -> Handles:
    """Draws the traces of one neuron of `activity` into `figure`.

    Panels of variables that were not traced are left out.

    Returns:
        dict: ``axes``, dict of panel -> Axes, by its first variable; ``lines``, dict of variable ->
        Line2D; ``spikes``, the marks of the spikes; ``title``, ``verdict``.

    Raises:
        ValueError: the activity has no traces of this neuron.

    Example:
        >>> from keras_v1_activity.activity.traces import Traces
        >>> from keras_v1_activity.figures import draw_figure
        >>> from dataclasses import replace
        >>> spikes = activity.spikes()[:, [17]]
        >>> traced = replace(activity, traces=Traces.of([17], {"spike": spikes}))
        >>> draw_figure("trace_neuron_17", traced).handles["title"].get_text()[:9]
        'Neuron 17'
    """
    if activity.traces is None:
        raise ValueError(f"there is nothing to draw of neuron {neuron}: trace_neurons was not set.")
    values = activity.traces.of_neuron(neuron)
    handles = parts.headline(figure, activity, _name(activity, neuron), left=_LEFT)
    shown = _shown_panels(values)
    times = np.arange(activity.n_steps) * activity.dt
    spike_times = times[values["spike"] > 0]
    parts.caption(figure, f"{wording.count(len(spike_times), 'spike')}, red marks", left=_LEFT)
    handles |= {"axes": {}, "lines": {}, "spikes": []}
    for (label, variables, _), box in zip(shown, _boxes(shown), strict=True):
        axes = panel(figure, box)
        handles["axes"][next(iter(variables), "spike")] = axes
        if not variables:
            handles["spikes"] = _draw_spikes(axes, spike_times)
        else:
            handles["lines"] |= _draw_lines(axes, times, variables, values)
        if label == _POTENTIAL and are_plainly_no_mv(activity):
            label = "potential\n(no unit)"
        figure.text(0.012, box[1] + box[3] / 2, label, va="center", fontsize=11)
        layout.time_axis(axes, activity, label=not variables)
    _mark_threshold(handles, activity, neuron, spike_times)
    return handles


def _name(activity: Activity, neuron: int) -> str:
    name = f"Neuron {neuron}"
    if not activity.populations.named:
        return name
    return f"{name}, {wording.printable(activity.populations.name_of(neuron))}"


def _shown_panels(values: dict[str, NDArray[np.float32]]) -> list[_Panel]:
    """The panels that have something, then what has no panel of its own, then the spikes."""
    placed = {name for _, variables, _ in _PANELS for name in variables}
    shown: list[_Panel] = []
    for label, variables, height in _PANELS:
        there = {name: text for name, text in variables.items() if name in values}
        if there:
            shown.append((label, there, height))
    others = {name: wording.printable(name) for name in values if name not in {*placed, "spike"}}
    if others:
        shown.append(("other", others, 1.0))
    return [*shown, ("spikes", {}, 0.25)]


def _boxes(shown: list[_Panel]) -> Iterator[Box]:
    """Boxes of the panels from the top down, in figure fractions."""
    heights = np.array([height for *_, height in shown])
    free = _TOP - _BOTTOM - _GAP * (len(shown) - 1)
    heights = heights * free / heights.sum()
    top = _TOP
    for height in heights:
        yield (_LEFT, top - height, _RIGHT - _LEFT, height)
        top -= height + _GAP


def _draw_lines(
    axes: Axes,
    times: NDArray[np.floating],
    variables: dict[str, str],
    values: dict[str, NDArray[np.float32]],
) -> dict[str, Line2D]:
    lines = {}
    for (name, text), colour in zip(variables.items(), _cycle(len(variables)), strict=True):
        y = np.where(np.isfinite(values[name]), values[name], np.nan)
        (lines[name],) = axes.plot(times, y, color=colour, linewidth=1.0, label=text)
    if len(variables) > 1:
        axes.legend(
            loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=1.2, borderpad=0,
            labelspacing=0.2, fontsize=9,
        )  # fmt: skip
    if not any(np.isfinite(values[name]).any() for name in variables):
        parts.say(axes, "NaN throughout", size=10)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    Scale(axes, "left")
    axes.margins(y=0.12)
    return lines


def _cycle(n: int) -> list[str]:
    return [_COLOURS[i % len(_COLOURS)] for i in range(n)]


def _draw_spikes(axes: Axes, spike_times: NDArray[np.floating]) -> LineCollection:
    axes.set_ylim(0, 1)
    return axes.vlines(spike_times, 0.1, 0.9, color=style.SPIKE, linewidth=1.2)


def _mark_threshold(
    handles: Handles, activity: Activity, neuron: int, spike_times: NDArray[np.floating]
) -> None:
    """Threshold and spikes in the panel of the potential."""
    axes = handles["axes"].get("voltage")
    if axes is None:
        return
    if activity.neurons.thresholds is not None and not are_plainly_no_mv(activity):
        threshold = float(activity.neurons.thresholds[neuron])
        handles["threshold"] = axes.axhline(
            threshold, color=style.SOFT_INK, linewidth=0.8, linestyle=(0, (4, 3))
        )
        axes.text(
            1.01, threshold, f"threshold {wording.true_minus(f'{threshold:.1f}')}", fontsize=9,
            transform=axes.get_yaxis_transform(), va="center", color=style.SOFT_INK,
        )  # fmt: skip
    steps = np.rint(spike_times / activity.dt).astype(int)
    y = np.nan_to_num(handles["lines"]["voltage"].get_ydata()[steps])
    (handles["dots"],) = axes.plot(
        spike_times, y, linestyle="none", marker="o", markersize=4, color=style.SPIKE,
        markeredgecolor="white", markeredgewidth=0.5, zorder=4,
    )  # fmt: skip
