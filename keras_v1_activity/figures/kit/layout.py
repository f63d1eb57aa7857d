"""Where ticks stand and labels go: the time axis, round numbers, labels that do not overlap."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit.scale import Scale


def time_axis(axes: Axes, activity: Activity, label: bool = True, most: int = 7) -> None:
    """Time from 0 to the end of the sample, ms, in at most `most` intervals between ticks.

    Example:
        >>> time_axis(axes, activity)
        >>> axes.get_xlabel(), float(axes.get_xlim()[1])
        ('time (ms)', 200.0)
    """
    axes.set_xlim(0, duration_ms(activity))
    axes.xaxis.set_major_locator(round_numbers(most))
    if label:
        axes.set_xlabel("time (ms)")
    if not axes.xaxis.get_visible():
        Scale(axes, "bottom", labels=label)
    elif not label:
        axes.tick_params(labelbottom=False)


def duration_ms(activity: Activity) -> float:
    """Length of the sample, at least one time step so that an axis has a length.

    Example:
        >>> duration_ms(activity)
        200.0
    """
    return max(activity.n_steps, 1) * activity.dt


def round_numbers(most: int) -> MaxNLocator:
    """Places ticks at multiples of 1, 2 or 5 times a power of ten, `most` intervals at most.

    Example:
        >>> round_numbers(4).tick_values(0, 200).tolist()
        [0.0, 50.0, 100.0, 150.0, 200.0]
    """
    return MaxNLocator(most, steps=[1, 2, 5, 10])


def few_ticks(axis: Axis, most: int) -> None:
    """At most `most` round whole numbers on an axis.

    Example:
        >>> few_ticks(axes.yaxis, 4)
    """
    axis.set_major_locator(MaxNLocator(most, integer=True, min_n_ticks=1))


def zero_and_top(axis: Axis, top: float) -> None:
    """Two ticks: 0 and the largest 1, 2 or 5 times a power of ten that is not above `top`.

    Example:
        >>> zero_and_top(axes.yaxis, 37.0)
        >>> axes.yaxis.get_majorticklocs().tolist()
        [0.0, 20.0]
    """
    if not top > 0:
        axis.set_major_locator(FixedLocator([0]))
        return
    power = 10.0 ** np.floor(np.log10(top))
    highest = max(f * power for f in (1, 2, 5) if f * power <= top * (1 + 1e-9))
    axis.set_major_locator(FixedLocator([0, highest]))


def nice_bin_ms(activity: Activity, most_bins: int) -> float:
    """Smallest of 1, 2, 5, 10, ... ms, not below dt, that gives at most `most_bins` bins.

    Example:
        >>> nice_bin_ms(activity, 60)
        5.0
    """
    least = max(duration_ms(activity) / most_bins, activity.dt)
    power = 10.0 ** np.floor(np.log10(least))
    for factor in (1, 2, 5, 10):
        if factor * power >= least * (1 - 1e-9):
            return float(max(round(factor * power / activity.dt), 1) * activity.dt)
    return float(activity.dt)


def spread_labels(wanted: ArrayLike, gap: float, low: float, high: float) -> NDArray[np.float64]:
    """Positions near `wanted` (ascending) at least `gap` apart and within low..high.

    Labels that would not fit must have been left out before.

    Example:
        >>> spread_labels([1.0, 1.5], gap=1.0, low=0.0, high=10.0)
        array([1., 2.])
    """
    placed = np.array(wanted, np.float64)
    for _ in range(2):
        for i in range(len(placed)):
            placed[i] = max(placed[i], low if i == 0 else placed[i - 1] + gap)
        for i in reversed(range(len(placed))):
            placed[i] = min(placed[i], high if i == len(placed) - 1 else placed[i + 1] - gap)
    return placed


def every_nth_label(n: int, most: int) -> NDArray[np.int64]:
    """Indices of at most `most` of n labels, evenly spaced from the first.

    Example:
        >>> every_nth_label(10, 4)
        array([0, 3, 6, 9])
    """
    return np.arange(0, n, max(-(-n // most), 1))
