"""What the tests of drawing share: figures to ask for, and the state of processes."""

import os
import subprocess
import sys
from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"


def figures_of(folder, step, names=("raster",)):
    return [(name, folder / f"step_{step:06d}" / f"{name}.png") for name in names]


def gone(pid):
    """Whether a process has ended and left no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def is_zombie(pid):
    """Whether a process has ended and nobody has asked for its exit status."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def start_worker(**options):
    """The drawing process by itself, with this process as its parent."""
    return subprocess.Popen(
        [sys.executable, "-m", "keras_v1_activity.drawing.worker", str(os.getpid()), "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )
