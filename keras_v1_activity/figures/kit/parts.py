"""What several figures share: the headline, the time axis, words in place of missing data."""

import numpy as np
from matplotlib.ticker import FixedLocator, MaxNLocator

from keras_v1_activity.figures.kit import style
from keras_v1_activity.figures.kit.scale import Scale, panel

# Height of the tip of a colour bar, of the height of the bar.
_TIP = 0.045
_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"


def printable(text, most=16):
    """`text` on one line, at most `most` characters, all of them in the font we draw with."""
    text = "".join(c if _in_font(c) else _UNPRINTABLE for c in " ".join(str(text).split()))
    return text if len(text) <= most else text[: most - 1] + "…"


def _in_font(character):
    """DejaVu Sans has all of Latin, Greek and Cyrillic; other scripts would warn at each draw."""
    code = ord(character)
    return 32 <= code < 0x250 and not 127 <= code < 160 or 0x384 <= code < 0x482


def short_number(value):
    """A number in at most five characters: 940, 16.8k, 1.20M."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            scaled = value / (1e3 if unit == "k" else limit)
            return f"{scaled:.1f}{unit}" if scaled < 100 else f"{scaled:.0f}{unit}"
    return f"{value:,.0f}"


def count(n, noun):
    """`n` with its noun: "1 neuron", "2,000 neurons"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def rate_text(hz):
    """A rate with two to three significant digits."""
    return f"{hz:.2f} Hz" if 0 < hz < 1 else f"{hz:.1f} Hz" if hz < 100 else f"{hz:,.0f} Hz"


def verdict(label, prediction):
    """Words and colour for a true class and a predicted one; -1 and None are unknown.

    Example:
        >>> verdict(3, 5)[0]
        'true 3, predicted 5 ✗'
    """
    known_label = label is not None and label >= 0
    known_prediction = prediction is not None and prediction >= 0
    if known_label and known_prediction:
        right = label == prediction
        mark, colour = ("✓", style.RIGHT) if right else ("✗", style.WRONG)
        return f"true {label}, predicted {prediction} {mark}", colour
    if known_label:
        return f"true {label}, prediction unknown", style.INK
    if known_prediction:
        return f"predicted {prediction}, label unknown", style.INK
    return "label and prediction unknown", style.SOFT_INK


def headline(figure, activity, subject, left=0.09, right=0.97):
    """Subject and training step at the left, true and predicted class at the right."""
    step = f"step {activity.step:,}" if activity.step else ""
    title = ", ".join(part for part in (subject, step) if part)
    words, colour = verdict(activity.label, activity.prediction)
    left_text = figure.text(left, 0.965, title, fontsize=14, fontweight="bold", va="center")
    right_text = figure.text(
        right, 0.965, words, fontsize=13, fontweight="bold", color=colour, ha="right", va="center"
    )
    return {"title": left_text, "verdict": right_text}


def caption(figure, text, left=0.09, right=None):
    """One quiet line below the headline; at the right edge where `right` is given."""
    x, align = (left, "left") if right is None else (right, "right")
    return figure.text(x, 0.922, text, fontsize=10, color=style.SOFT_INK, ha=align, va="center")


def say(axes, text, y=0.5, size=13):
    """Words in the middle of a panel that has nothing, or not everything, to show."""
    return axes.text(
        0.5, y, text, transform=axes.transAxes, ha="center", va="center", fontsize=size,
        color=style.SOFT_INK, zorder=10,
        bbox={"facecolor": "white", "edgecolor": style.FAINT, "boxstyle": "round,pad=0.5"},
    )  # fmt: skip


def empty_panel(axes, text):
    """A panel with words only."""
    for artist in (axes.xaxis, axes.yaxis, *axes.spines.values()):
        artist.set_visible(False)
    axes.set_facecolor(style.PANEL)
    return say(axes, text)


