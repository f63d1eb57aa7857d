"""Size, fonts and colours of every figure, applied only while one is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import matplotlib

SIZE_INCHES: Final = (10.0, 6.0)

INK: Final = "#1F2933"
SOFT_INK: Final = "#5B6770"
FAINT: Final = "#C5CCD3"
PANEL: Final = "#F4F6F8"
# Right against wrong is told by words and marks as well; these two stay apart for every reader
# (Okabe & Ito 2008, "Color Universal Design").
RIGHT: Final = "#0072B2"
WRONG: Final = "#C44E00"
TRUE_CLASS: Final = "#D7191C"
SPIKE: Final = "#D7191C"
READOUT: Final = "#0B5FFF"
PREDICTED: Final = "#33475B"

STYLE: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 11.0,
    "axes.titlesize": 11.0,
    "axes.labelsize": 11.0,
    "xtick.labelsize": 10.0,
    "ytick.labelsize": 10.0,
    "legend.fontsize": 10.0,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT_INK,
    "axes.linewidth": 0.8,
    "axes.labelcolor": INK,
    "axes.formatter.useoffset": False,
    "text.color": INK,
    # A population may be called "$a_1"; names are text, never formulas.
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": SOFT_INK,
    "ytick.color": SOFT_INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.0,
    "lines.solid_capstyle": "round",
    "image.interpolation": "nearest",
    "image.aspect": "auto",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
# What belongs to the user's session and not to the look of a picture.
_SESSION = ("backend", "interactive", "toolbar", "timezone", "webagg", "tk.", "date.", "docstring")


@contextmanager
def own_style() -> Iterator[None]:
    """Our style in place of the user's for a while; theirs is back afterwards.

    Example:
        >>> import matplotlib
        >>> with own_style():
        ...     matplotlib.rcParams["font.size"]
        11.0
    """
    defaults = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(_SESSION)
    }
    with matplotlib.rc_context():
        matplotlib.rcParams.update({**defaults, **STYLE})
        yield
