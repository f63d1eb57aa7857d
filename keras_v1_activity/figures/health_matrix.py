"""How far the weights of each pair of populations have moved since training began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import FixedFormatter, FixedLocator
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.figures.kit import layout, style, wording
from keras_v1_activity.figures.kit.scale import Scale

_ARROW: Final = " -> "
_MOST_NAMES: Final = 30
# Colours always reach at least so far, %: rounding must not look like learning.
_LEAST_TOP: Final = 0.1


def moved_by_pair(
    weights: Mapping[str, Mapping[str, Any]], populations: Populations
) -> tuple[NDArray[np.float64], list[str], list[str]]:
    """(sources, targets) % of their mean size by which weights have moved; NaN where unknown.

    That is the Wasserstein distance from the start, over the mean of |w| now.

    Args:
        weights: ``details["health"]["weights"]``.
        populations: `Populations`, whose order is taken.

    Returns:
        The matrix, the names of its rows and those of its columns.

    Example:
        >>> weights = {"e4 -> i4": {"mean_abs": 2.0, "wasserstein": 0.5}}
        >>> moved_by_pair(weights, Populations.from_names(["e4", "i4"]))
        (array([[25.]]), ['e4'], ['i4'])
    """
    pairs = {tuple(name.split(_ARROW, 1)): numbers for name, numbers in weights.items()}
    sources = _ordered({pair[0] for pair in pairs}, populations)
    targets = _ordered({pair[-1] for pair in pairs}, populations)
    moved = np.full((len(sources), len(targets)), np.nan)
    for (source, target), numbers in pairs.items():
        size, distance = numbers.get("mean_abs"), numbers.get("wasserstein")
        if size and distance is not None:
            moved[sources.index(source), targets.index(target)] = 100 * distance / size
    return moved, sources, targets


def draw_matrix(
    axes: Axes,
    moved: NDArray[np.float64],
    sources: Sequence[str],
    targets: Sequence[str],
    populations: Populations,
) -> AxesImage:
    """Draws the matrix of `moved_by_pair`.

    Example:
        >>> p = Populations.from_names(["e4", "i4"])
        >>> draw_matrix(axes, np.array([[25.0]]), ["e4"], ["i4"], p).get_clim()
        (0.0, 25.0)
    """
    known = moved[np.isfinite(moved)]
    top = max(float(np.percentile(known, 99)) if known.size else 0.0, _LEAST_TOP)
    image = axes.imshow(moved, cmap="viridis", vmin=0, vmax=top, interpolation="nearest")
    axes.set_facecolor(style.PANEL)
    for spine in axes.spines.values():
        spine.set_visible(False)
    colours = {member.name: member.colour for member in populations.members}
    shown = layout.every_nth_label(len(sources), _MOST_NAMES)
    axes.yaxis.set_major_locator(FixedLocator(shown))
    names = [wording.printable(sources[i], 10) for i in shown]
    axes.yaxis.set_major_formatter(FixedFormatter(names))
    of_rows = [colours.get(sources[i], style.INK) for i in shown]
    size = float(np.clip(200 / max(len(shown), 1), 7.0, 9.5))
    Scale(axes, "left", ticks=False, size=size, colours=of_rows)
    same = [name for name in sources if name in targets] == list(targets)
    order = "in the same order" if same and len(targets) > 3 else _listed(targets)
    axes.set_xlabel(f"onto ({order})")
    axes.xaxis.set_major_locator(FixedLocator([]))
    Scale(axes, "bottom", labels=False, ticks=False)
    return image


def _ordered(names: set[str], populations: Populations) -> list[str]:
    """Those that are populations in drawing order, then the others."""
    known = [name for name in populations.names if name in names]
    return known + sorted(names - set(known))


def _listed(names: Sequence[str]) -> str:
    shown = [wording.printable(name, 12) for name in names[:3]]
    return ", ".join([*shown, "…"] if len(names) > 3 else shown)