def time_axis(axes, activity, label=True, most=7):
    """Time from 0 to the end of the sample, ms, in at most `most` intervals between ticks."""
    axes.set_xlim(0, duration_ms(activity))
    axes.xaxis.set_major_locator(round_numbers(most))
    if label:
        axes.set_xlabel("time (ms)")
    if not axes.xaxis.get_visible():
        Scale(axes, "bottom", labels=label)
    elif not label:
        axes.tick_params(labelbottom=False)


def duration_ms(activity):
    """Length of the sample, at least one time step so that an axis has a length."""
    return max(activity.n_steps, 1) * activity.dt


def round_numbers(most):
    """Places ticks at multiples of 1, 2 or 5 times a power of ten, `most` intervals at most."""
    return MaxNLocator(most, steps=[1, 2, 5, 10])


def few_ticks(axis, most):
    """At most `most` round whole numbers on an axis."""
    axis.set_major_locator(MaxNLocator(most, integer=True, min_n_ticks=1))


def zero_and_top(axis, top):
    """Two ticks: 0 and the largest 1, 2 or 5 times a power of ten that is not above `top`."""
    if not top > 0:
        axis.set_major_locator(FixedLocator([0]))
        return
    power = 10.0 ** np.floor(np.log10(top))
    highest = max(f * power for f in (1, 2, 5) if f * power <= top * (1 + 1e-9))
    axis.set_major_locator(FixedLocator([0, highest]))


def nice_bin_ms(activity, most_bins):
    """Smallest of 1, 2, 5, 10, ... ms, not below dt, that gives at most `most_bins` bins."""
    least = max(duration_ms(activity) / most_bins, activity.dt)
    power = 10.0 ** np.floor(np.log10(least))
    for factor in (1, 2, 5, 10):
        if factor * power >= least * (1 - 1e-9):
            return float(max(round(factor * power / activity.dt), 1) * activity.dt)
    return float(activity.dt)


def colour_bar(figure, image, box, label, extend="neither"):
    """The colours of an image and what they stand for, in axes of their own.

    Args:
        figure: matplotlib Figure.
        image: AxesImage.
        box: of the bar and its tips, figure fractions.
        label: what the colours stand for, with its unit.
        extend: "min", "max" or "both" puts a tip where values lie beyond the colours.

    Returns:
        The Axes.
    """
    low_tip, high_tip = extend in ("min", "both"), extend in ("max", "both")
    left, bottom, width, height = box
    tip = _TIP * height
    axes = panel(figure, (left, bottom + tip * low_tip, width, height - tip * (low_tip + high_tip)))
    low, high = image.get_clim()
    axes.imshow(
        np.linspace(low, high, 256)[:, None], extent=(0, 1, low, high), origin="lower",
        cmap=image.cmap, vmin=low, vmax=high, aspect="auto", interpolation="nearest",
    )  # fmt: skip
    reach = _TIP / (1 - _TIP * (low_tip + high_tip))
    for shown, base, point, value in ((low_tip, 0, -reach, 0.0), (high_tip, 1, 1 + reach, 1.0)):
        if shown:
            axes.fill([0, 1, 0.5], [base, base, point], color=image.cmap(value), linewidth=0,
                      transform=axes.transAxes, clip_on=False)  # fmt: skip
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlim(0, 1)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_ylabel(label)
    Scale(axes, "right")
    return axes


def spread_labels(wanted, gap, low, high):
    """Positions near `wanted` (ascending) at least `gap` apart and within low..high.

    Labels that would not fit must have been left out before.
    """
    placed = np.asarray(wanted, float).copy()
    for _ in range(2):
        for i in range(len(placed)):
            placed[i] = max(placed[i], low if i == 0 else placed[i - 1] + gap)
        for i in reversed(range(len(placed))):
            placed[i] = min(placed[i], high if i == len(placed) - 1 else placed[i + 1] - gap)
    return placed


def every_nth_label(n, most):
    """Indices of at most `most` of n labels, evenly spaced from the first."""
    return np.arange(0, n, max(-(-n // most), 1))
