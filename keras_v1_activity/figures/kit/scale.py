"""Ticks, tick labels and the name of an axis, drawn from three artists instead of five a tick."""

from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT, TICKRIGHT
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

from keras_v1_activity.figures.kit import style

_TICK_POINTS = 3.5
_PAD_POINTS = 3.5
_SIDES = {
    # side: which axis, marker of the ticks, alignment of the labels
    "bottom": ("x", TICKDOWN, {"ha": "center", "va": "top"}),
    "left": ("y", TICKLEFT, {"ha": "right", "va": "center_baseline"}),
    "right": ("y", TICKRIGHT, {"ha": "left", "va": "center_baseline"}),
}


def panel(figure, box, **options):
    """New axes in `box` (figure fractions) that show no ticks until a `Scale` is added."""
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
        colours: one colour for each label, where they differ.
    """

    zorder = 2.5

    def __init__(self, axes, side, *, labels=True, ticks=True, size=10.0, colours=None):
        super().__init__()
        self._side = side
        self._which, marker, alignment = _SIDES[side]
        self._labels, self._colours = labels, colours
        self._marks = Line2D(
            [], [], linestyle="none", marker=marker, markersize=_TICK_POINTS, color=style.SOFT_INK,
            markeredgewidth=0.8, transform=IdentityTransform(),
        ) if ticks else None  # fmt: skip
        self._text = Text(
            fontsize=size, color=style.INK, transform=IdentityTransform(), parse_math=False,
            **alignment,
        )  # fmt: skip
        axes.add_artist(self)
        self.set_clip_on(False)
        for artist in filter(None, (self._marks, self._text)):
            artist.set_figure(axes.figure)

    def draw(self, renderer):
        """Draws the ticks, the labels and the name."""
        if not self.get_visible():
            return
        locations, words = self._ticks()
        pixels = self._pixels(locations)
        if self._marks is not None and len(pixels):
            self._draw_marks(renderer, pixels)
        boxes = []
        for _ in self._each_label(pixels, words):
            self._text.draw(renderer)
            # All labels of a horizontal axis are equally high: the first tells where they end.
            if self._which == "y" or not boxes:
                boxes.append(self._text.get_window_extent(renderer))
        self._draw_name(renderer, boxes)
        self.stale = False

    @property
    def name(self):
        """Text of the axis's own label, which is drawn beyond the labels of the ticks."""
        return self._axis().label

    def label_boxes(self, renderer):
        """Extents of the labels in pixels, dict of label -> Bbox."""
        locations, words = self._ticks()
        return {
            words[i]: self._text.get_window_extent(renderer)
            for i in self._each_label(self._pixels(locations), words)
        }

    def get_window_extent(self, renderer=None):
        """Extent of the labels in pixels."""
        renderer = renderer or self.figure.canvas.get_renderer()
        boxes = [*self.label_boxes(renderer).values()]
        return Bbox.union(boxes) if boxes else Bbox.null()

    def _axis(self):
        return self.axes.xaxis if self._which == "x" else self.axes.yaxis

    def _ticks(self):
        """(positions within the limits, what is written at them)."""
        axis = self._axis()
        low, high = sorted(axis.get_view_interval())
        reach = 1e-6 * (high - low)
        locations = axis.get_majorticklocs()
        words = axis.get_major_formatter().format_ticks(locations)
        shown = [i for i, at in enumerate(locations) if low - reach <= at <= high + reach]
        return [locations[i] for i in shown], [words[i] for i in shown]

    def _pixels(self, locations):
        """Positions along the axis in pixels."""
        if self._which == "x":
            transform = self.axes.get_xaxis_transform()
            return [transform.transform((at, 0))[0] for at in locations]
        transform = self.axes.get_yaxis_transform()
        return [transform.transform((0, at))[1] for at in locations]

    def _edge(self, points):
        """Pixels across the axis, `points` away from the axes."""
        away = points * self.figure.dpi / 72
        box = self.axes.bbox
        if self._side == "bottom":
            return box.y0 - away
        return box.x0 - away if self._side == "left" else box.x1 + away

    def _draw_marks(self, renderer, pixels):
        across = [self._edge(0)] * len(pixels)
        self._marks.set_data(*((pixels, across) if self._which == "x" else (across, pixels)))
        self._marks.draw(renderer)

    def _each_label(self, pixels, words):
        """Puts the text at each label in turn; yields its number."""
        if not self._labels:
            return
        across = self._edge(_PAD_POINTS + (_TICK_POINTS if self._marks is not None else 0.0))
        for i, (along, word) in enumerate(zip(pixels, words, strict=True)):
            if not word:
                continue
            self._text.set_text(word)
            self._text.set_position((along, across) if self._which == "x" else (across, along))
            if self._colours is not None:
                self._text.set_color(self._colours[i])
            yield i

    def _draw_name(self, renderer, boxes):
        """The name beyond the labels, and what all labels are multiplied by where that is much."""
        box = self.axes.bbox
        away = self._axis().labelpad * self.figure.dpi / 72
        if self._side == "bottom":
            place = ((box.x0 + box.x1) / 2, min([b.y0 for b in boxes] or [box.y0]) - away)
        elif self._side == "left":
            place = (min([b.x0 for b in boxes] or [box.x0]) - away, (box.y0 + box.y1) / 2)
        else:
            place = (max([b.x1 for b in boxes] or [box.x1]) + away, (box.y0 + box.y1) / 2)
        if self.name.get_text():
            self.name.set(
                position=place, va="bottom" if self._side == "left" else "top",
                transform=IdentityTransform(),
            )  # fmt: skip
            self.name.draw(renderer)
        factor = self._axis().get_major_formatter().get_offset()
        if factor and self._labels:
            self._text.set_text(factor)
            self._draw_factor(renderer, box)

    def _draw_factor(self, renderer, box):
        if self._which == "y":
            place = (box.x0, box.y1 + 4)
        else:
            place = (box.x1, self._edge(4 * _PAD_POINTS + 10))
        alignment = self._text.get_ha(), self._text.get_va()
        self._text.set(position=place, ha="left" if self._which == "y" else "right", va="bottom")
        self._text.draw(renderer)
        self._text.set(ha=alignment[0], va=alignment[1])
