"""Spike raster: every spike of every neuron, and the population spike rate below it."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from keras_v1_activity import measures
from keras_v1_activity.figures.kit import parts, style

# Above this many spikes, dots overlap and cost time; they are then binned to pixels.
MOST_DOTS = 15_000
MOST_ROWS_OF_DOTS = 5_000
# The faintest lit pixel: a single spike where others hold many must still be seen on a slide.
LEAST_INTENSITY = 0.5
_BOX = (0.115, 0.285, 0.845, 0.595)
_RATE_BOX = (0.115, 0.095, 0.845, 0.135)
_RATE_BINS = 150


def draw(activity, figure):
    """Draws the raster of `activity` into `figure`.

    Returns:
        dict: ``axes``, ``rate_axes``, ``rate`` (the stairs), ``dots`` (Line2D by population name)
        or ``image`` (AxesImage, RGB, one pixel or more a bin), ``labels``, ``title``, ``verdict``.
    """
    handles = parts.headline(figure, activity, "Spike raster", left=_BOX[0], right=0.96)
    axes = parts.panel(figure, _BOX)
    _prepare(axes, activity)
    if activity.silent:
        parts.say(axes, f"no spikes in {parts.duration_ms(activity):g} ms")
    elif activity.n_spikes <= MOST_DOTS and activity.n_neurons <= MOST_ROWS_OF_DOTS:
        handles["dots"] = _draw_dots(axes, activity)
    else:
        handles["image"] = _draw_pixels(axes, activity, figure)
    handles["labels"] = _label_bands(axes, activity)
    handles["readout"] = _mark_readout(axes, activity)
    handles["legend"] = _legend(figure, activity)
    rate_axes = parts.panel(figure, _RATE_BOX)
    handles["rate"] = _draw_rate(rate_axes, activity)
    return {**handles, "axes": axes, "rate_axes": rate_axes}


def _prepare(axes, activity):
    axes.set_xlim(0, parts.duration_ms(activity))
    axes.set_ylim(max(activity.n_neurons, 1), 0)
    axes.spines["left"].set_visible(False)


def _draw_dots(axes, activity):
    """One marker a spike, all of a population in one artist; y is the middle of its row."""
    populations = activity.populations
    rows = populations.row[activity.spike_neurons] + 0.5
    owner = populations.index[activity.spike_neurons]
    points_a_row = _BOX[3] * style.SIZE_INCHES[1] * 72 / activity.n_neurons
    size = float(np.clip(points_a_row * 0.8, 1.7, 5.0))
    dots = {}
    for i, population in enumerate(populations.members):
        mine = owner == i
        (dots[population.name],) = axes.plot(
            activity.spike_times[mine], rows[mine], linestyle="none", marker="o", markersize=size,
            markeredgewidth=0, color=population.colour, clip_on=False, zorder=3,
        )  # fmt: skip
    return dots


def _draw_pixels(axes, activity, figure):
    width, height = figure.get_size_inches() * figure.dpi
    image = bin_to_pixels(activity, int(width * _BOX[2]), int(height * _BOX[3]))
    extent = (0, parts.duration_ms(activity), activity.n_neurons, 0)
    return axes.imshow(image, extent=extent, aspect="auto", interpolation="nearest", zorder=1)


def bin_to_pixels(activity, width, height):
    """The raster as an RGB image (rows, columns, 3), uint8, at most `height` x `width`.

    A pixel lights if and only if at least one spike falls into it. Its colour is that of the
    smallest population that fired in it, so that rare cell types do not drown; its intensity
    grows with the number of spikes.
    """
    columns = max(min(width, activity.n_steps), 1)
    rows = max(min(height, activity.n_neurons), 1)
    populations = activity.populations
    x = activity.spike_steps.astype(np.int64) * columns // max(activity.n_steps, 1)
    y = populations.row[activity.spike_neurons] * rows // max(activity.n_neurons, 1)
    pixel = y * columns + x
    counts = np.bincount(pixel, minlength=rows * columns)
    lit = counts > 0
    small_last = np.argsort(np.argsort(-populations.counts, kind="stable"))
    rank = np.zeros(rows * columns, np.int64)
    np.maximum.at(rank, pixel, small_last[populations.index[activity.spike_neurons]])
    palette = np.array([to_rgb(population.colour) for population in populations.members])
    colour = palette[np.argsort(small_last)][rank]
    image = np.ones((rows * columns, 3))
    strength = _intensity(counts[lit])[:, None]
    image[lit] = 1 - strength * (1 - colour[lit])
    return np.rint(image.reshape(rows, columns, 3) * 255).astype(np.uint8)


def _intensity(counts):
    """From LEAST_INTENSITY for one spike to 1 for the fullest pixels."""
    full = np.percentile(counts, 99) if counts.size else 1
    # One or two spikes a pixel is chance, not density: all of them in full colour.
    if full <= 2:
        return np.ones(counts.size)
    share = np.clip((counts - 1) / (full - 1), 0, 1)
    return LEAST_INTENSITY + (1 - LEAST_INTENSITY) * np.sqrt(share)


def bands(activity):
    """Contiguous rows that share a layer, or a population where no layer is known.

    Returns:
        list of (label, colour, first row, row after the last), from the top down.
    """
    found = []
    end = 0
    for population, count in zip(
        activity.populations.members, activity.populations.counts, strict=True
    ):
        start, end = end, end + int(count)
        label = f"L{population.layer}" if population.layer else parts.printable(population.name, 10)
        colour = style.INK if population.layer else population.colour
        if found and population.layer and found[-1][0] == label:
            found[-1] = (label, colour, found[-1][2], end)
        else:
            found.append((label, colour, start, end))
    return found


def _label_bands(axes, activity):
    """Brackets and names at the left; where names do not all fit, those of the largest bands."""
    if not activity.populations.named:
        axes.spines["left"].set_visible(True)
        parts.few_ticks(axes.yaxis, 6)
        axes.set_ylabel("neuron")
        parts.Scale(axes, "left")
        return []
    every = bands(activity)
    gap = activity.n_neurons * 13.5 / (_BOX[3] * style.SIZE_INCHES[1] * 72)
    shown = _bands_to_name(every, gap, activity.n_neurons)
    middles = [(start + end) / 2 for _, _, start, end in shown]
    places = parts.spread_labels(middles, gap, gap / 2, activity.n_neurons - gap / 2)
    side = axes.get_yaxis_transform()
    size = 10 if max(len(band[0]) for band in shown) <= 8 else 8
    labels = []
    for (label, colour, start, _), middle, place in zip(shown, middles, places, strict=True):
        axes.plot(
            [-0.022, -0.011, -0.011], [place, middle, middle], transform=side, clip_on=False,
            color=style.FAINT, linewidth=0.8, zorder=2,
        )  # fmt: skip
        labels.append(
            axes.text(
                -0.026, place, label, transform=side, ha="right", va="center", color=colour,
                fontsize=size, fontweight="bold",
            )
        )  # fmt: skip
        axes.axhline(start, color=style.FAINT, linewidth=0.6, zorder=0)
    for _, colour, start, end in every:
        pad = min((end - start) * 0.1, gap * 0.08)
        axes.plot(
            [-0.008, -0.008], [start + pad, end - pad], transform=side, clip_on=False,
            color=colour, linewidth=2.2, solid_capstyle="butt",
        )  # fmt: skip
    return labels


def _bands_to_name(every, gap, height):
    """All bands where their names fit; else the largest ones that are `gap` apart."""
    if len(every) * gap <= height:
        return every
    shown = []
    for band in sorted(every, key=lambda band: band[2] - band[3]):
        middle = (band[2] + band[3]) / 2
        if all(abs(middle - (other[2] + other[3]) / 2) >= gap for other in shown):
            shown.append(band)
    return sorted(shown, key=lambda band: band[2])


def _mark_readout(axes, activity):
    """Small triangles at the right edge, pointing at the rows of the readout neurons."""
    readout = activity.neurons.readout_neurons
    if len(readout) == 0:
        return None
    (marks,) = axes.plot(
        np.full(len(readout), 1.009), activity.populations.row[readout] + 0.5, linestyle="none",
        marker="<", markersize=5, markeredgewidth=0, color=style.READOUT, alpha=0.75,
        transform=axes.get_yaxis_transform(), clip_on=False,
    )  # fmt: skip
    return marks


def _legend(figure, activity):
    """Cell classes, the readout mark, and how many neurons and spikes there are."""
    text = (
        f"{parts.count(activity.n_neurons, 'neuron')}, {parts.count(activity.n_spikes, 'spike')}, "
        f"mean rate {parts.rate_text(activity.mean_rate)}"
    )
    parts.caption(figure, text, left=_BOX[0])
    entries = [
        Line2D([], [], linestyle="none", marker="s", markersize=7, color=colour, label=label)
        for label, colour in _class_colours(activity)
    ]
    if len(activity.neurons.readout_neurons):
        entries.append(
            Line2D([], [], linestyle="none", marker="<", markersize=6, color=style.READOUT,
                   label="readout")
        )  # fmt: skip
    if not entries:
        return None
    return figure.legend(
        handles=entries, loc="center right", bbox_to_anchor=(0.967, 0.922), ncols=len(entries),
        handletextpad=0.1, columnspacing=0.9, borderpad=0, borderaxespad=0, fontsize=9.5,
    )  # fmt: skip


def _class_colours(activity):
    """(class, colour of its largest population) for each cell class there is."""
    largest = {}
    members = activity.populations.members
    for population, count in zip(members, activity.populations.counts, strict=True):
        name = population.cell_class
        if name and count > largest.get(name, (0, ""))[0]:
            largest[name] = (count, population.colour)
    # Excitatory first, as in every table of the field.
    return [(name, largest[name][1]) for name in sorted(largest, key=lambda n: (n != "Exc", n))]


def _draw_rate(axes, activity):
    """Population spike rate over time, all neurons, Hz."""
    bin_ms = max(parts.nice_bin_ms(activity, _RATE_BINS), min(5.0, parts.duration_ms(activity)))
    edges = measures.bin_edges_ms(activity, bin_ms)
    rates = measures.mean_rate_over_time(activity, bin_ms)
    stairs = axes.stairs(rates, edges, fill=True, color="#8795A1", linewidth=0)
    parts.time_axis(axes, activity)
    top = float(rates.max()) if rates.size else 0.0
    axes.set_ylim(0, top * 1.12 if top > 0 else 1.0)
    parts.zero_and_top(axes.yaxis, top)
    axes.set_ylabel("rate (Hz)")
    parts.Scale(axes, "left")
    width = measures.bin_width(activity, bin_ms) * activity.dt
    axes.text(
        1.0, 1.04, f"mean of all neurons, {width:g} ms bins", transform=axes.transAxes, ha="right",
        va="bottom", fontsize=9, color=style.SOFT_INK,
    )  # fmt: skip
    return stairs
