"""Frames of an animation as a GIF or, with ffmpeg, an MP4 file, written one by one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from itertools import chain
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

# (height, width, 3) red, green, blue.
Frame: TypeAlias = NDArray[np.uint8]

FRAME_MS: Final = 100
# Entries in the table of colours of a GIF; one more stands for transparent.
_COLOURS = 63
# Two colours that differ by at most this, of 255, are one.
_NEIGHBOUR = 8


def write_gif(path: str | os.PathLike[str], frames: Iterable[Frame], exact: Frame) -> None:
    """Writes a GIF frame by frame; what did not change since the frame before is transparent.

    Pillow's own writer of animations keeps all frames in memory.

    Args:
        path: file to write.
        frames: (height, width, 3) each.
        exact: (n_colours, 3) colours that must come out exactly; the others may be neighbours.

    Raises:
        OSError: the file cannot be written.

    Example:
        >>> frames = np.zeros((2, 4, 4, 3), np.uint8)
        >>> frames[1, 0, 0] = 255
        >>> write_gif("a.gif", frames, np.array([[0, 0, 0], [255, 255, 255]], np.uint8))
    """
    palette: Image.Image | None = None
    before: NDArray[np.uint8] | None = None
    with open(path, "wb") as file:
        for pixels in frames:
            pixels = np.ascontiguousarray(pixels)
            if palette is None:
                palette = _palette(pixels, exact)
            frame = Image.fromarray(pixels).quantize(palette=palette, dither=Image.Dither.NONE)
            now = np.asarray(frame)
            shown, options = frame, {"duration": FRAME_MS, "disposal": 1}
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


def _palette(pixels: Frame, exact: Frame) -> Image.Image:
    """An image with the colours of all frames: the exact ones, and those of the first frame."""
    first = Image.fromarray(pixels).quantize(_COLOURS - len(exact), method=Image.Quantize.MEDIANCUT)
    others = np.array(first.getpalette(), np.uint8).reshape(-1, 3)
    # Pillow may take a neighbour of a colour in place of the colour itself.
    apart = np.abs(others[:, None].astype(int) - exact).max(axis=-1).min(axis=-1)
    colours = np.concatenate([exact, others[apart > _NEIGHBOUR]])
    # Filled up, so that the index that stands for transparent is in the table.
    colours = np.pad(colours, ((0, _COLOURS + 1 - len(colours)), (0, 0)), mode="edge")
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours.tobytes())
    return palette


def write_mp4(path: str | os.PathLike[str], frames: Iterable[Frame]) -> None:
    """Sends raw frames through ffmpeg.

    Args:
        path: file to write.
        frames: (height, width, 3) each, all of one size.

    Raises:
        OSError: ffmpeg is missing or failed.

    Example:
        >>> import shutil
        >>> if shutil.which("ffmpeg"):
        ...     write_mp4("a.mp4", np.zeros((2, 16, 16, 3), np.uint8))
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise FileNotFoundError(
            "an .mp4 needs ffmpeg, which is not on the PATH: install it, or give a path that ends "
            "in .gif."
        )
    frames = iter(frames)
    first = next(frames)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            _command(program, path, first), stdin=subprocess.PIPE, stderr=said
        )
        try:
            with process.stdin as pipe:
                for pixels in chain([first], frames):
                    pipe.write(pixels.tobytes())
        except BrokenPipeError:
            pass
        finally:
            failed = process.wait()
        if failed:
            said.seek(0)
            words = " ".join(said.read().decode("utf-8", "replace").split())
            raise OSError(f"ffmpeg could not write {os.path.basename(path)}: {words or failed}")


def _command(program: str, path: str | os.PathLike[str], frame: Frame) -> list[str]:
    """The call of ffmpeg that takes raw frames like `frame` and writes `path`."""
    height, width, _ = frame.shape
    return [
        program, "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24",
        "-s", f"{width}x{height}", "-r", f"{1000 / FRAME_MS:g}", "-i", "-", "-an",
        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path),
    ]  # fmt: skip
