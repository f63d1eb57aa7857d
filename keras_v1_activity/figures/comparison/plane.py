"""The cortical plane seen from above: x and z in um, one colour a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.figures.kit import style
from keras_v1_activity.figures.kit.drawing import AnyFigure

# More dots than this overlap: neurons are then averaged in square bins.
MOST_DOTS: Final = 4_000
_NEURONS_A_BIN = 6
_MARGIN = 0.04
_NIGHT, _SILENT_RIM = "#12161B", "#4D5965"
READOUT_AT_NIGHT: Final = "#56B4E9"
# A colour map or its name.
Colours: TypeAlias = str | Colormap


class Plane:
    """Axes of the cortical plane on which values of the neurons are shown.

    Args:
        axes: matplotlib Axes.
        neurons: `Neurons` with positions.
        cmap: a colour map, or its name.
        limits: values at the ends of the colour map.
        night: light dots on a dark plane, for rates; else dark ones on a light plane.
        neurons_a_bin: mean number of neurons averaged in a bin, if there are too many for dots.

    Attributes:
        image: AxesImage of bins, or PathCollection of a dot a neuron: what has the colours.
        bin_um: width of a bin; None if each neuron has its dot.

    Example:
        >>> plane = Plane(axes, trials[0].neurons, "inferno", (0.0, 40.0))
        >>> plane.show(trials[0].rates)
        >>> plane.bin_um is None
        True
    """

    axes: Axes
    image: AxesImage | PathCollection
    bin_um: float | None

    def __init__(
        self,
        axes: Axes,
        neurons: Neurons,
        cmap: Colours,
        limits: tuple[float, float],
        night: bool = False,
        neurons_a_bin: float = _NEURONS_A_BIN,
    ) -> None:
        self.axes = axes
        self._night = night
        self._x, _, self._z = np.asarray(neurons.positions, np.float64).T
        self._norm = Normalize(*limits)
        low, high = _extent(self._x, self._z)
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
        axes.set_xlabel("x (µm)")
        axes.set_ylabel("z (µm)", labelpad=1)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.set_facecolor(_NIGHT if night else style.PANEL)
        self.bin_um = None
        if len(self._x) > MOST_DOTS:
            self.image = self._make_bins(low, high, cmap, neurons_a_bin)
        else:
            self.image = self._make_dots(cmap)

    def _make_bins(
        self,
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        cmap: Colours,
        neurons_a_bin: float,
    ) -> AxesImage:
        # As many bins as a disc of the neurons' density fills, in the square around it.
        n_bins = int(np.sqrt(len(self._x) / neurons_a_bin * 4 / np.pi))
        self.bin_um = float(max(high - low)) / n_bins
        self._shape = tuple(np.ceil((high - low)[::-1] / self.bin_um).astype(int))
        column = ((self._x - low[0]) / self.bin_um).astype(np.int64)
        row = ((self._z - low[1]) / self.bin_um).astype(np.int64)
        self._bin = row * self._shape[1] + column
        self._inside = np.bincount(self._bin, minlength=self._shape[0] * self._shape[1])
        end = low + np.array(self._shape[::-1]) * self.bin_um
        return self.axes.imshow(
            np.full(self._shape, np.nan), extent=(low[0], end[0], low[1], end[1]), origin="lower",
            cmap=cmap, norm=self._norm, aspect="equal", interpolation="nearest", zorder=1,
        )  # fmt: skip

    def _make_dots(self, cmap: Colours) -> PathCollection:
        points = self.axes.get_position().width * self.axes.figure.bbox.width * 72
        points /= self.axes.figure.dpi
        spacing = points / np.sqrt(max(len(self._x), 1))
        size = float(np.clip(spacing * 0.75, 2.2, 11.0))
        self._place = np.column_stack([self._x, self._z])
        rim = _SILENT_RIM if self._night else style.FAINT
        if self._night:
            self.axes.scatter(
                self._x, self._z, s=size**2, c=_NIGHT, linewidths=0.6, edgecolors=rim, zorder=1,
            )  # fmt: skip
        return self.axes.scatter(
            self._x, self._z, s=size**2, c=np.zeros(len(self._x)), cmap=cmap, norm=self._norm,
            linewidths=0.0 if self._night else 0.3, edgecolors=rim, zorder=2,
        )  # fmt: skip

    def show(self, values: ArrayLike) -> None:
        """Colours the neurons, or bins, by `values` (n_neurons,), a mean in each bin.

        Dots of large magnitude lie on top; at night those of value 0 are rims only.
        """
        values = np.asarray(values, np.float64)
        if isinstance(self.image, AxesImage):
            self.image.set_data(self.binned(values))
            return
        order = np.argsort(np.abs(values), kind="stable")
        if self._night:
            order = order[np.count_nonzero(values == 0) :]
        self.image.set_offsets(self._place[order])
        self.image.set_array(values[order])

    def binned(self, values: ArrayLike) -> NDArray[np.float64]:
        """Mean value in each bin, (rows, columns) from the least z up; NaN in empty bins."""
        sums = np.bincount(self._bin, weights=values, minlength=len(self._inside))
        means = np.divide(
            sums, self._inside, out=np.full(len(sums), np.nan), where=self._inside > 0
        )
        return means.reshape(self._shape)

    def rescale(self, low: float, high: float) -> None:
        """Other values at the ends of the colour map."""
        self._norm.vmin, self._norm.vmax = low, high

    def mark(self, neurons: Sequence[int] | NDArray[np.int64]) -> Line2D | None:
        """Rings around the readout neurons; None if there are none."""
        if len(neurons) == 0:
            return None
        (rings,) = self.axes.plot(
            self._x[neurons], self._z[neurons], linestyle="none", marker="o", markersize=7,
            markerfacecolor="none", markeredgewidth=1.2, zorder=3,
            markeredgecolor=READOUT_AT_NIGHT if self._night else style.READOUT,
        )  # fmt: skip
        return rings


def _extent(
    x: NDArray[np.float64], z: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest x and z, with a margin of at least 10 um."""
    low, high = np.array([x.min(), z.min()]), np.array([x.max(), z.max()])
    pad = max(float((high - low).max()) * _MARGIN, 10.0)
    return low - pad, high + pad


