"""Size, fonts and colours of every figure, applied only while one is drawn."""

from contextlib import contextmanager
from importlib import import_module

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_v1_activity.plan import FIGURES

SIZE_INCHES = (10.0, 6.0)

INK = "#1F2933"
SOFT_INK = "#5B6770"
FAINT = "#C5CCD3"
PANEL = "#F4F6F8"
# Right against wrong is told by words and marks as well; these two stay apart for every reader
# (Okabe & Ito 2008, "Color Universal Design").
RIGHT = "#0072B2"
WRONG = "#C44E00"
TRUE_CLASS = "#D7191C"
SPIKE = "#D7191C"
READOUT = "#0B5FFF"

STYLE = {
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
_OF_NEURON = "trace_neuron_"
# What belongs to the user's session and not to the look of a picture.
_SESSION = ("backend", "interactive", "toolbar", "timezone", "webagg", "tk.", "date.", "docstring")


@contextmanager
def own_style():
    """Our style in place of the user's for a while; theirs is back afterwards."""
    defaults = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(_SESSION)
    }
    with matplotlib.rc_context():
        matplotlib.rcParams.update({**defaults, **STYLE})
        yield


def draw_figure(name, activity, dpi=100):
    """Draws one figure of an activity.

    Args:
        name: one of `keras_v1_activity.plan.FIGURES`, or ``trace_neuron_17`` for the traces of
            neuron 17.
        activity: `Activity`.
        dpi: dots per inch that big rasters are binned for; the figure is 10 x 6 inches.

    Returns:
        matplotlib.figure.Figure with a canvas of its own, unknown to pyplot.

    Raises:
        ValueError: no such figure.
    """
    with own_style():
        figure = make_figure(name, activity, dpi)
    FigureCanvasAgg(figure)
    return figure


def make_figure(name, activity, dpi):
    """The figure `name` in whatever style is set, without a canvas; see `draw_figure`."""
    figure = Figure(figsize=SIZE_INCHES, dpi=dpi)
    if name.startswith(_OF_NEURON):
        from keras_v1_activity.figures import trace_neuron as trace

        trace.draw(activity, figure, int(name.removeprefix(_OF_NEURON)))
    else:
        artist_module(name).draw(activity, figure)
    return figure


def artist_module(name):
    """The module of the figure `name`: its `draw(activity, figure)` returns handles by name.

    Raises:
        ValueError: no such figure.
    """
    if name not in FIGURES:
        raise ValueError(f"there is no figure {name!r}: choose one of {list(FIGURES)}.")
    return import_module(f"keras_v1_activity.figures.{name}")
