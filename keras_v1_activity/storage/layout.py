"""Where everything of a run lies: the one place that decides paths."""

import os
import re
from contextlib import suppress
from pathlib import Path

from keras_v1_activity.plan import FIGURES

INDEX = "activity.h5"
SUMMARY = "activity_summary.npz"
RUN = "run.json"
NETWORK_STATE = "network_state.txt"
_RUN_FILES = (INDEX, SUMMARY, RUN, NETWORK_STATE)
_FIGURE_FILE = re.compile(
    rf"^(?:(?:{'|'.join(FIGURES)}|trace_neuron_\d+)_step_(\d+)\.png|trace_step_(\d+)\.csv)$"
)
_STEP_FOLDER = re.compile(r"^step_(\d{6,})$")
_STEP_FILE = re.compile(r"^step_(\d{6,})\.(?:h5|json)$")
_SAMPLE_FOLDER = re.compile(r"^sample_\d+$")
_SAMPLE_FILE = "batch_predictions.png"


def absolute(log_dir):
    """The absolute path of a folder; ``~`` is the user's home, as a shell has it."""
    return Path(os.path.abspath(os.path.expanduser(log_dir)))


class Layout:
    """Paths of a run in `log_dir`; `FoldersLayout` and `FlatLayout` place the logged steps.

    Attributes:
        log_dir: absolute path of the run's folder.
    """

    name = ""

    def __init__(self, log_dir):
        self.log_dir = absolute(log_dir)

    @property
    def index(self):
        """The HDF5 file that links every logged step."""
        return self.log_dir / INDEX

    @property
    def summary_arrays(self):
        """The arrays over all logged steps, written at the end."""
        return self.log_dir / SUMMARY

    @property
    def run(self):
        """Settings, versions, counts."""
        return self.log_dir / RUN

    def data(self, step):
        """The HDF5 file of one logged step."""
        raise NotImplementedError

    def summary(self, step):
        """The JSON file of one logged step."""
        raise NotImplementedError

    def figure(self, step, figure):
        """The PNG file of one figure of one logged step."""
        raise NotImplementedError

    def traces(self, step):
        """The CSV file of the traced neurons of one logged step."""
        raise NotImplementedError


class FoldersLayout(Layout):
    """One folder a logged step: ``step_000100/raster.png``, ``summary.json``, ``data.h5``."""

    name = "folders"

    def _folder(self, step):
        return self.log_dir / f"step_{step:06d}"

    def data(self, step):
        """``step_000100/data.h5``."""
        return self._folder(step) / "data.h5"

    def summary(self, step):
        """``step_000100/summary.json``."""
        return self._folder(step) / "summary.json"

    def figure(self, step, figure):
        """``step_000100/raster.png``."""
        return self._folder(step) / f"{figure}.png"

    def traces(self, step):
        """``step_000100/trace.csv``."""
        return self._folder(step) / "trace.csv"


class FlatLayout(Layout):
    """Figures side by side: ``raster_step_100.png``; the data in ``activity/step_000100.h5``."""

    name = "flat"

    def data(self, step):
        """``activity/step_000100.h5``."""
        return self.log_dir / "activity" / f"step_{step:06d}.h5"

    def summary(self, step):
        """``activity/step_000100.json``."""
        return self.log_dir / "activity" / f"step_{step:06d}.json"

    def figure(self, step, figure):
        """``raster_step_100.png``."""
        return self.log_dir / f"{figure}_step_{step}.png"

    def traces(self, step):
        """``trace_step_100.csv``."""
        return self.log_dir / f"trace_step_{step}.csv"


LAYOUTS = {layout.name: layout for layout in (FoldersLayout, FlatLayout)}


def make_layout(name, log_dir):
    """The layout called `name` ("folders" or "flat").

    Raises:
        ValueError: there is no layout of this name.
    """
    if name not in LAYOUTS:
        raise ValueError(f"layout must be one of {sorted(LAYOUTS)}; got {name!r}.")
    return LAYOUTS[name](log_dir)


def _names(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def step_files(log_dir):
    """Data files of the logged steps in a folder, whichever the layout: dict of step -> path."""
    log_dir = absolute(log_dir)
    found = {}
    for name in _names(log_dir):
        match = _STEP_FOLDER.match(name)
        if match and (log_dir / name / "data.h5").is_file():
            found[int(match[1])] = log_dir / name / "data.h5"
    for name in _names(log_dir / "activity"):
        match = _STEP_FILE.match(name)
        if match and name.endswith(".h5"):
            found.setdefault(int(match[1]), log_dir / "activity" / name)
    return dict(sorted(found.items()))


def own_entries(log_dir):
    """What a run left in a folder, as paths relative to it; files of others are not named."""
    log_dir = Path(log_dir)
    own = []
    for name in _names(log_dir):
        whole = name in _RUN_FILES or _FIGURE_FILE.match(name) or _STEP_FOLDER.match(name)
        if whole or (_SAMPLE_FOLDER.match(name) and (log_dir / name / _SAMPLE_FILE).is_file()):
            own.append(Path(name))
    own += [
        Path("activity", name) for name in _names(log_dir / "activity") if _STEP_FILE.match(name)
    ]
    return own


def last_step(log_dir, also=()):
    """The greatest step that a run logged in a folder; 0 where there is none.

    Where data files are, they tell; a folder without one is a look that was cut short. Where there
    are none (a run that stores no data), every trace of a step counts.

    Args:
        log_dir: the folder.
        also: steps known from elsewhere, e.g. from run.json.
    """
    steps = [0, *also, *step_files(log_dir)]
    if steps == [0, *also]:
        for entry in own_entries(log_dir):
            for pattern in (_STEP_FOLDER, _STEP_FILE, _FIGURE_FILE):
                match = pattern.match(entry.name)
                if match:
                    steps.append(int(match[match.lastindex]))
    return max(steps)


def move_aside(log_dir):
    """Moves the run in `log_dir` into the next free ``earlier_001`` inside it.

    Files that are not ours stay where they are, nothing is overwritten.

    Returns:
        The path of the folder made.

    Raises:
        OSError: something could not be moved.
    """
    log_dir = Path(log_dir)
    number = 1
    while True:
        target = log_dir / f"earlier_{number:03d}"
        try:
            target.mkdir()
            break
        except FileExistsError:
            number += 1
    # A run is known by this file: once it is gone, what still draws for the run stops to do so.
    with suppress(FileNotFoundError):
        os.rename(log_dir / RUN, target / RUN)
    for entry in own_entries(log_dir):
        (target / entry).parent.mkdir(exist_ok=True)
        os.rename(log_dir / entry, target / entry)
    return target
