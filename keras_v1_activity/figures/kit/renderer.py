"""Rendering that draws each text once and then copies it: most words are the same in every look."""

from collections import OrderedDict

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

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
    """

    def __init__(self, width, height, dpi):
        super().__init__(width, height, dpi)
        self._texts = OrderedDict()

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        """Draws a text as `RendererAgg` does, from memory where it was drawn before."""
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

    def _picture(self, gc, s, prop, angle, ismath, mtext):
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


def _rotation(degrees):
    """Matrix (2, 2) that turns row vectors counter-clockwise."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, sin], [-sin, cos]])


def _colour(gc):
    rgb = gc.get_rgb()
    return (*rgb[:3], gc.get_alpha() if len(rgb) == 3 or gc.get_forced_alpha() else rgb[3])


class Canvas(FigureCanvasAgg):
    """A canvas that draws with a renderer that is given to it.

    Args:
        figure: matplotlib Figure of the size of the renderer.
        renderer: `CopyingRenderer`.
    """

    def __init__(self, figure, renderer):
        super().__init__(figure)
        self._given = renderer

    def get_renderer(self):
        """The renderer that was given."""
        return self._given
