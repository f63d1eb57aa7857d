"""The frames of an animation: what stays is drawn once, what moves is drawn over it."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common import units
from keras_v1_activity.figures.comparison.canvas import (
    joined,
    new_drawing,
)
from keras_v1_activity.figures.comparison.plane import READOUT_AT_NIGHT, Plane, readout_key
from keras_v1_activity.figures.kit import parts, style

_SIZE = (5.6, 6.6)
_PLANE = (0.125, 0.265, 0.745, 0.635)
_BAR = (0.885, 0.3, 0.02, 0.565)
_RATE = (0.125, 0.09, 0.745, 0.095)
_NEURONS_A_BIN = 25
# Most neurons fire once in a frame; a rare burst must not make them dim.
_MOST_SPIKES = 2
# Few, so that the table of a GIF holds all of them.
_MAP_COLOURS = 24


class Frames:
    """The pictures of an animation, one after the other, each drawn when it is asked for.

    Args:
        activity: `Activity` whose neurons have positions.
        bin_ms: ms of activity a frame, rounded to whole time steps.

    Attributes:
        plane: `Plane` that all frames show.

    Example:
        >>> frames = Frames(trials[0], bin_ms=100)
        >>> len(frames), next(iter(frames)).shape
        (6, (660, 560, 3))
    """

    plane: Plane

    def __init__(self, activity: Activity, bin_ms: float) -> None:
        self._activity = activity
        self._edges = measures.bin_edges_ms(activity, bin_ms)
        self._steps = units.ms_to_steps(self._edges, activity.dt)
        self._drawing = new_drawing("", size_inches=_SIZE)
        self.plane = Plane(
            self._drawing.add_axes(_PLANE), activity.neurons, _colour_map(), (0.0, 1.0),
            night=True, neurons_a_bin=_NEURONS_A_BIN,
        )  # fmt: skip
        rings = self.plane.mark(activity.neurons.readout_neurons)
        self._draw_key()
        self._write_head(bin_ms, rings)
        rate_axes = self._drawing.add_axes(_RATE)
        parts.rate_over_time(rate_axes, activity, bin_ms)
        self._time = self._drawing.text(_PLANE[0], 0.955, "", fontsize=14, fontweight="bold")
        # axvspan makes a polygon before matplotlib 3.9, which has no place and width to set.
        span = Rectangle((0, 0), 1, 1, color=style.INK, alpha=0.25, linewidth=0)
        span.set_transform(rate_axes.get_xaxis_transform())
        self._cursor = rate_axes.add_patch(span)
        self._moving: list[Artist] = [self.plane.image, self._time, self._cursor]
        if rings is not None:
            self._moving.insert(1, rings)
        for artist in self._moving:
            artist.set_animated(True)
        self._canvas = FigureCanvasAgg(self._drawing)
        self._canvas.draw()
        self._still = self._canvas.copy_from_bbox(self._drawing.bbox)

    def __len__(self) -> int:
        return len(self._edges) - 1

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """Each frame, (height, width, 3), valid until the next is drawn."""
        return (self._draw(number) for number in range(len(self)))

    def _draw(self, number: int) -> NDArray[np.uint8]:
        low, high = self._edges[number : number + 2]
        self.plane.show(self._values(number))
        self._time.set_text(f"{low:g} to {high:g} ms")
        self._cursor.set(x=low, width=high - low)
        self._canvas.restore_region(self._still)
        for artist in self._moving:
            (artist.axes or self._drawing).draw_artist(artist)
        return np.asarray(self._canvas.buffer_rgba())[..., :3]

    def _write_head(self, bin_ms: float, rings: Line2D | None) -> None:
        step = f"step {self._activity.step:,}" if self._activity.step else ""
        width = measures.bin_width(self._activity, bin_ms) * self._activity.dt
        each = f"means in {self.plane.bin_um:.0f} µm bins" if self.plane.bin_um else ""
        words = joined(step, f"{width:g} ms a frame", each)
        parts.caption(self._drawing, words, left=_PLANE[0])
        if rings is not None:
            readout_key(self._drawing, rings, 0.97, 0.963)

    def _values(self, number: int) -> NDArray[np.int64] | NDArray[np.float64]:
        """(n_neurons,) spikes in a frame; if neurons are averaged in bins, their rate in Hz."""
        low, high = self._steps[number : number + 2]
        first, end = np.searchsorted(self._activity.spike_steps, (low, high))
        counts = np.bincount(
            self._activity.spike_neurons[first:end], minlength=self._activity.n_neurons
        )
        if self.plane.bin_um is None:
            return counts
        return units.counts_to_hz(counts, (high - low) * self._activity.dt)

    def _draw_key(self) -> None:
        """What the colours stand for."""
        top = self._top()
        if self.plane.bin_um is not None:
            self.plane.rescale(0.0, top)
            parts.colour_bar(self._drawing, self.plane.image, _BAR, "rate (Hz)", extend="max")
            return
        most = int(min(top, _MOST_SPIKES))
        self.plane.rescale(0.0, most)
        words = ["1 spike", "2 spikes" if top <= _MOST_SPIKES else "2 or more"][:most]
        dots = [
            Line2D([], [], linestyle="none", marker="o", markersize=8, label=text,
                   color=self.plane.image.cmap(n / most), markeredgecolor=style.SOFT_INK)
            for n, text in enumerate(words, start=1)
        ]  # fmt: skip
        self._drawing.legend(
            handles=dots, loc="center right", bbox_to_anchor=(0.97, 0.922), ncols=most,
            borderpad=0, borderaxespad=0, handletextpad=0.1, columnspacing=1.0,
        )  # fmt: skip

    def _top(self) -> float:
        """Top of the colour scale over all frames."""
        top = 0.0
        for number in range(len(self)):
            values = self._values(number)
            if self.plane.bin_um is None:
                top = max(top, float(values.max(initial=0.0)))
            else:
                top = max(top, float(np.nanpercentile(self.plane.binned(values), 99)))
        return top or 1.0


def exact_colours() -> NDArray[np.uint8]:
    """(n_colours, 3) colours of the frames that a GIF must not change: map, white, rings.

    A choice of the most frequent colours would miss the thin rings, and tint the white.

    Example:
        >>> exact_colours().shape
        (26, 3)
    """
    colours = [
        _colour_map()(np.arange(_MAP_COLOURS))[:, :3],
        [to_rgb(style.STYLE["figure.facecolor"]), to_rgb(READOUT_AT_NIGHT)],
    ]
    return np.rint(np.concatenate(colours) * 255).astype(np.uint8)


def _colour_map() -> Colormap:
    return matplotlib.colormaps["inferno"].resampled(_MAP_COLOURS)
