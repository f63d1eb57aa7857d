"""The raster of an `Activity` as an SVG: spikes as the pixels of an embedded PNG.

A pixel holds one neuron and one time step, or several of both in a large network or a long sample.
Neurons stand in drawing order, in the colours of their populations.
"""

from __future__ import annotations

import io
import re
from base64 import b64encode
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keras_v1_activity.activity.derived import SpikeNumbers
from keras_v1_activity.common.checks import shortened

WIDTH: int = 760
"""Of the whole SVG, in CSS pixels."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 104, 16, 6, 34
_PLOT_WIDTH = WIDTH - _LEFT - _RIGHT
_MOST_ROWS = 320
_FEWEST_ROWS = 24
_BAR = 6  # width of the colour bar
_LABEL_HEIGHT = 11
_GREY = "#787878"
# One spike in a pixel is drawn paler than several: opacity of 1, 2, 3 and more of them.
_OPACITIES = (150, 195, 225, 255)
_MOST_COLOURS = 255 // len(_OPACITIES)


def raster_svg(activity: SpikeNumbers) -> str:
    """The raster with its axis, colour bar and population labels; no spikes give an empty one.

    Example:
        >>> raster_svg(activity)[:4]
        '<svg'
    """
    height = min(max(6 * activity.n_neurons, _FEWEST_ROWS), _MOST_ROWS)
    parts = [*_bands(activity, height), *_time_axis(activity, height)]
    if activity.n_spikes:
        parts.append(
            f'<image x="{_LEFT}" y="{_TOP}" width="{_PLOT_WIDTH}" height="{height}" '
            'preserveAspectRatio="none" style="image-rendering:pixelated" '
            f'href="data:image/png;base64,{b64encode(raster_png(activity)).decode()}"/>'
        )
    else:
        middle = _LEFT + _PLOT_WIDTH / 2
        parts.append(_label(middle, _TOP + height / 2 + 4, "no spikes", "middle"))
    whole = _TOP + height + _BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="raster of '
        f'{activity.n_spikes:,} spikes" width="{WIDTH}" height="{whole}" '
        f'viewBox="0 0 {WIDTH} {whole}" style="max-width:100%;height:auto;color:inherit" '
        f'font-family="system-ui,sans-serif" font-size="10">{"".join(parts)}</svg>'
    )


def raster_png(activity: SpikeNumbers) -> bytes:
    """The spikes as a PNG with a transparent background, a row of pixels for each row of neurons.

    A pixel that several populations share has the colour of the smallest of them, so that rare cell
    types can be seen.

    Example:
        >>> raster_png(activity)[1:4]
        b'PNG'
    """
    if not activity.n_spikes:
        return _indexed_png(np.zeros((1, 1), np.uint8), np.zeros((0, 3), np.uint8))
    columns = max(min(_PLOT_WIDTH, activity.n_steps), 1)
    rows = max(min(_MOST_ROWS, activity.n_neurons), 1)
    populations = activity.populations
    x = activity.spike_steps.astype(np.int64) * columns // max(activity.n_steps, 1)
    y = populations.row[activity.spike_neurons] * rows // max(activity.n_neurons, 1)
    pixel = y * columns + x
    counts = np.bincount(pixel, minlength=rows * columns)
    by_size = np.argsort(-populations.counts, kind="stable")
    rank_of = np.argsort(by_size)
    rank = np.zeros(rows * columns, np.int64)
    np.maximum.at(rank, pixel, rank_of[populations.index[activity.spike_neurons]])
    colours, colour_of = _colours(activity)
    level = np.minimum(counts, len(_OPACITIES)) - 1
    if np.percentile(counts[counts > 0], 99) <= 2:
        # One or two spikes in a pixel is chance, not density: all of them in full colour.
        level = np.full_like(counts, len(_OPACITIES) - 1)
    place = 1 + colour_of[by_size[rank]] * len(_OPACITIES) + level
    image = np.where(counts > 0, place, 0).astype(np.uint8).reshape(rows, columns)
    return _indexed_png(image, colours)


def _colours(activity: SpikeNumbers) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The distinct colours (k, 3), and the number of each population's colour."""
    texts = [safe_colour(member.colour) for member in activity.populations.members]
    distinct = list(dict.fromkeys(texts))[: _MOST_COLOURS - 1] + [_GREY]
    number = {text: i for i, text in reversed(list(enumerate(distinct)))}
    rgb = [[int(text[i : i + 2], 16) for i in (1, 3, 5)] for text in distinct]
    others = len(distinct) - 1
    return np.array(rgb, np.uint8), np.array([number.get(text, others) for text in texts])


def _indexed_png(image: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
    """A PNG of palette indices: 0 is transparent, then the opacities of each colour."""
    levels = len(_OPACITIES)
    palette = np.concatenate([np.zeros((1, 3), np.uint8), np.repeat(colours, levels, axis=0)])
    picture = Image.fromarray(image)
    picture.putpalette(palette.tobytes())  # from now on its pixels are places in the palette
    opacities = bytes([0, *_OPACITIES * len(colours)])
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=opacities)
    return file.getvalue()


def safe_colour(text: str) -> str:
    """A colour as hex RGB; grey for what is none.

    Example:
        >>> safe_colour("#c93C3C"), safe_colour("red;background:url(x)")
        ('#c93C3C', '#787878')
    """
    return text if re.fullmatch("#[0-9a-fA-F]{6}", text) else _GREY


def _bands(activity: SpikeNumbers, height: int) -> list[str]:
    """The colour bar, and the name of each population that is high enough for it."""
    parts, end, free = [], 0, -np.inf
    per_neuron = height / max(activity.n_neurons, 1)
    populations = activity.populations
    for member, count in zip(populations.members, populations.counts.tolist(), strict=True):
        first, end = end, end + count
        top, size = _TOP + first * per_neuron, count * per_neuron
        parts.append(
            f'<rect x="{_LEFT - _BAR - 3}" y="{top:.1f}" width="{_BAR}" height="{size:.1f}" '
            f'fill="{safe_colour(member.colour)}"/>'
        )
        middle = top + size / 2
        if count and size > 2 and middle - free >= _LABEL_HEIGHT:
            parts.append(_label(_LEFT - _BAR - 8, middle + 3.5, shortened(member.name, 16), "end"))
            free = middle
    return parts


def _time_axis(activity: SpikeNumbers, height: int) -> list[str]:
    """A line below the raster, ticks at round times, and their unit."""
    bottom, duration = _TOP + height + 3, activity.duration_ms
    line = 'stroke="currentColor" stroke-opacity="0.6"'
    right = _LEFT + _PLOT_WIDTH
    parts = [f'<line x1="{_LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}" {line}/>']
    for time in _round_times(duration):
        x = _LEFT + (_PLOT_WIDTH * time / duration if duration else 0)
        parts.append(f'<line x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="{bottom + 4}" {line}/>')
        parts.append(_label(x, bottom + 14, f"{time:g}", "middle"))
    parts.append(_label(_LEFT + _PLOT_WIDTH / 2, bottom + 27, "time (ms)", "middle"))
    return parts


def _round_times(duration: float, most: int = 7) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from 0 to `duration`, at most `most` of them."""
    if not duration:
        return [0.0]
    power = 10.0 ** np.floor(np.log10(duration / most))
    step = next(power * m for m in (1, 2, 5, 10, 20) if duration / (power * m) <= most - 1)
    return [float(f"{k * step:.6g}") for k in range(int(duration / step * (1 + 1e-9)) + 1)]


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor">'
        f"{escape(text)}</text>"
    )
