"""Names and places of all files of a run: the one file that decides paths."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from keras_v1_activity.common import temporary_files
from keras_v1_activity.storage import names
from keras_v1_activity.storage.earlier import move_entries
from keras_v1_activity.storage.names import HISTORY_PICTURE, INDEX, RUN, RUN_BESIDE, SUMMARY
from keras_v1_activity.storage.ownership import Owner, owner_of


def absolute(log_dir: str | os.PathLike[str]) -> Path:
    """The absolute path of a folder; ``~`` is the user's home, as a shell has it.

    Example:
        >>> absolute("runs/../logs") == Path.cwd() / "logs"
        True
    """
    return Path(os.path.abspath(os.path.expanduser(log_dir)))


class Layout:
    """Paths of a run in `log_dir`; `FoldersLayout` and `FlatLayout` place the logged steps.

    Args:
        log_dir: the run's folder.

    Attributes:
        name: what users call the layout.
        log_dir: absolute path of the run's folder.
        suffix: what follows the step in each name: "", or "_look_2" for the second look at a step.

    Example:
        >>> FoldersLayout("logs").index.name
        'activity.h5'
    """

    name: str = ""
    log_dir: Path
    suffix: str

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        self.log_dir = absolute(log_dir)
        self._run_name = RUN
        self.suffix = ""

    def settle(self) -> None:
        """Looks whether another program has a ``run.json`` in the folder; `run` lies beside it."""
        self._run_name = run_name(self.log_dir)

    @property
    def index(self) -> Path:
        """The HDF5 file that links every logged step."""
        return self.log_dir / INDEX

    @property
    def summary_arrays(self) -> Path:
        """The arrays over all logged steps, written at the end."""
        return self.log_dir / SUMMARY

    @property
    def run(self) -> Path:
        """Settings, versions, counts."""
        return self.log_dir / self._run_name

    @property
    def history(self) -> Path:
        """The picture of the run's numbers over its steps."""
        return self.log_dir / HISTORY_PICTURE

    def data(self, step: int) -> Path:
        """The HDF5 file of one logged step."""
        raise NotImplementedError

    def summary(self, step: int) -> Path:
        """The JSON file of one logged step."""
        raise NotImplementedError

    def figure(self, step: int, figure: str) -> Path:
        """The PNG file of one figure of one logged step."""
        raise NotImplementedError

    def traces(self, step: int) -> Path:
        """The CSV file of the traced neurons of one logged step."""
        raise NotImplementedError


class FoldersLayout(Layout):
    """One folder a logged step: ``step_000100/raster.png``, ``summary.json``, ``data.h5``.

    Example:
        >>> FoldersLayout("logs").figure(100, "raster").relative_to(Path.cwd()).as_posix()
        'logs/step_000100/raster.png'
    """

    name: str = "folders"

    def _folder(self, step: int) -> Path:
        return self.log_dir / f"step_{step:06d}{self.suffix}"

    def data(self, step: int) -> Path:
        """``step_000100/data.h5``."""
        return self._folder(step) / "data.h5"

    def summary(self, step: int) -> Path:
        """``step_000100/summary.json``."""
        return self._folder(step) / "summary.json"

    def figure(self, step: int, figure: str) -> Path:
        """``step_000100/raster.png``."""
        return self._folder(step) / f"{figure}.png"

    def traces(self, step: int) -> Path:
        """``step_000100/trace.csv``."""
        return self._folder(step) / "trace.csv"


class FlatLayout(Layout):
    """Figures side by side: ``raster_step_100.png``; the data in ``activity/step_000100.h5``.

    Example:
        >>> FlatLayout("logs").figure(100, "raster").relative_to(Path.cwd()).as_posix()
        'logs/raster_step_100.png'
    """

    name: str = "flat"

    def data(self, step: int) -> Path:
        """``activity/step_000100.h5``."""
        return self.log_dir / "activity" / f"step_{step:06d}{self.suffix}.h5"

    def summary(self, step: int) -> Path:
        """``activity/step_000100.json``."""
        return self.log_dir / "activity" / f"step_{step:06d}{self.suffix}.json"

    def figure(self, step: int, figure: str) -> Path:
        """``raster_step_100.png``."""
        return self.log_dir / f"{figure}_step_{step}{self.suffix}.png"

    def traces(self, step: int) -> Path:
        """``trace_step_100.csv``."""
        return self.log_dir / f"trace_step_{step}{self.suffix}.csv"


def data_beside(summary: str | os.PathLike[str]) -> Path:
    """The data file of the look whose JSON file is given.

    Example:
        >>> data_beside(FoldersLayout("logs").summary(100)) == FoldersLayout("logs").data(100)
        True
        >>> data_beside(FlatLayout("logs").summary(100)) == FlatLayout("logs").data(100)
        True
    """
    path = Path(summary)
    return path.with_name("data.h5") if path.name == "summary.json" else path.with_suffix(".h5")


