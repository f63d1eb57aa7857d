"""Names of populations at the rows of a panel, each in its colour."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.figures.kit import layout, style, wording
from keras_v1_activity.figures.kit.scale import Scale

MOST_NAMES: Final = 36


def name_populations(axes: Axes, populations: Populations) -> None:
    """Names at the rows 0, 1, ...; if they are many, of every second, third, ... one.

    Example:
        >>> name_populations(axes, activity.populations)
        >>> axes.yaxis.get_major_formatter().seq[0]
        'i1Htr3a'
    """
    members = populations.members
    shown = layout.every_nth_label(len(members), MOST_NAMES)
    size = float(np.clip(270 / max(len(shown), 1), 7.5, 10.5))
    names = [wording.printable(members[i].name, 13) for i in shown]
    if max(map(len, names)) > 11:
        size = min(size, 8.0)
    axes.yaxis.set_major_locator(FixedLocator(shown))
    axes.yaxis.set_major_formatter(FixedFormatter(names))
    colours = [members[i].colour if populations.named else style.INK for i in shown]
    Scale(axes, "left", ticks=False, size=size, colours=colours)
