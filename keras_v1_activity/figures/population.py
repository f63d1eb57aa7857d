"""What each population does: mean rate against recorded rates, spikes, rate over time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.population_names import MOST_NAMES, name_populations
from keras_v1_activity.figures.kit.scale import Scale, panel

_TOP, _BOTTOM = 0.875, 0.1
_RATE = (0.13, _BOTTOM, 0.27, _TOP - _BOTTOM)
_SPIKES = (0.425, _BOTTOM, 0.13, _TOP - _BOTTOM)
_HEATMAP = (0.585, _BOTTOM, 0.315, _TOP - _BOTTOM)
_BAR = (0.915, _BOTTOM, 0.015, _TOP - _BOTTOM)
_MOST_NUMBERS = 30
_HEATMAP_BINS = 60


def draw(activity: Activity, figure: AnyFigure) -> Handles:
    """Draws the populations of `activity` into `figure`.

    Returns:
        dict: ``axes`` (rates), ``rate_bars``, ``spike_bars`` (BarContainers in drawing order),
        ``recorded`` (Line2D or None), ``image`` (AxesImage, Hz, population x bin), ``title``,
        ``verdict``, ``note``.

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> drawn = draw_figure("population", activity).handles
        >>> len(drawn["rate_bars"]) == len(activity.populations.members)
        True
    """
    handles = parts.headline(figure, activity, "Population activity", left=_RATE[0])
    axes = panel(figure, _RATE)
    spike_axes = panel(figure, _SPIKES, sharey=axes)
    map_axes = panel(figure, _HEATMAP, sharey=axes)
    handles["rate_bars"] = _draw_rates(axes, activity)
    handles["recorded"] = _draw_recorded(axes, activity)
    handles["spike_bars"] = _draw_spikes(spike_axes, activity)
    handles["image"] = _draw_heatmap(map_axes, activity)
    parts.colour_bar(figure, handles["image"], _BAR, "rate (Hz)")
    name_populations(axes, activity.populations)
    handles["note"] = parts.caption(figure, _caption(activity, handles["recorded"]), left=_RATE[0])
    if activity.silent:
        parts.say(map_axes, f"no spikes in {layout.duration_ms(activity):g} ms")
    return {**handles, "axes": axes, "spike_axes": spike_axes, "map_axes": map_axes}


def _rows(activity: Activity) -> NDArray[np.int64]:
    return np.arange(len(activity.populations.members))


def _bars(axes: Axes, activity: Activity, values: ArrayLike) -> BarContainer:
    colours = [population.colour for population in activity.populations.members]
    height = 0.78 if len(colours) <= MOST_NAMES else 1.0
    if len(colours) == 1:
        height = 0.3
    return axes.barh(_rows(activity), values, height=height, color=colours, linewidth=0)


def _draw_rates(axes: Axes, activity: Activity) -> BarContainer:
    rates = np.array(list(activity.population_rates.values()))
    recorded = [m.recorded_rate_hz for m in activity.populations.members if m.recorded_rate_hz]
    top = max([float(rates.max(initial=0)), *recorded])
    bars = _bars(axes, activity, rates)
    axes.set_xlim(0, top * 1.08 if top > 0 else 1.0)
    axes.set_ylim(len(rates) - 0.4, -0.6)
    axes.xaxis.set_major_locator(layout.round_numbers(4))
    axes.set_xlabel("mean rate (Hz)")
    Scale(axes, "bottom")
    return bars


def _draw_recorded(axes: Axes, activity: Activity) -> Line2D | None:
    """Diamonds at the rates recorded in mouse V1, if the name tells layer and class."""
    known = [
        (m.recorded_rate_hz, row)
        for row, m in enumerate(activity.populations.members)
        if m.recorded_rate_hz is not None
    ]
    if not known:
        return None
    rates, rows = zip(*known, strict=True)
    (line,) = axes.plot(
        rates, rows, linestyle="none", marker="D", markersize=5.5, markerfacecolor="white",
        markeredgecolor=style.INK, markeredgewidth=1.2, clip_on=False, zorder=4,
    )  # fmt: skip
    return line


def _draw_spikes(axes: Axes, activity: Activity) -> BarContainer:
    populations = activity.populations
    spikes = np.bincount(
        populations.index[activity.spike_neurons], minlength=len(populations.members)
    )
    bars = _bars(axes, activity, spikes)
    top = float(spikes.max(initial=0))
    numbered = len(spikes) <= _MOST_NUMBERS
    axes.set_xlim(0, max(top, 1) * (1.55 if numbered else 1.08))
    layout.zero_and_top(axes.xaxis, top)
    axes.xaxis.set_major_formatter(lambda value, _: wording.short_number(value))
    axes.set_xlabel("spikes")
    Scale(axes, "bottom")
    if numbered:
        size = float(np.clip(260 / len(spikes), 8, 10))
        for row, number in enumerate(spikes):
            axes.annotate(
                wording.short_number(number), (number, row), xytext=(3, 0), va="center",
                textcoords="offset points", fontsize=size, color=style.SOFT_INK,
            )  # fmt: skip
    return bars


def _draw_heatmap(axes: Axes, activity: Activity) -> AxesImage:
    bin_ms = layout.nice_bin_ms(activity, _HEATMAP_BINS)
    rates = measures.rates_over_time(activity, bin_ms)
    n_populations, n_bins = rates.shape
    # The last bin may be shorter than the others; the axis ends where the sample does.
    end = n_bins * measures.bin_width(activity, bin_ms) * activity.dt
    image = axes.imshow(
        rates, extent=(0, max(end, activity.dt), n_populations - 0.5, -0.5), aspect="auto",
        interpolation="nearest", cmap="magma", vmin=0, vmax=max(_high(rates), 1e-9),
    )  # fmt: skip
    if activity.silent:
        image.set_clim(0, 1)
    layout.time_axis(axes, activity, most=4)
    axes.set_ylim(n_populations - 0.4, -0.6)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel(f"time (ms), {bin_ms:g} ms bins")
    return image


def _high(rates: NDArray[np.float64]) -> float:
    """Top of the colour scale: one bin of a population of two cells must not darken the rest."""
    if rates.size == 0:
        return 1.0
    usual = float(np.percentile(rates, 99))
    return usual if usual > 0 else float(rates.max())


def _caption(activity: Activity, recorded: Line2D | None) -> str:
    words = [
        f"{wording.count(len(activity.populations.members), 'population')}, "
        f"{wording.count(activity.n_neurons, 'neuron')}, "
        f"mean rate {wording.rate_text(activity.mean_rate)}"
    ]
    if recorded is not None:
        words.append("◇ recorded in mouse V1 (Siegle et al. 2021)")
    return "     ".join(words)
