"""``activity_summary.npz``: arrays over all logged steps, gathered as they are logged."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from pathlib import Path

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common.notices import tell, warn
from keras_v1_activity.storage.hdf5 import DAMAGE, open_for_reading
from keras_v1_activity.storage.layout import Layout, step_files
from keras_v1_activity.storage.ownership import Owner, owner_of, set_aside_if_damaged
from keras_v1_activity.storage.summary_earlier import take_earlier_rows
from keras_v1_activity.storage.summary_row import row_of_activity, row_of_file
from keras_v1_activity.storage.summary_table import DENSE_LIMIT_BYTES, SummaryTable


def write_summary_arrays(
    path: Path, files: Mapping[int, Path], limit_bytes: int = DENSE_LIMIT_BYTES
) -> None:
    """Writes the summary of a run, for plain `numpy.load`. One look is in memory at a time.

    Holds, one row a look: ``step``, ``label_history`` and ``prediction_history`` (-1 if unknown),
    ``n_spikes``, ``mean_rate`` (Hz), ``population_rates`` (Hz) and ``population_counts`` (spikes)
    with ``population_names``; ``dt`` (ms); and while they fit in `limit_bytes` together,
    ``voltage_history`` (looks, time, neuron) in mV with ``voltage_neurons``, ``input_history``,
    ``output_history`` and ``spike_history`` (looks, time, neuron) uint8. What is not there is named
    in ``left_out``, with the reason.

    Args:
        path: where to write.
        files: step -> path of its data file.
        limit_bytes: limit of the four dense arrays together.

    Raises:
        OSError: it could not be written.

    Example:
        >>> import numpy as np
        >>> from keras_v1_activity.storage.codec import encode
        >>> _ = Path("step_000100.h5").write_bytes(encode(activity))
        >>> write_summary_arrays(Path("summary.npz"), {100: Path("step_000100.h5")})
        >>> np.load("summary.npz")["spike_history"].shape
        (1, 200, 120)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with SummaryTable(path.parent, limit_bytes, len(files)) as table:
        unreadable = _read(table, files, files)
        table.save(path, [step for step in files if step not in unreadable], unreadable=unreadable)


def _read(table: SummaryTable, files: Mapping[int, Path], steps: Iterable[int]) -> list[int]:
    """Adds the rows of some steps from their files; returns those that cannot be read."""
    unreadable = []
    for step in steps:
        try:
            with open_for_reading(files[step]) as file:
                table.add(row_of_file(step, file))
        except DAMAGE as error:
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise
            unreadable.append(step)
    return unreadable


class RunSummary:
    """Keeps the rows of a run's summary while it is logged, and writes it at the end.

    The end of a training reads no look again: rows of looks that are logged now are kept, mostly on
    disk, and those of earlier looks are copied from the summary that was written before. Only a
    look that neither has is read from its file.

    Args:
        layout: where the files of the run lie.
        run_id: id of the run.

    Example:
        >>> import numpy as np
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> Path("run").mkdir()
        >>> summary = RunSummary(make_layout("folders", "run"), "0123456789abcdef" * 2)
        >>> summary.open(); summary.add(activity); summary.write()
        0
        >>> np.load("run/activity_summary.npz")["step"]
        array([100])
    """

    def __init__(self, layout: Layout, run_id: str) -> None:
        self._layout = layout
        self._run_id = run_id
        self._begin()

    def _begin(self) -> None:
        self._table = SummaryTable(self._layout.log_dir)
        self._files: dict[int, Path] = {}
        self._good: set[int] = set()
        self._kept: set[int] = set()
        # Which summary the table began with: another one may lie there at the end.
        self._earlier: tuple[int, ...] | None = None

    def open(self) -> None:
        """Looks what the folder holds: the looks, and a summary of them."""
        self._table.close()
        self._begin()
        path = self._layout.summary_arrays
        self._files = step_files(self._layout.log_dir)
        if owner_of(path) is Owner.OURS:
            self._earlier = _identity(path)
            self._good = take_earlier_rows(self._table, path, self._run_id, self._files)
        if not self._good:
            self._table = SummaryTable(self._layout.log_dir)
            self._earlier = None

    def add(self, activity: Activity) -> None:
        """Keeps the row of a look that was stored.

        If it cannot be put on disk, the looks are read from their files in the end.
        """
        self._files[activity.step] = self._layout.data(activity.step)
        self._good.discard(activity.step)
        self._kept.discard(activity.step)
        try:
            self._table.add(row_of_activity(activity))
            self._kept.add(activity.step)
        except OSError:
            self._forget_rows()
        except BaseException:
            self._forget_rows()
            raise

    def write(self) -> int:
        """Writes the summary, and gives up what was kept for it: `open` comes before a further one.

        Returns:
            How many looks were read from their files.

        Raises:
            OSError: it could not be written.
        """
        path = self._layout.summary_arrays
        if owner_of(path) is Owner.FOREIGN:
            warn(f"{path} is not of a run and stays as it is: no summary of the looks is written.")
            return 0
        target = set_aside_if_damaged(path)
        if target is not None:
            tell(f"{path} was damaged: it is now in {target}, and is written again.")
        if self._earlier is not None and _identity(path) != self._earlier:
            self._forget_rows()
        if self._good == self._files.keys():
            return 0
        missing = sorted(self._files.keys() - self._good - self._kept)
        unreadable = _read(self._table, self._files, missing)
        steps = sorted(self._files.keys() - set(unreadable))
        earlier = None if self._earlier is None else open(path, "rb")
        try:
            self._table.save(
                path, steps, unreadable=unreadable, earlier=earlier, run_id=self._run_id
            )
        finally:
            if earlier is not None:
                earlier.close()
        self._forget_rows()
        return len(missing)

    def _forget_rows(self) -> None:
        self._table.close()
        self._table = SummaryTable(self._layout.log_dir)
        self._good, self._kept, self._earlier = set(), set(), None


def _identity(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