def readout_key(figure: AnyFigure, rings: Line2D, right: float, y: float) -> Legend:
    """The words that go with the rings of `Plane.mark`, ending at `right` (figure fractions).

    Example:
        >>> rings = Plane(axes, trials[0].neurons, "inferno", (0.0, 40.0)).mark([3, 17])
        >>> readout_key(axes.figure, rings, 0.97, 0.92).get_texts()[0].get_text()
        'readout neurons'
    """
    ring = Line2D(
        [], [], linestyle="none", marker="o", markersize=7, markerfacecolor="none",
        markeredgecolor=rings.get_markeredgecolor(), markeredgewidth=1.4, label="readout neurons",
    )  # fmt: skip
    return figure.legend(
        handles=[ring], loc="center right", bbox_to_anchor=(right, y), borderpad=0,
        borderaxespad=0, handletextpad=0.1,
    )  # fmt: skip


def need_positions(activity: Activity) -> NDArray[np.float32]:
    """The positions of the neurons, (n_neurons, 3) um.

    Raises:
        ValueError: they are not known.

    Example:
        >>> need_positions(trials[0]).shape
        (120, 3)
    """
    if activity.neurons.positions is None:
        raise ValueError(
            "the positions of the neurons are not known: log with populations=network, or "
            "populations=Neurons(populations, positions=...), to have them stored."
        )
    return activity.neurons.positions


def top_of(values: ArrayLike, percentile: float = 99.0) -> float:
    """Top of a colour scale: a high percentile, so that one neuron does not darken all others.

    Example:
        >>> top_of([0.0, 2.0, -4.0], percentile=100)
        4.0
    """
    values = np.abs(np.asarray(values, np.float64))
    values = values[np.isfinite(values)]
    if not values.any():
        return 1.0
    usual = float(np.percentile(values, percentile))
    return usual if usual > 0 else float(values.max())
