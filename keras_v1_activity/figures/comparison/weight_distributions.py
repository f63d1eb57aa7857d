"""Distributions of synaptic weights, class of connection by class, such as before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.figures.comparison.canvas import (
    SERIES,
    in_own_style,
    new_drawing,
    titled_panel,
)
from keras_v1_activity.figures.kit import parts, wording
from keras_v1_activity.figures.kit.drawing import Drawing, Handles
from keras_v1_activity.figures.kit.scale import Box

MOST_PANELS: Final = 12
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.065, 0.985, 0.845, 0.095
_BINS = 80
# The rest of the distribution is a tail that would leave no room for its body.
_SHOWN_PERCENT = 99.8
# Weights of a class of connection, and those of each class of each network.
Weights: TypeAlias = NDArray[np.float64]
Networks: TypeAlias = dict[str, dict[str, Weights]]


@in_own_style
def weight_distributions(
    networks: Mapping[str, Mapping[str, ArrayLike]], unit: str = "pA"
) -> Drawing:
    """Histograms of weights, a panel a class of connection, the networks over each other.

    Args:
        networks: dict of label -> dict of class of connection -> (n_synapses,) weights, such as
            ``{"untrained": {"Exc to Exc": w0}, "trained": {"Exc to Exc": w1}}``; at most six
            networks, and 12 classes, the largest if there are more.
        unit: of the weights.

    Returns:
        `Drawing`; its ``handles``: ``panels``, dict of class -> dict of ``axes``, ``edges`` (in
        `unit`) and ``share`` (dict of label -> (n_bins,) share of all its synapses in each bin);
        ``numbers``, dict of class -> label -> n, mean, sd, median, share_zero.

    Raises:
        ValueError: no network, no weights, or more than six networks.

    Example:
        >>> drawing = weight_distributions({"untrained": {"Exc to Exc": np.ones(5)}})
        >>> drawing.handles["numbers"]["Exc to Exc"]["untrained"]["median"]
        1.0
    """
    weights = {
        label: {name: np.asarray(w, np.float64).ravel() for name, w in classes.items()}
        for label, classes in networks.items()
    }
    classes, n_left_out = _checked(weights)
    words = "share of the synapses in each bin; line: median; "
    words += f"the axes hold at least {_SHOWN_PERCENT}% of them"
    if n_left_out:
        words += f"; {n_left_out} smaller classes left out"
    drawing = new_drawing("Synaptic weights", words)
    colours = dict(zip(weights, SERIES, strict=False))
    boxes = _boxes(len(classes))
    panels, numbers = {}, {}
    for place, (name, box) in enumerate(zip(classes, boxes, strict=True)):
        sets = {label: of[name] for label, of in weights.items() if name in of}
        axes = titled_panel(drawing, box, name)
        panels[name] = {"axes": axes, **_draw_class(axes, sets, colours)}
        numbers[name] = {label: _describe(values) for label, values in sets.items()}
        if place >= len(classes) - _columns(len(classes)):
            axes.set_xlabel(f"weight ({unit})")
        if place % _columns(len(classes)) == 0:
            axes.set_ylabel("share")
    drawing.handles |= {
        "panels": panels, "numbers": numbers, "legend": _legend(drawing, weights, colours)
    }  # fmt: skip
    return drawing


def _checked(networks: Networks) -> tuple[list[str], int]:
    """Names of the classes to draw, in the order given, and how many are left out.

    Raises:
        ValueError: as `weight_distributions` says.
    """
    if not networks or not any(networks.values()):
        raise ValueError(
            "networks must be a dict of label -> class of connection -> weights, with at least one "
            "of each; got none."
        )
    if len(networks) > len(SERIES):
        raise ValueError(f"at most {len(SERIES)} networks can be told apart; got {len(networks)}.")
    sizes = {}
    for classes in networks.values():
        for name, weights in classes.items():
            sizes[name] = max(sizes.get(name, 0), len(weights))
    largest = sorted(sizes, key=sizes.get, reverse=True)[:MOST_PANELS]
    return [name for name in sizes if name in largest], len(sizes) - len(largest)


def _columns(n: int) -> int:
    return n if n <= 3 else 2 if n == 4 else 3 if n <= 9 else 4


def _boxes(n: int) -> Iterator[Box]:
    """Boxes of n panels, row by row, in figure fractions."""
    columns = _columns(n)
    rows = -(-n // columns)
    width = (_RIGHT - _LEFT + 0.055) / columns
    height = (_TOP - _BOTTOM + 0.09) / rows
    for i in range(n):
        row, column = divmod(i, columns)
        yield (
            _LEFT + column * width, _TOP - (row + 1) * height + 0.09,
            width - 0.055, height - 0.09,
        )  # fmt: skip


def _draw_class(axes: Axes, sets: dict[str, Weights], colours: dict[str, str]) -> Handles:
    edges = _edges(list(sets.values()))
    share = {}
    for label, values in sets.items():
        counts, _ = np.histogram(values, edges)
        share[label] = counts / max(len(values), 1)
        first = label == next(iter(sets))
        axes.stairs(
            share[label], edges, color=colours[label], fill=first, alpha=0.45 if first else 1.0,
            linewidth=1.6,
        )  # fmt: skip
        if len(values):
            axes.axvline(np.median(values), color=colours[label], linewidth=1.2,
                         linestyle=(0, (4, 2)))  # fmt: skip
    top = max((float(s.max(initial=0.0)) for s in share.values()), default=0.0)
    if top <= 0:
        parts.say(axes, "no synapses", size=10)
    least = min((float(s[s > 0].min()) for s in share.values() if s.any()), default=0.1)
    # Limits first: a logarithmic axis would warn that it finds none if there are no synapses.
    axes.set_ylim(max(least * 0.6, 1e-6), max(top, 1e-5) * 2.5)
    axes.set_yscale("log")
    axes.set_xlim(edges[0], edges[-1])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(lambda value, _: _power(value))
    axes.yaxis.set_minor_formatter(NullFormatter())
    return {"edges": edges, "share": share}


def _power(value: float) -> str:
    """A power of ten as 10⁻³, which is narrow."""
    exponent = str(round(np.log10(value))) if value > 0 else ""
    return "10" + exponent.translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _edges(sets: Sequence[Weights]) -> Weights:
    """Edges that all sets share: they hold most of each set, and 0."""
    finite = [values[np.isfinite(values)] for values in sets]
    finite = [values for values in finite if values.size]
    if not finite:
        return np.linspace(-1, 1, _BINS + 1)
    tail = (100 - _SHOWN_PERCENT) / 2
    low = min(0.0, *(float(np.percentile(values, tail)) for values in finite))
    high = max(0.0, *(float(np.percentile(values, 100 - tail)) for values in finite))
    if high <= low:
        low, high = low - 1.0, high + 1.0
    return np.linspace(low, high, _BINS + 1)


def _describe(values: Weights) -> dict[str, float | None]:
    if not values.size:
        return {"n": 0, "mean": None, "sd": None, "median": None, "share_zero": None}
    return {
        "n": int(values.size),
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "median": float(np.median(values)),
        "share_zero": float(np.mean(values == 0)),
    }


def _legend(figure: Drawing, networks: Networks, colours: dict[str, str]) -> Legend:
    entries = []
    for label, classes in networks.items():
        n = wording.short_number(sum(map(len, classes.values())))
        text = f"{wording.printable(label, 30)} ({n} synapses)"
        entries.append(
            Line2D([], [], linestyle="none", marker="s", markersize=8, color=colours[label],
                   label=text)
        )  # fmt: skip
    return figure.legend(
        handles=entries, loc="center right", bbox_to_anchor=(0.985, 0.96),
        ncols=min(len(entries), 3), handletextpad=0.2, columnspacing=1.2, borderpad=0,
        borderaxespad=0,
    )  # fmt: skip