LAYOUTS: Final[dict[str, type[Layout]]] = {
    layout.name: layout for layout in (FoldersLayout, FlatLayout)
}


def make_layout(name: str, log_dir: str | os.PathLike[str]) -> Layout:
    """The layout called `name`.

    Args:
        name: "folders" or "flat".
        log_dir: the run's folder.

    Raises:
        ValueError: there is no layout of this name.

    Example:
        >>> make_layout("flat", "logs").data(100).name
        'step_000100.h5'
    """
    if name not in LAYOUTS:
        raise ValueError(f"layout must be one of {sorted(LAYOUTS)}; got {name!r}.")
    return LAYOUTS[name](log_dir)


def run_name(log_dir: str | os.PathLike[str]) -> str:
    """The name of a run's ``run.json`` in a folder: the first that no other program has taken.

    Example:
        >>> run_name(".")
        'run.json'
        >>> _ = Path("run.json").write_text('{"my": "precious"}')
        >>> run_name(".")
        'run_activity.json'
    """
    beside = (f"{Path(RUN_BESIDE).stem}_{number}.json" for number in itertools.count(2))
    names_in_order = itertools.chain((RUN, RUN_BESIDE), beside)
    return next(n for n in names_in_order if owner_of(Path(log_dir) / n) is not Owner.FOREIGN)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def step_files(log_dir: str | os.PathLike[str]) -> dict[int, Path]:
    """Data files of the logged steps in a folder, whichever the layout, by ascending step.

    Example:
        >>> step_files("a folder that is not there")
        {}
    """
    log_dir = absolute(log_dir)
    found: dict[int, Path] = {}
    for name in _names(log_dir):
        match = names.STEP_FOLDER.match(name)
        if match and not match["look"] and (log_dir / name / "data.h5").is_file():
            found[int(match[1])] = log_dir / name / "data.h5"
    for name in _names(log_dir / "activity"):
        match = names.STEP_FILE.match(name)
        if match and not match["look"] and name.endswith(".h5"):
            found.setdefault(int(match[1]), log_dir / "activity" / name)
    return dict(sorted(found.items()))


def own_entries(log_dir: str | os.PathLike[str]) -> list[Path]:
    """What a run left in a folder, as paths relative to it; files of others are not named.

    Example:
        >>> _ = Path("run.json").write_text("{}"), Path("notes.txt").write_text("mine")
        >>> [path.name for path in own_entries(".")]
        ['run.json']
    """
    log_dir = Path(log_dir)
    own: list[Path] = []
    for name in _names(log_dir):
        has_name = name in names.RUN_FILES or names.RUN_NUMBERED.match(name)
        named = has_name and owner_of(log_dir / name) is not Owner.FOREIGN
        whole = named or names.FIGURE_FILE.match(name) or names.STEP_FOLDER.match(name)
        if whole or (
            names.SAMPLE_FOLDER.match(name) and (log_dir / name / names.SAMPLE_FILE).is_file()
        ):
            own.append(Path(name))
    own += [
        Path("activity", name)
        for name in _names(log_dir / "activity")
        if names.STEP_FILE.match(name)
    ]
    return own


def remove_left_over(log_dir: str | os.PathLike[str]) -> None:
    """Removes the files of a run that killed processes left half written in its folder.

    Example:
        >>> remove_left_over("a folder that is not there")
    """
    log_dir = Path(log_dir)
    # Older versions wrote the files of a look in its own folder.
    below = [log_dir / name for name in _names(log_dir) if names.STEP_FOLDER.match(name)]
    for folder in (log_dir, log_dir / "activity", *below):
        temporary_files.remove_left_over(folder, names.WRITTEN)


def move_aside(
    folder: str | os.PathLike[str], entries: Iterable[str | os.PathLike[str]] | None = None
) -> Path | None:
    """Moves an earlier run into the next free ``earlier_001`` inside its folder.

    Other files stay where they are, nothing is overwritten. If two processes do this at once, one
    of them moves everything and the other finds nothing left.

    Args:
        folder: the folder of the run.
        entries: what to move, as paths relative to `folder`; those that are not there are left
            out. None moves what `own_entries` names.

    Returns:
        The path of the folder made; None if there was nothing to move.

    Raises:
        OSError: something could not be moved.

    Example:
        >>> _ = Path("run.json").write_text("{}"), Path("result.json").write_text("{}")
        >>> move_aside(".").name, move_aside(".", ["result.json"]).name, move_aside(".")
        ('earlier_001', 'earlier_002', None)
    """
    folder = Path(folder)
    if entries is None:
        # A run is known by this file: once it is moved, whatever still draws for the run stops.
        return move_entries(folder, lambda: own_entries(folder), first=Path(run_name(folder)))
    named = [Path(entry) for entry in entries]
    return move_entries(folder, lambda: [p for p in named if os.path.lexists(folder / p)])
