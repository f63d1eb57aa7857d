"""Ticks, tick labels and the name of an axis, drawn from three artists instead of five a tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

from keras_v1_activity.figures.kit import style
from keras_v1_activity.figures.kit.drawing import AnyFigure
from keras_v1_activity.figures.kit.sides import SIDES

_TICK_POINTS = 3.5
_PAD_POINTS = 3.5

# Left, bottom, width and height of a panel, in figure fractions.
Box: TypeAlias = tuple[float, float, float, float]


def panel(figure: AnyFigure, box: Box, **options: Any) -> Axes:
    """New axes in `box` (figure fractions) that show no ticks until a `Scale` is added.

    Example:
        >>> panel(axes.figure, (0.1, 0.1, 0.3, 0.3)).xaxis.get_visible()
        False
    """
    axes = figure.add_axes(box, **options)
    axes.xaxis.set_visible(False)
    axes.yaxis.set_visible(False)
    return axes


class Scale(Artist):
    """Draws one axis of `axes` as matplotlib would, in a fifth of the time.

    Where the ticks are, what is written at them, and the name come from the axis itself at the
    moment of drawing: `set_xlim`, `set_major_locator`, `set_xlabel` work as ever.

    Args:
        axes: Axes, whose own axis should be invisible; see `panel`.
        side: "bottom", "left" or "right".
        labels: whether anything is written at the ticks.
        ticks: whether there are ticks.
        size: font size of the labels, points.
        colours: one colour for each label, if they differ.

    Example:
        >>> own = panel(axes.figure, (0.1, 0.1, 0.3, 0.3))
        >>> _ = own.set(ylim=(0, 40), ylabel="rate (Hz)")
        >>> Scale(own, "left").name.get_text()
        'rate (Hz)'
    """

    zorder: float = 2.5

    def __init__(
        self,
        axes: Axes,
        side: Literal["bottom", "left", "right"],
        *,
        labels: bool = True,
        ticks: bool = True,
        size: float = 10.0,
        colours: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self._side = SIDES[side]
        self._labels, self._colours = labels, colours
        self._marks = Line2D(
            [], [], linestyle="none", marker=self._side.marker, markersize=_TICK_POINTS,
            color=style.SOFT_INK, markeredgewidth=0.8, transform=IdentityTransform(),
        ) if ticks else None  # fmt: skip
        self._text = Text(
            fontsize=size, color=style.INK, transform=IdentityTransform(), parse_math=False,
            **self._side.alignment,
        )  # fmt: skip
        axes.add_artist(self)
        self.set_clip_on(False)
        for artist in filter(None, (self._marks, self._text)):
            artist.set_figure(axes.figure)

    def draw(self, renderer: RendererBase) -> None:
        """Draws the ticks, the labels and the name."""
        if not self.get_visible():
            return
        locations, words = self._ticks()
        pixels = self._side.along(self.axes, locations)
        if self._marks is not None and pixels:
            across = [self._side.across(self.axes, 0)] * len(pixels)
            self._marks.set_data(*self._side.point(pixels, across))
            self._marks.draw(renderer)
        boxes: list[Bbox] = []
        for _ in self._each_label(pixels, words):
            self._text.draw(renderer)
            # All labels of a horizontal axis are equally high: the first tells where they end.
            if not self._side.horizontal or not boxes:
                boxes.append(self._text.get_window_extent(renderer))
        self._draw_name(renderer, boxes)
        self._draw_factor(renderer)
        self.stale = False

    @property
    def name(self) -> Text:
        """Text of the axis's own label, which is drawn beyond the labels of the ticks."""
        return self._side.axis(self.axes).label

    def label_boxes(self, renderer: RendererBase) -> dict[str, Bbox]:
        """Extents of the labels in pixels, dict of label -> Bbox."""
        locations, words = self._ticks()
        return {
            words[i]: self._text.get_window_extent(renderer)
            for i in self._each_label(self._side.along(self.axes, locations), words)
        }

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        """Extent of the labels in pixels."""
        renderer = renderer or self.figure.canvas.get_renderer()
        boxes = [*self.label_boxes(renderer).values()]
        return Bbox.union(boxes) if boxes else Bbox.null()

    def _ticks(self) -> tuple[list[float], list[str]]:
        """(positions within the limits, what is written at them)."""
        axis = self._side.axis(self.axes)
        locations = axis.get_majorticklocs()
        words = axis.get_major_formatter().format_ticks(locations)
        # As far along as they are drawn, which differs on a logarithmic axis.
        along = axis.get_transform().transform
        low, high = sorted(along(axis.get_view_interval()))
        reach = 1e-6 * (high - low)
        places = along(locations)
        shown = [i for i, at in enumerate(places) if low - reach <= at <= high + reach]
        return [locations[i] for i in shown], [words[i] for i in shown]

    def _each_label(self, pixels: list[float], words: list[str]) -> Iterator[int]:
        """Puts the text at each label in turn; yields its number."""
        if not self._labels:
            return
        ticks = _TICK_POINTS if self._marks is not None else 0.0
        across = self._side.across(self.axes, _PAD_POINTS + ticks)
        for i, (along, word) in enumerate(zip(pixels, words, strict=True)):
            if not word:
                continue
            self._text.set_text(word)
            self._text.set_position(self._side.point(along, across))
            if self._colours is not None:
                self._text.set_color(self._colours[i])
            yield i

    def _draw_name(self, renderer: RendererBase, boxes: list[Bbox]) -> None:
        if self.name.get_text():
            self.name.set(
                position=self._side.place_of_name(self.axes, boxes),
                va="bottom" if self._side.name == "left" else "top", transform=IdentityTransform(),
            )  # fmt: skip
            self.name.draw(renderer)

    def _draw_factor(self, renderer: RendererBase) -> None:
        """What all labels are multiplied by, if that is much, at the end of the axis."""
        factor = self._side.axis(self.axes).get_major_formatter().get_offset()
        if not (factor and self._labels):
            return
        box = self.axes.bbox
        if self._side.horizontal:
            place = (box.x1, self._side.across(self.axes, 4 * _PAD_POINTS + 10))
        else:
            place = (box.x0, box.y1 + 4)
        usual = {"ha": self._text.get_ha(), "va": self._text.get_va()}
        self._text.set_text(factor)
        self._text.set(
            position=place, ha="right" if self._side.horizontal else "left", va="bottom"
        )  # fmt: skip
        self._text.draw(renderer)
        self._text.set(**usual)
