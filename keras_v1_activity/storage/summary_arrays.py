"""``activity_summary.npz``: arrays over all logged steps, made from the step files at the end."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from keras_v1_activity.common import units
from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.storage.codec import SPIKES
from keras_v1_activity.storage.hdf5 import open_for_reading

DENSE_LIMIT_BYTES: int = 256 * 1000**2
_DENSE = {
    "voltage_history": "voltages",
    "input_history": "inputs",
    "output_history": "outputs",
    "spike_history": SPIKES,
}


class _Column:
    """One array of the summary, one row a look, gathered in a file without a name."""

    def __init__(self, name: str, dtype: DTypeLike, folder: Path) -> None:
        self.name = name
        self.dtype = np.dtype(dtype)
        self.row_shape: tuple[int, ...] | None = None
        self.rows = 0
        self.left_out: str | None = None
        self._file = tempfile.TemporaryFile(dir=folder)

    def __enter__(self) -> _Column:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def leave_out(self, why: str) -> None:
        """Drops the column; the first reason given is kept."""
        self.left_out = self.left_out or why
        self._file.truncate(0)

    def append(self, row: ArrayLike, step: int) -> None:
        """Adds one row; the column is dropped if its shape is not that of the rows before."""
        if self.left_out:
            return
        row = np.asarray(row, self.dtype, order="C")
        if self.row_shape is None:
            self.row_shape = row.shape
        if row.shape != self.row_shape:
            self.leave_out(f"shape {self.row_shape} at first, but {row.shape} at step {step}")
            return
        self._file.write(row.tobytes())
        self.rows += 1

    def save(self, archive: zipfile.ZipFile) -> None:
        """Writes the column into the archive as a .npy file."""
        header = {
            "descr": np.lib.format.dtype_to_descr(self.dtype),
            "fortran_order": False,
            "shape": (self.rows, *(self.row_shape or ())),
        }
        self._file.seek(0)
        with archive.open(f"{self.name}.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(member, header)
            shutil.copyfileobj(self._file, member)


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
        >>> from keras_v1_activity.storage.codec import encode
        >>> _ = Path("step_000100.h5").write_bytes(encode(activity))
        >>> write_summary_arrays(Path("summary.npz"), {100: Path("step_000100.h5")})
        >>> np.load("summary.npz")["spike_history"].shape
        (1, 200, 120)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        gathered = _Gathered(path.parent, len(files), limit_bytes, stack)
        for step, file_path in files.items():
            try:
                file = open_for_reading(file_path)
            except OSError:
                gathered.unreadable.append(step)
                continue
            with file:
                gathered.add(step, file)
        with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            gathered.save(archive)


class _Gathered:
    """All columns of a summary, and the values that hold for all rows."""

    def __init__(self, folder: Path, n_files: int, limit_bytes: int, stack: ExitStack) -> None:
        def column(name: str, dtype: DTypeLike) -> _Column:
            return stack.enter_context(_Column(name, dtype, folder))

        self._scalars = {
            "step": column("step", "i8"),
            "label": column("label_history", "i8"),
            "prediction": column("prediction_history", "i8"),
            "mean_rate": column("mean_rate", "f8"),
        }
        self._n_spikes = column("n_spikes", "i8")
        self._populations = {
            name: column(name, dtype)
            for name, dtype in (("population_rates", "f8"), ("population_counts", "i8"))
        }
        self._dense = {
            name: column(name, "u1" if name == "spike_history" else "f4") for name in _DENSE
        }
        self._n_files = n_files
        self._limit_bytes = limit_bytes
        self._constants: dict[str, Any] = {}
        self.unreadable: list[int] = []

    def add(self, step: int, file: h5py.File) -> None:
        """Adds the row of one look."""
        for name, column in self._scalars.items():
            column.append(file.attrs[name], step)
        self._n_spikes.append(file[SPIKES]["node_ids"].shape[0], step)
        if not self._constants:
            self._settle_dense(file)
        self._add_steady("population_names", _names(file), self._populations.values(), step)
        for name, column in self._populations.items():
            column.append(file[name][()], step)
        ids = file["voltage_neurons"][()]
        self._add_steady("voltage_neurons", ids, [self._dense["voltage_history"]], step)
        self._add_steady("dt", np.float64(file.attrs["dt"]), self._dense.values(), step)
        for name, column in self._dense.items():
            if column.left_out:
                continue
            if not _recorded(file, _DENSE[name]):
                column.leave_out(f"not recorded at step {step}")
            else:
                column.append(_dense_row(file, _DENSE[name]), step)

    def _add_steady(
        self, name: str, value: ArrayLike, columns: Iterable[_Column], step: int
    ) -> None:
        """Keeps what must be the same at every look; `columns` are dropped if it is not."""
        first = self._constants.setdefault(name, value)
        if not np.array_equal(first, value):
            for column in columns:
                column.leave_out(f"{name} changed at step {step}")

    def _settle_dense(self, file: h5py.File) -> None:
        """Drops the dense arrays that would pass the limit, judged by the first look."""
        taken = 0
        for name, column in self._dense.items():
            if not _recorded(file, _DENSE[name]):
                column.leave_out("not recorded")
                continue
            shape = _dense_shape(file, _DENSE[name])
            size = int(np.prod(shape)) * column.dtype.itemsize * self._n_files
            if taken + size > self._limit_bytes:
                column.leave_out(
                    f"{size / 1e6:,.0f} MB, above what is left of the limit of "
                    f"{self._limit_bytes / 1e6:,.0f} MB in all; load_activity reads it step by step"
                )
            else:
                taken += size

    def save(self, archive: zipfile.ZipFile) -> None:
        """Writes all columns, the steady values and the reasons into the archive."""
        columns = [*self._scalars.values(), self._n_spikes, *self._populations.values()]
        columns += self._dense.values()
        left_out = [f"{column.name}: {column.left_out}" for column in columns if column.left_out]
        left_out += [f"step {step}: its file cannot be read" for step in self.unreadable]
        for column in columns:
            if not column.left_out:
                column.save(archive)
        for name, value in {**self._constants, "left_out": np.array(left_out, np.str_)}.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.asarray(value), allow_pickle=False)


def _names(file: h5py.File) -> NDArray[np.str_]:
    return file["population_names"].asstr()[()].astype(np.str_)


def _recorded(file: h5py.File, source: str) -> bool:
    return source in file and (source == SPIKES or file[source].size > 0)


def _dense_shape(file: h5py.File, source: str) -> tuple[int, ...]:
    if source == SPIKES:
        return int(file.attrs["n_steps"]), int(file.attrs["n_neurons"])
    return file[source].shape


def _dense_row(file: h5py.File, source: str) -> NDArray[Any]:
    if source != SPIKES:
        return file[source][()]
    dense = np.zeros(_dense_shape(file, source), np.uint8)
    times = units.ms_to_steps(file[source]["timestamps"][()], float(file.attrs["dt"]))
    dense[times, file[source]["node_ids"][()]] = 1
    return dense
