"""What the comparing figures stand on: their size and heading, panels, and how they are saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from matplotlib.axes import Axes

from keras_v1_activity.figures.kit import parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Drawing
from keras_v1_activity.figures.kit.saving import AnyPath
from keras_v1_activity.figures.kit.scale import Box
from keras_v1_activity.similarity import Window

SIZE_INCHES: Final = (12.0, 6.75)
DPI: Final = 100
FIRST: Final = "#0072B2"
SECOND: Final = "#D55E00"
# Okabe & Ito 2008: told apart by every reader.
SERIES: Final = (FIRST, SECOND, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def in_own_style(draw: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Draws in the style of the package, whatever the user's is.

    Example:
        >>> @in_own_style
        ... def draw():
        ...     return new_drawing("Trials")
        >>> draw().handles["title"].get_fontsize()
        15.0
    """

    @wraps(draw)
    def drawn(*arguments: _Parameters.args, **options: _Parameters.kwargs) -> _Result:
        with style.own_style():
            return draw(*arguments, **options)

    return drawn


def new_drawing(
    title: str,
    words: str = "",
    label: str = "",
    size_inches: tuple[float, float] = SIZE_INCHES,
) -> Drawing:
    """An empty figure with a headline and a quiet line below it.

    Args:
        title: what the figure shows; no headline if it is "".
        words: the quiet line.
        label: whose activity it shows, such as the name of a network; "" for none.
        size_inches: width and height.

    Example:
        >>> new_drawing("Trials", label="before").handles["title"].get_text()
        'Trials: before'
    """
    drawing = Drawing(size_inches, DPI)
    if title:
        title = f"{title}: {wording.printable(label, 40)}" if label else title
        text = drawing.text(0.055, 0.96, title, fontsize=15, fontweight="bold", va="center")
        drawing.handles["title"] = text
        drawing.handles["caption"] = parts.caption(drawing, words, left=0.055)
    return drawing


def save(figure: Drawing, path: AnyPath, dpi: float = DPI) -> AnyPath:
    """Writes a figure as PNG, at most 300 kB at the default `dpi`; whole or not at all.

    Args:
        figure: `Drawing` that one of the functions of this package returned.
        path: file to write; its folder must exist.
        dpi: dots per inch.

    Returns:
        `path`.

    Raises:
        OSError: the file cannot be written.

    Example:
        >>> from keras_v1_activity.figures import comparison
        >>> comparison.save(comparison.trials_summary(trials), "trials.png")
        'trials.png'
    """
    return figure.save(path, dpi)


def titled_panel(figure: AnyFigure, box: Box, title: str) -> Axes:
    """Axes in `box` (figure fractions) under a title.

    Example:
        >>> titled_panel(axes.figure, (0.1, 0.1, 0.3, 0.3), "each neuron").get_title(loc="left")
        'each neuron'
    """
    axes = figure.add_axes(box)
    axes.set_title(wording.printable(title, 60), loc="left", fontsize=11, fontweight="bold", pad=6)
    return axes


def window_text(window_ms: Window | None) -> str:
    """The window in words; empty if it is all the time.

    Example:
        >>> window_text((50, 200))
        '50 to 200 ms'
    """
    return "" if window_ms is None else f"{window_ms[0]:g} to {window_ms[1]:g} ms"


def joined(*texts: str) -> str:
    """The texts that are not empty, in one line.

    Example:
        >>> joined("3 trials", "", "200 neurons")
        '3 trials, 200 neurons'
    """
    return ", ".join(text for text in texts if text)
