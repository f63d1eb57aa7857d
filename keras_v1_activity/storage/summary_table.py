"""All arrays of ``activity_summary.npz``, gathered row by row and written at the end."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.storage.summary_column import Column, Spill
from keras_v1_activity.storage.summary_row import DENSE, SummaryRow

DENSE_LIMIT_BYTES: int = 256 * 1000**2
LIMIT: Final = "above what is left of the limit of"
"""What the reason says of an array that was left out for its size."""
VALUES: Final = {
    "step": "i8",
    "label_history": "i8",
    "prediction_history": "i8",
    "mean_rate": "f8",
    "n_spikes": "i8",
    "population_rates": "f8",
    "population_counts": "i8",
}
"""The arrays that are always there, by the type of their numbers."""
# What must be the same at every look, and which arrays make no sense if it is not.
_NEEDS: dict[str, tuple[str, ...]] = {
    "population_names": ("population_rates", "population_counts"),
    "voltage_neurons": ("voltage_history",),
    "dt": tuple(DENSE),
}


class SummaryTable:
    """The rows of a summary. Little of them is held in memory.

    Args:
        folder: where to put on disk what memory should not hold.
        limit_bytes: limit of the arrays over time together.
        n_rows: how many rows there will be; None if that is not known.

    Attributes:
        columns: name -> `Column`.
        constants: name -> what is the same at every look.
        steps: the step of each row, in the order in which they came.

    Example:
        >>> from keras_v1_activity.storage.summary_row import row_of_activity
        >>> with SummaryTable(Path(".")) as table:
        ...     table.add(row_of_activity(activity))
        ...     table.save(Path("summary.npz"), [100])
        >>> np.load("summary.npz")["spike_history"].shape
        (1, 200, 120)
    """

    columns: dict[str, Column]
    constants: dict[str, NDArray[Any]]
    steps: list[int]

    def __init__(
        self, folder: Path, limit_bytes: int = DENSE_LIMIT_BYTES, n_rows: int | None = None
    ) -> None:
        dense = {name: "u1" if name == "spike_history" else "f4" for name in DENSE}
        self.columns = {name: Column(name, kind) for name, kind in {**VALUES, **dense}.items()}
        self.constants = {}
        self.steps = []
        # Arrays over time that earlier rows lack, for their size.
        self._lacking: dict[str, str] = {}
        self._limit_bytes = limit_bytes
        self._n_rows = n_rows
        self._spill = Spill(folder)

    def add(self, row: SummaryRow) -> None:
        """Adds the row of one look; one at a step that is there takes its place.

        Raises:
            OSError: it could not be written to disk. The table is of no use then.
        """
        if not self.steps:
            for name in DENSE:
                if name not in row.shapes:
                    self.columns[name].leave_out("not recorded")
        for name, value in row.steady.items():
            self._add_steady(name, value, row.step)
        # All that may fail is made before the first array grows.
        rows = {
            name: np.asarray(value, self.columns[name].dtype) for name, value in row.values.items()
        }
        rows.update({name: row.dense(name) for name in self._dense_of(row)})
        for name, value in rows.items():
            self.columns[name].append(value, row.step, self._spill)
        self.steps.append(row.step)

    def _add_steady(self, name: str, value: ArrayLike, step: int) -> None:
        first = self.constants.setdefault(name, np.asarray(value))
        if not np.array_equal(first, value):
            for needed in _NEEDS[name]:
                self.columns[needed].leave_out(f"{name} changed at step {step}")

    def _dense_of(self, row: SummaryRow) -> list[str]:
        """The arrays over time that a row is needed of."""
        open_columns = [self.columns[name] for name in DENSE if not self.columns[name].left_out]
        for column in open_columns:
            if column.name not in row.shapes:
                column.leave_out(f"not recorded at step {row.step}")
            elif column.row_shape is None:
                column.row_shape = row.shapes[column.name]
        over = self._over_limit(self._n_rows) if self._n_rows is not None else {}
        needed = []
        for column in open_columns:
            if column.row_bytes * (len(self.steps) + 1) > self._limit_bytes:
                self._lacking[column.name] = f"{LIMIT} {self._limit_bytes / 1e6:,.0f} MB"
                column.drop_rows()
            elif not (column.left_out or column.name in over or column.name in self._lacking):
                needed.append(column.name)
        return needed

    def begin_without(self, name: str, why: str) -> None:
        """Says that the earlier rows lack an array, and why."""
        if LIMIT in why:
            self._lacking[name] = why
        else:
            self.columns[name].leave_out(why)

    def _over_limit(self, n_rows: int) -> dict[str, str]:
        """The arrays over time that pass the limit, judged by the first look; and why."""
        taken, over = 0, {}
        for name in DENSE:
            column = self.columns[name]
            if column.row_shape is None:
                continue
            size = column.row_bytes * n_rows
            if taken + size > self._limit_bytes:
                over[name] = (
                    f"{size / 1e6:,.0f} MB, {LIMIT} {self._limit_bytes / 1e6:,.0f} MB in all; "
                    "load_activity reads it step by step"
                )
            else:
                taken += size
        return over

    def save(
        self,
        path: Path,
        steps: Sequence[int],
        *,
        unreadable: Iterable[int] = (),
        earlier: IO[bytes] | None = None,
        run_id: str = "",
    ) -> None:
        """Writes the summary, for plain `numpy.load`.

        Args:
            path: where to write.
            steps: the steps to write, ascending; each has a row.
            unreadable: steps without a row, since their files cannot be read.
            earlier: open file of rows that the columns began with; closed before the summary takes
                its place.
            run_id: id of the run.

        Raises:
            OSError: it could not be written.
        """
        place = {step: i for i, step in enumerate(self.steps)}
        rows = _ranges([place[step] for step in steps])
        why = {name: column.left_out for name, column in self.columns.items() if column.left_out}
        for name, reason in self._over_limit(len(steps)).items():
            why.setdefault(name, reason)
        for name, reason in self._lacking.items():
            why.setdefault(name, reason)
        left_out = [f"{name}: {why[name]}" for name in self.columns if name in why]
        left_out += [f"step {step}: its file cannot be read" for step in unreadable]
        constants = {**self.constants, "left_out": np.array(left_out, np.str_)}
        if run_id:
            constants["run_id"] = np.array(run_id)
        with replacing(path) as temporary:
            with zipfile.ZipFile(temporary, "w") as archive:
                for name, column in self.columns.items():
                    if name not in why:
                        self._save_column(archive, column, rows, len(steps), earlier)
                for name, value in constants.items():
                    with archive.open(f"{name}.npy", "w") as member:
                        np.lib.format.write_array(member, value, allow_pickle=False)
            if earlier is not None:
                earlier.close()

    def _save_column(
        self,
        archive: zipfile.ZipFile,
        column: Column,
        rows: list[range],
        n_rows: int,
        earlier: IO[bytes] | None,
    ) -> None:
        header = {
            "descr": np.lib.format.dtype_to_descr(column.dtype),
            "fortran_order": False,
            "shape": (n_rows, *(column.row_shape or ())),
        }
        with archive.open(f"{column.name}.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(member, header)
            for each in rows:
                for block in column.blocks(each, self._spill, earlier):
                    member.write(block)

    def close(self) -> None:
        """Gives the disk space back."""
        self._spill.close()

    def __enter__(self) -> SummaryTable:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _ranges(numbers: Sequence[int]) -> list[range]:
    """The numbers in their order, those that follow one another as one range."""
    if not numbers:
        return []
    array = np.asarray(numbers)
    cuts = np.flatnonzero(np.diff(array) != 1) + 1
    return [range(int(part[0]), int(part[-1]) + 1) for part in np.split(array, cuts)]
