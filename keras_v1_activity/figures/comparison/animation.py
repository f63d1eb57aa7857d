"""Activity on the cortical plane as it goes, in bins of a few ms: an MP4 or a GIF."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from PIL import GifImagePlugin, Image

from keras_v1_activity import measures
from keras_v1_activity.common import units
from keras_v1_activity.common.checks import real_number
from keras_v1_activity.common.files import replacing
from keras_v1_activity.figures.comparison import canvas
from keras_v1_activity.figures.comparison.plane import (
    READOUT_AT_NIGHT,
    Plane,
    need_positions,
    readout_key,
)
from keras_v1_activity.figures.kit import parts, style

_SIZE = (5.6, 6.6)
_PLANE = (0.125, 0.265, 0.745, 0.635)
_BAR = (0.885, 0.3, 0.02, 0.565)
_RATE = (0.125, 0.09, 0.745, 0.095)
_FRAME_MS = 100
_NEURONS_A_BIN = 25
# Most neurons fire once in a frame; a rare burst must not make them dim.
_MOST_SPIKES = 2
_MAP_COLOURS = 24
_COLOURS = 63
_NEIGHBOUR = 8
_MOST_FRAMES = 2_000


def animate(activity, path, bin_ms=measures.SYNCHRONY_BIN_MS):
    """Writes an animation of the rates on the cortical plane, ten frames a second.

    Frames are drawn and written one by one: memory does not grow with their number.

    Args:
        activity: `Activity` whose neurons have positions.
        path: file to write: ``.gif``, or ``.mp4``, which needs ffmpeg on the PATH. Without an
            ending it becomes an MP4 where ffmpeg is there, and a GIF otherwise.
        bin_ms: ms of activity a frame, rounded to whole time steps.

    Returns:
        Path of the file written; it appears at once, whole.

    Raises:
        ValueError: the positions of the neurons are not known, another ending, more than 2,000
            frames.
        OSError: ffmpeg is missing or failed, or the file cannot be written.

    Example:
        >>> animate(run[200], "step_200")   # doctest: +SKIP
        PosixPath('step_200.gif')
    """
    need_positions(activity)
    real_number(bin_ms, "bin_ms", 5.0, above=0)
    path = _with_ending(Path(path))
    n_frames = len(measures.bin_edges_ms(activity, bin_ms)) - 1
    if n_frames > _MOST_FRAMES:
        raise ValueError(
            f"bin_ms={bin_ms:g} makes {n_frames:,} frames of {activity.duration_ms:g} ms: give "
            f"one of at least {activity.duration_ms / _MOST_FRAMES:g}."
        )
    write = _write_mp4 if path.suffix.lower() == ".mp4" else _write_gif
    with replacing(path) as temporary, style.own_style():
        write(temporary, _frames(activity, bin_ms))
    return path


def _with_ending(path):
    ending = path.suffix.lower()
    if ending not in (".gif", ".mp4"):
        if ending:
            raise ValueError(
                f"path must end in .gif or .mp4, or have no ending; got {path.name!r}."
            )
        return path.with_suffix(".mp4" if shutil.which("ffmpeg") else ".gif")
    return path


def _frames(activity, bin_ms):
    """Yields each frame, (height, width, 3) uint8; only what changes is drawn anew."""
    moving = _Moving(activity, bin_ms)
    for number in range(len(moving.edges) - 1):
        yield moving.frame(number)


class _Moving:
    """The figure of an animation: what stays is drawn once, what moves over it for each frame."""

    def __init__(self, activity, bin_ms):
        self._activity = activity
        self.edges = measures.bin_edges_ms(activity, bin_ms)
        self._steps = units.ms_to_steps(self.edges, activity.dt)
        self.figure = canvas.new_figure("", size_inches=_SIZE)
        self.plane = Plane(
            self.figure.add_axes(_PLANE), activity.neurons, _colours(), (0.0, 1.0), night=True,
            neurons_a_bin=_NEURONS_A_BIN,
        )  # fmt: skip
        self._rings = self.plane.mark(activity.neurons.readout_neurons)
        self._draw_key()
        self._head(bin_ms)
        self._draw_rate(bin_ms)
        self._time = self.figure.text(_PLANE[0], 0.955, "", fontsize=14, fontweight="bold")
        self._cursor = self._rate_axes.axvspan(0, 1, color=style.INK, alpha=0.25, linewidth=0)
        self._moving = [self.plane.image, self._rings, self._time, self._cursor]
        self._moving = [artist for artist in self._moving if artist is not None]
        for artist in self._moving:
            artist.set_animated(True)
        self.figure.canvas.draw()
        self._still = self.figure.canvas.copy_from_bbox(self.figure.bbox)

    def _head(self, bin_ms):
        step = f"step {self._activity.step:,}" if self._activity.step else ""
        width = measures.bin_width(self._activity, bin_ms) * self._activity.dt
        each = f"means in {self.plane.bin_um:.0f} µm bins" if self.plane.bin_um else ""
        parts.caption(
            self.figure, canvas.joined(step, f"{width:g} ms a frame", each), left=_PLANE[0]
        )
        if self._rings is not None:
            readout_key(self.figure, self._rings, 0.97, 0.963)

    def _draw_rate(self, bin_ms):
        axes = self._rate_axes = self.figure.add_axes(_RATE)
        rate = measures.mean_rate_over_time(self._activity, bin_ms)
        axes.stairs(rate, self.edges, fill=True, color="#8795A1", linewidth=0)
        parts.time_axis(axes, self._activity)
        top = float(rate.max(initial=0.0))
        axes.set_ylim(0, top * 1.12 if top > 0 else 1.0)
        parts.zero_and_top(axes.yaxis, top)
        axes.set_ylabel("rate (Hz)")

    def _values(self, number):
        """(n_neurons,) spikes in a frame; where neurons are averaged in bins, their rate in Hz."""
        low, high = self._steps[number : number + 2]
        first, end = np.searchsorted(self._activity.spike_steps, (low, high))
        counts = np.bincount(
            self._activity.spike_neurons[first:end], minlength=self._activity.n_neurons
        )
        if self.plane.bin_um is None:
            return counts
        return units.counts_to_hz(counts, (high - low) * self._activity.dt)

    def _draw_key(self):
        top = self._top()
        if self.plane.bin_um is not None:
            self.plane.rescale(0.0, top)
            parts.colour_bar(self.figure, self.plane.image, _BAR, "rate (Hz)", extend="max")
            return
        most = int(min(top, _MOST_SPIKES))
        self.plane.rescale(0.0, most)
        words = ["1 spike", "2 spikes" if top <= _MOST_SPIKES else "2 or more"][:most]
        dots = [
            Line2D([], [], linestyle="none", marker="o", markersize=8, label=text,
                   color=self.plane.image.cmap(n / most), markeredgecolor=style.SOFT_INK)
            for n, text in enumerate(words, start=1)
        ]  # fmt: skip
        self.figure.legend(
            handles=dots, loc="center right", bbox_to_anchor=(0.97, 0.922), ncols=most,
            borderpad=0, borderaxespad=0, handletextpad=0.1, columnspacing=1.0,
        )  # fmt: skip

    def _top(self):
        """Top of the colour scale over all frames."""
        top = 0.0
        for number in range(len(self.edges) - 1):
            values = self._values(number)
            if self.plane.bin_um is None:
                top = max(top, float(values.max(initial=0.0)))
            else:
                top = max(top, float(np.nanpercentile(self.plane.binned(values), 99)))
        return top or 1.0

    def frame(self, number):
        """One frame, (height, width, 3) uint8, valid until the next is drawn."""
        low, high = self.edges[number : number + 2]
        self.plane.show(self._values(number))
        self._time.set_text(f"{low:g} to {high:g} ms")
        self._cursor.set(x=low, width=high - low)
        figure_canvas = self.figure.canvas
        figure_canvas.restore_region(self._still)
        for artist in self._moving:
            (artist.axes or self.figure).draw_artist(artist)
        return np.asarray(figure_canvas.buffer_rgba())[..., :3]


def _colours():
    """The colour map, in few steps, so that a GIF holds all of them."""
    return matplotlib.colormaps["inferno"].resampled(_MAP_COLOURS)


def _write_gif(path, frames):
    """Frame by frame; what did not change since the frame before is transparent.

    Pillow's own writer of animations keeps all frames in memory.
    """
    palette = before = None
    with open(path, "wb") as file:
        for pixels in frames:
            frame = Image.fromarray(np.ascontiguousarray(pixels))
            if palette is None:
                palette = _palette(np.ascontiguousarray(pixels))
            frame = frame.quantize(palette=palette, dither=Image.Dither.NONE)
            now = np.asarray(frame)
            shown, options = frame, {"duration": _FRAME_MS, "disposal": 1}
            if before is None:
                header, _ = GifImagePlugin.getheader(frame.copy(), info={"loop": 0})
                file.write(b"".join(header))
            else:
                shown = Image.fromarray(np.where(now == before, np.uint8(_COLOURS), now))
                shown.putpalette(frame.getpalette())
                options["transparency"] = _COLOURS
            file.write(b"".join(GifImagePlugin.getdata(shown, **options)))
            before = now
        file.write(b";")


def _palette(pixels):
    """An image with the colours of all frames: exactly those of the map, and the first frame's."""
    exact = np.rint(_colours()(np.arange(_MAP_COLOURS))[:, :3] * 255).astype(np.uint8)
    # The median cut would miss the thin rings, and tint the white.
    ring = np.rint(np.array([to_rgb(READOUT_AT_NIGHT)]) * 255).astype(np.uint8)
    exact = np.concatenate([exact, pixels[:1, 0], ring])
    others = Image.fromarray(pixels).quantize(
        _COLOURS - len(exact), method=Image.Quantize.MEDIANCUT
    )
    others = np.array(others.getpalette(), np.uint8).reshape(-1, 3)
    # Pillow may take a neighbour of a colour in place of the colour itself.
    apart = np.abs(others[:, None].astype(int) - exact).max(axis=-1).min(axis=-1)
    colours = np.concatenate([exact, others[apart > _NEIGHBOUR]])
    # Filled up, so that the index that stands for transparent is in the table.
    colours = np.pad(colours, ((0, _COLOURS + 1 - len(colours)), (0, 0)), mode="edge")
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours.tobytes())
    return palette


def _write_mp4(path, frames):
    """Raw frames into ffmpeg.

    Raises:
        OSError: ffmpeg is not there, or failed.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise FileNotFoundError(
            "an .mp4 needs ffmpeg, which is not on the PATH: install it, or give a path that ends "
            "in .gif."
        )
    width, height = (round(side * canvas.DPI) for side in _SIZE)
    command = [
        program, "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24",
        "-s", f"{width}x{height}", "-r", f"{1000 / _FRAME_MS:g}", "-i", "-", "-an",
        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path),
    ]  # fmt: skip
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said)
        try:
            for pixels in frames:
                process.stdin.write(pixels.tobytes())
            process.stdin.close()
        except BrokenPipeError:
            pass
        finally:
            failed = process.wait()
        if failed:
            said.seek(0)
            words = " ".join(said.read().decode("utf-8", "replace").split())
            raise OSError(f"ffmpeg could not write {path.name}: {words or failed}")
