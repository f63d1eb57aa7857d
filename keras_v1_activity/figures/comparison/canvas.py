"""What the comparing figures stand on: their size and heading, and how they become a file."""

from functools import wraps

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure

from keras_v1_activity.figures.kit import parts, saving, style

SIZE_INCHES = (12.0, 6.75)
DPI = 100
FIRST, SECOND = "#0072B2", "#D55E00"
# Okabe & Ito 2008: told apart by every reader.
SERIES = (FIRST, SECOND, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def in_own_style(draw):
    """Draws in the style of the package, whatever the user's is."""

    @wraps(draw)
    def drawn(*arguments, **options):
        with style.own_style():
            return draw(*arguments, **options)

    return drawn


def new_figure(title, words="", label="", size_inches=SIZE_INCHES):
    """An empty figure with a headline and a quiet line below it.

    Args:
        title: what the figure shows; no headline where it is "".
        words: the quiet line.
        label: of what it shows it, such as the name of a network; "" for none.
        size_inches: width and height.

    Returns:
        matplotlib Figure, with a dict ``handles`` for what is drawn into it.
    """
    figure = Figure(figsize=size_inches, dpi=DPI)
    FigureCanvasAgg(figure)
    figure.handles = {}
    if title:
        title = f"{title}: {parts.printable(label, 40)}" if label else title
        text = figure.text(0.055, 0.96, title, fontsize=15, fontweight="bold", va="center")
        figure.handles["title"] = text
        figure.handles["caption"] = parts.caption(figure, words, left=0.055)
    return figure


class Pane(SubFigure):
    """A part of a figure that a single figure can be drawn into, as if it were a whole one."""

    @classmethod
    def beside(cls, figure, widths):
        """Panes side by side, as many as there are widths (inches)."""
        grid = figure.add_gridspec(1, len(widths), width_ratios=widths)
        panes = [cls(figure, grid[0, i]) for i in range(len(widths))]
        figure.subfigs.extend(panes)
        return panes

    def get_size_inches(self):
        """Width and height in inches."""
        return self.bbox.size / self.dpi


def save(figure, path, dpi=DPI):
    """Writes a figure as PNG, at most 300 kB at the default `dpi`; whole or not at all.

    Args:
        figure: matplotlib Figure that this package made.
        path: file to write; its folder must exist.
        dpi: dots per inch.

    Returns:
        `path`.

    Raises:
        OSError: the file cannot be written.
    """
    figure.set_dpi(dpi)
    saving.write_whole(
        path, saving.png_bytes(pixels(figure), saving.MAX_BYTES * max(1.0, (dpi / DPI) ** 2))
    )
    return path


def pixels(figure):
    """The drawn figure, (height, width, 3) uint8."""
    with style.own_style():
        figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]


def panel(figure, box, title):
    """Axes in `box` (figure fractions) under a title."""
    axes = figure.add_axes(box)
    axes.set_title(parts.printable(title, 60), loc="left", fontsize=11, fontweight="bold", pad=6)
    return axes


def window_text(window_ms):
    """The window in words; empty where it is all the time."""
    return "" if window_ms is None else f"{window_ms[0]:g} to {window_ms[1]:g} ms"


def joined(*texts):
    """The texts that are not empty, in one line."""
    return ", ".join(text for text in texts if text)
