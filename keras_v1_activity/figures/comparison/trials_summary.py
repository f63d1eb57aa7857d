"""Mean and standard deviation over trials: of the rate over time, of populations, of neurons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from keras_v1_activity import measures, similarity
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.figures.comparison.canvas import (
    FIRST,
    in_own_style,
    joined,
    new_drawing,
    titled_panel,
    window_text,
)
from keras_v1_activity.figures.comparison.labels import MOST_POPULATIONS, name_rows
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.drawing import Drawing, Handles
from keras_v1_activity.similarity import Window

_TIME = (0.055, 0.545, 0.40, 0.315)
_MAP = (0.055, 0.105, 0.375, 0.315)
_MAP_BAR = (0.437, 0.105, 0.01, 0.315)
_POPULATIONS = (0.575, 0.105, 0.135, 0.755)
_NEURONS = (0.775, 0.545, 0.205, 0.315)
_TOTALS = (0.775, 0.105, 0.205, 0.315)
_MOST_LINES = 30
_MOST_DOTS = 3_000
_BINS = 120
Numbers: TypeAlias = NDArray[np.float64]


@in_own_style
def trials_summary(
    activities: Iterable[Activity] | Activity, window_ms: Window | None = None, label: str = ""
) -> Drawing:
    """Mean and standard deviation (n - 1) over trials of the same neurons.

    Args:
        activities: trials, `Activity` of one length each.
        window_ms: (first, end) ms in which rates of populations and neurons are taken; all if
            None.
        label: whose trials these are, for the headline.

    Returns:
        `Drawing`; its ``handles``: ``mean_rate`` and ``sd_rate`` (n_bins,) Hz of all neurons
        over time, ``edges_ms``; ``population_mean``, ``population_sd`` (n_populations,) Hz;
        ``neuron_mean``, ``neuron_sd`` (n_neurons,) Hz; ``n_spikes`` (n_trials,). A standard
        deviation over one trial is NaN, and the figure says so.

    Raises:
        ValueError: no trials, other neurons, or trials of different length.

    Example:
        >>> trials_summary(trials).handles["neuron_sd"].shape
        (120,)
    """
    trials = _checked(activities)
    rates = similarity.trial_rates(trials, window_ms)
    n = len(trials)
    words = joined(
        wording.count(n, "trial"), wording.count(trials[0].n_neurons, "neuron"),
        "rates in " * bool(window_ms) + window_text(window_ms),
        "mean ± standard deviation over trials" if n > 1 else "no standard deviation of one trial",
    )  # fmt: skip
    drawing = new_drawing("Trials", words, label)
    drawing.handles |= _draw_time(drawing, trials)
    drawing.handles |= _draw_map(drawing, trials)
    drawing.handles |= _draw_populations(drawing, trials[0].populations, rates)
    drawing.handles |= _draw_neurons(drawing, rates)
    drawing.handles |= _draw_totals(drawing, trials)
    return drawing


def _checked(activities: Iterable[Activity] | Activity) -> tuple[Activity, ...]:
    trials = similarity.trials_of(activities)
    for number, trial in enumerate(trials[1:], start=2):
        similarity.check_same_neurons(trials[0], trial, ("trial 1", f"trial {number}"))
        if (trial.n_steps, trial.dt) != (trials[0].n_steps, trials[0].dt):
            raise ValueError(
                f"trial {number} lasts {trial.duration_ms:g} ms at {trial.dt:g} ms a step, trial 1 "
                f"{trials[0].duration_ms:g} ms at {trials[0].dt:g} ms: give trials of one length."
            )
    return trials


def mean_and_sd(values: Numbers) -> tuple[Numbers, Numbers]:
    """Mean and standard deviation (n - 1) over the first axis; NaN of one value only.

    Example:
        >>> mean_and_sd(np.array([[1.0], [3.0]]))
        (array([2.]), array([1.41421356]))
    """
    if len(values) < 2:
        return values.mean(axis=0), np.full(values.shape[1:], np.nan)
    return values.mean(axis=0), values.std(axis=0, ddof=1)


def _bin_ms(activity: Activity) -> float:
    return max(
        layout.nice_bin_ms(activity, _BINS),
        min(measures.SYNCHRONY_BIN_MS, layout.duration_ms(activity)),
    )


def _draw_time(figure: Drawing, trials: Sequence[Activity]) -> Handles:
    bin_ms = _bin_ms(trials[0])
    edges = measures.bin_edges_ms(trials[0], bin_ms)
    rates = np.stack([measures.mean_rate_over_time(trial, bin_ms) for trial in trials])
    mean, sd = mean_and_sd(rates)
    width = measures.bin_width(trials[0], bin_ms) * trials[0].dt
    axes = titled_panel(figure, _TIME, f"mean of all neurons, {width:g} ms bins")
    for row in rates if 1 < len(rates) <= _MOST_LINES else ():
        axes.stairs(row, edges, color=style.FAINT, linewidth=0.6, baseline=None)
    if len(rates) > 1:
        axes.stairs(
            mean + sd, edges, baseline=np.maximum(mean - sd, 0), fill=True, linewidth=0,
            color=FIRST, alpha=0.25, label="± standard deviation",
        )  # fmt: skip
    axes.stairs(mean, edges, color=FIRST, linewidth=1.6, baseline=None, label="mean")
    layout.time_axis(axes, trials[0])
    top = float(np.nanmax(np.append(rates, np.nan_to_num(mean + sd)), initial=0.0))
    axes.set_ylim(0, top * 1.3 if top > 0 else 1.0)
    axes.set_ylabel("rate (Hz)")
    axes.legend(loc="upper right", ncols=2, borderaxespad=0.0, handlelength=1.4)
    if not rates.any():
        parts.say(axes, "no spikes in any trial")
    return {"time_axes": axes, "edges_ms": edges, "mean_rate": mean, "sd_rate": sd}


def _draw_map(figure: Drawing, trials: Sequence[Activity]) -> Handles:
    """Mean rate of each population over time."""
    bin_ms = layout.nice_bin_ms(trials[0], 60)
    rates = np.mean([measures.rates_over_time(trial, bin_ms) for trial in trials], axis=0)
    width = measures.bin_width(trials[0], bin_ms) * trials[0].dt
    axes = titled_panel(figure, _MAP, f"populations, mean over trials, {width:g} ms bins")
    end = max(rates.shape[1] * width, trials[0].dt)
    high = float(np.percentile(rates, 99)) if rates.size else 0.0
    image = axes.imshow(
        rates, extent=(0, end, len(rates) - 0.5, -0.5), aspect="auto", cmap="magma", vmin=0,
        vmax=high or float(rates.max(initial=0.0)) or 1.0,
    )  # fmt: skip
    layout.time_axis(axes, trials[0])
    axes.set_yticks([])
    axes.set_ylabel("layer 1 → 6" if _layered(trials[0]) else "population")
    parts.colour_bar(figure, image, _MAP_BAR, "rate (Hz)")
    return {"map_axes": axes, "population_image": image}


def _layered(activity: Activity) -> bool:
    return len({member.layer for member in activity.populations.members} - {""}) > 1


def _draw_populations(figure: Drawing, populations: Populations, rates: Numbers) -> Handles:
    per_trial = np.stack([similarity.population_means(row, populations) for row in rates])
    mean, sd = mean_and_sd(per_trial)
    axes = titled_panel(figure, _POPULATIONS, "populations")
    rows = np.arange(len(mean))
    colours = [member.colour for member in populations.members]
    height = 0.74 if len(rows) > 1 else 0.3
    axes.barh(rows, mean, height=height, color=colours, alpha=0.75, linewidth=0)
    error = np.stack([np.minimum(np.nan_to_num(sd), mean), np.nan_to_num(sd)])
    axes.errorbar(
        mean, rows, xerr=error, fmt="none", ecolor=style.INK, elinewidth=1.1,
        capsize=2.5 if len(rows) <= MOST_POPULATIONS else 0,
    )  # fmt: skip
    top = float((mean + np.nan_to_num(sd)).max(initial=0.0))
    axes.set_xlim(0, top * 1.06 if top > 0 else 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel("rate (Hz)")
    name_rows(axes, populations)
    return {"population_axes": axes, "population_mean": mean, "population_sd": sd}


def _draw_neurons(figure: Drawing, rates: Numbers) -> Handles:
    """Standard deviation against mean rate of each neuron: how reliable single neurons are."""
    mean, sd = mean_and_sd(rates)
    axes = titled_panel(figure, _NEURONS, "each neuron")
    axes.set_xlabel("mean rate (Hz)")
    axes.set_ylabel("SD (Hz)")
    handles = {"neuron_axes": axes, "neuron_mean": mean, "neuron_sd": sd}
    if len(rates) < 2:
        axes.set_ylim(0, 1)
        parts.say(axes, "one trial:\nno standard deviation", size=11)
        return handles
    top_x, top_y = (float(v.max(initial=0.0)) or 1.0 for v in (mean, sd))
    if len(mean) <= _MOST_DOTS:
        axes.plot(
            mean, sd, linestyle="none", marker="o", markersize=3.2, markeredgewidth=0,
            color=FIRST, alpha=0.45,
        )  # fmt: skip
    else:
        axes.hexbin(
            mean, sd, gridsize=45, extent=(0, top_x, 0, top_y), bins="log", mincnt=1, cmap="Blues",
            linewidths=0.1,
        )  # fmt: skip
    axes.set_xlim(0, top_x * 1.05)
    axes.set_ylim(0, top_y * 1.1)
    return handles


def _draw_totals(figure: Drawing, trials: Sequence[Activity]) -> Handles:
    totals = np.array([trial.n_spikes for trial in trials])
    axes = titled_panel(figure, _TOTALS, "spikes of each trial")
    numbers = np.arange(1, len(totals) + 1)
    axes.bar(numbers, totals, width=0.8 if len(totals) <= 60 else 1.0, color="#8795A1", linewidth=0)
    mean = float(totals.mean())
    axes.axhline(mean, color=FIRST, linewidth=1.4)
    axes.set_xlim(0.3, len(totals) + 0.7)
    top = float(totals.max(initial=0))
    axes.set_ylim(0, top * 1.22 if top else 1.0)
    axes.text(
        0.99, 0.985, f"mean {wording.short_number(mean)}"
        + (f" ± {wording.short_number(totals.std(ddof=1))}" if len(totals) > 1 else ""),
        transform=axes.transAxes, ha="right", va="top", fontsize=9.5, color=FIRST,
    )  # fmt: skip
    layout.few_ticks(axes.xaxis, 8)
    layout.few_ticks(axes.yaxis, 4)
    axes.yaxis.set_major_formatter(lambda value, _: wording.short_number(value))
    axes.set_xlabel("trial")
    return {"total_axes": axes, "n_spikes": totals}
