"""What several figures share: the headline, the time axis, words in place of missing data."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from keras_v1_activity.figures import style

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
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_facecolor(style.PANEL)
    return say(axes, text)


def time_axis(axes, activity, label=True):
    """Sets x from 0 to the end of the sample, ms."""
    axes.set_xlim(0, duration_ms(activity))
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    if label:
        axes.set_xlabel("time (ms)")
    else:
        axes.tick_params(labelbottom=False)


def duration_ms(activity):
    """Length of the sample, at least one time step so that an axis has a length."""
    return max(activity.n_steps, 1) * activity.dt


def few_ticks(axis, most):
    """At most `most` round whole numbers on an axis."""
    axis.set_major_locator(MaxNLocator(most, integer=True, min_n_ticks=1))


def zero_and_top(axis, top):
    """Two ticks: 0 and the largest 1, 2 or 5 times a power of ten that is not above `top`."""
    if not top > 0:
        axis.set_ticks([0])
        return
    power = 10.0 ** np.floor(np.log10(top))
    axis.set_ticks([0, max(f * power for f in (1, 2, 5) if f * power <= top * (1 + 1e-9))])


def nice_bin_ms(activity, most_bins):
    """Smallest of 1, 2, 5, 10, ... ms, not below dt, that gives at most `most_bins` bins."""
    least = max(duration_ms(activity) / most_bins, activity.dt)
    power = 10.0 ** np.floor(np.log10(least))
    for factor in (1, 2, 5, 10):
        if factor * power >= least * (1 - 1e-9):
            return float(max(round(factor * power / activity.dt), 1) * activity.dt)
    return float(activity.dt)


def colour_bar(figure, image, box, label, **options):
    """A colour bar of its own axes, `box` in figure fractions."""
    axes = figure.add_axes(box)
    bar = figure.colorbar(image, cax=axes, **options)
    bar.set_label(label)
    bar.outline.set_visible(False)
    bar.locator = MaxNLocator(5)
    bar.update_ticks()
    return bar


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
