"""Rendering that draws each text once and then copies it: most words are the same in every look."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from numpy.typing import NDArray

_MOST_TEXTS = 2000
# Around a text, pixels: accents, slanted letters and smoothing reach beyond its measured box.
_MARGIN = 3


class CopyingRenderer(RendererAgg):
    """An Agg renderer that keeps the pixels of the texts it has drawn, and copies them.

    Texts are placed on whole pixels. What is drawn does not depend on what was drawn before.

    Args:
        width: pixels.
        height: pixels.
        dpi: dots per inch.

    Example:
        >>> renderer = CopyingRenderer(1000, 600, dpi=100)
    """

    def __init__(self, width: int, height: int, dpi: float) -> None:
        super().__init__(width, height, dpi)
        # By what makes a text look different: (pixels, how far they reach left and below).
        self._texts: OrderedDict[Any, tuple[NDArray[np.uint8], int, int]] = OrderedDict()

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        """Draws a text as `RendererAgg` does, from memory if it was drawn before."""
        rgba = _colour(gc)
        key = (s, prop.copy(), angle, rgba, ismath)
        if key not in self._texts:
            self._texts[key] = self._picture(gc, s, prop, angle, ismath, mtext)
            if len(self._texts) > _MOST_TEXTS:
                self._texts.popitem(last=False)
        self._texts.move_to_end(key)
        pixels, left, below = self._texts[key]
        if pixels.size:
            plain = self.new_gc()
            plain.set_clip_rectangle(gc.get_clip_rectangle())
            bottom = self.height - round(y) - below
            self.draw_image(plain, round(x) - left, bottom, pixels)
            plain.restore()

    def _picture(
        self,
        gc: GraphicsContextBase,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any,
        mtext: Text | None,
    ) -> tuple[NDArray[np.uint8], int, int]:
        """(pixels (h, w, 4), how far they reach left of and below the anchor of the text)."""
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        corners = [(0, -descent), (width, -descent), (width, height), (0, height)]
        turned = np.array(corners) @ _rotation(angle)
        left, below = np.ceil(_MARGIN - turned.min(axis=0)).astype(int)
        wide, high = (np.ceil(turned.max(axis=0) + _MARGIN)).astype(int) + (left, below)
        page = RendererAgg(int(wide), int(high), self.dpi)
        page.draw_text(gc, left, high - below, s, prop, angle, ismath, mtext)
        # `draw_image` takes its rows from the bottom up.
        pixels = np.asarray(page.buffer_rgba())[::-1].copy()
        return pixels, int(left), int(below)


def _rotation(degrees: float) -> NDArray[np.float64]:
    """Matrix (2, 2) that turns row vectors counter-clockwise."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, sin], [-sin, cos]])


def _colour(gc: GraphicsContextBase) -> tuple[float, ...]:
    rgb = gc.get_rgb()
    return (*rgb[:3], gc.get_alpha() if len(rgb) == 3 or gc.get_forced_alpha() else rgb[3])


class Canvas(FigureCanvasAgg):
    """A canvas that draws with a renderer that is given to it.

    Args:
        figure: matplotlib Figure of the size of the renderer.
        renderer: `CopyingRenderer`.

    Example:
        >>> canvas = Canvas(axes.figure, CopyingRenderer(1000, 600, dpi=100))
        >>> canvas.draw()
        >>> np.asarray(canvas.buffer_rgba()).shape
        (600, 1000, 4)
    """

    def __init__(self, figure: Figure, renderer: CopyingRenderer) -> None:
        super().__init__(figure)
        self._given = renderer

    def get_renderer(self) -> CopyingRenderer:
        """The renderer that was given."""
        return self._given
