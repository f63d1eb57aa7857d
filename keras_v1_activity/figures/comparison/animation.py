"""Activity on the cortical plane as it goes, in bins of a few ms: an MP4 or a GIF."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.common.checks import real_number
from keras_v1_activity.figures.comparison.frames import Frames, exact_colours
from keras_v1_activity.figures.comparison.movie_files import write_gif, write_mp4
from keras_v1_activity.figures.comparison.plane import need_positions
from keras_v1_activity.figures.kit import style

_MOST_FRAMES = 2_000


def animate(
    activity: Activity, path: str | os.PathLike[str], bin_ms: float = measures.SYNCHRONY_BIN_MS
) -> Path:
    """Writes an animation of the rates on the cortical plane, ten frames a second.

    Frames are drawn and written one by one: memory does not grow with their number.

    Args:
        activity: `Activity` whose neurons have positions.
        path: file to write: ``.gif``, or ``.mp4``, which needs ffmpeg on the PATH. Without an
            ending it becomes an MP4 if ffmpeg is there, and a GIF otherwise.
        bin_ms: ms of activity a frame, rounded to whole time steps.

    Returns:
        Path of the file written; it appears at once, whole.

    Raises:
        ValueError: the positions of the neurons are not known, another ending, more than 2,000
            frames.
        OSError: ffmpeg is missing or failed, or the file cannot be written.

    Example:
        >>> animate(trials[0], "step_100.gif", bin_ms=100).name
        'step_100.gif'
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
    with replacing(path) as temporary, style.own_style():
        frames = Frames(activity, bin_ms)
        if path.suffix.lower() == ".mp4":
            write_mp4(temporary, frames)
        else:
            write_gif(temporary, frames, exact_colours())
    return path


def _with_ending(path: Path) -> Path:
    ending = path.suffix.lower()
    if ending not in (".gif", ".mp4"):
        if ending:
            raise ValueError(
                f"path must end in .gif or .mp4, or have no ending; got {path.name!r}."
            )
        return path.with_suffix(".mp4" if shutil.which("ffmpeg") else ".gif")
    return path
