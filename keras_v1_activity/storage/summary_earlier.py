"""The rows of a summary that was written before, so that no look is read twice."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.numpy_files import open_archive
from keras_v1_activity.common.reading import open_regular
from keras_v1_activity.storage.summary_row import DENSE
from keras_v1_activity.storage.summary_table import VALUES, SummaryTable

_CONSTANTS = ("population_names", "voltage_neurons", "dt")
_LOCAL_HEADER = struct.Struct("<26xHH")
UNFIT = (OSError, KeyError, ValueError, TypeError, NotImplementedError, RuntimeError, struct.error)
"""What reading a summary raises that is damaged or of another kind."""


class _Member(NamedTuple):
    """An array in the archive, as bytes that lie somewhere in the file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    place: int
    n_bytes: int


def take_earlier_rows(
    table: SummaryTable, path: Path, run_id: str, files: Mapping[int, Path]
) -> set[int]:
    """Lets an empty table begin with the rows of a summary.

    Args:
        table: the empty table; it stays empty if the summary does not fit.
        path: the ``activity_summary.npz``.
        run_id: id of the run that it must be of.
        files: step -> path of its data file; a row is good if this is not younger than the summary.

    Returns:
        The steps whose rows are good.

    Example:
        >>> with SummaryTable(Path(".")) as table:
        ...     take_earlier_rows(table, Path("absent.npz"), "", {})
        set()
    """
    try:
        written = path.stat().st_mtime_ns
        with open_archive(path) as archive, open_regular(path) as file:
            members = {
                info.filename.removesuffix(".npy"): _member(file, info)
                for info in archive.infolist()
            }
            constants = {
                name: _array(file, members[name]) for name in (*_CONSTANTS, "run_id", "left_out")
            }
            steps = _array(file, members["step"]).tolist()
        if str(constants["run_id"]) != run_id or not run_id or not _fits(members, len(steps)):
            return set()
    except (*UNFIT, zipfile.BadZipFile):
        return set()
    _begin(table, members, constants, steps)
    return {step for step in steps if step in files and _is_older(files[step], written)}


def _begin(
    table: SummaryTable,
    members: Mapping[str, _Member],
    constants: Mapping[str, NDArray[Any]],
    steps: list[int],
) -> None:
    reasons = dict(str(line).partition(": ")[::2] for line in constants["left_out"])
    for name, column in table.columns.items():
        if name in members:
            column.begin_with(members[name].shape[1:], len(steps), members[name].place)
        else:
            table.begin_without(name, reasons.get(name, "not in the summary before"))
    table.constants.update({name: constants[name] for name in _CONSTANTS})
    table.steps.extend(steps)


def _fits(members: Mapping[str, _Member], n_rows: int) -> bool:
    """Whether the arrays are such as we write, all of as many rows."""
    kinds = {**VALUES, **{name: "u1" if name == "spike_history" else "f4" for name in DENSE}}
    for name, kind in kinds.items():
        member = members.get(name)
        if member is not None and (member.dtype != np.dtype(kind) or member.shape[:1] != (n_rows,)):
            return False
    return all(name in members for name in ("step", "label_history", "n_spikes"))


def _member(file: IO[bytes], info: zipfile.ZipInfo) -> _Member:
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
        raise ValueError("the archive is compressed")
    file.seek(info.header_offset)
    name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    begin = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    file.seek(begin)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array is of another version")
    # Of a header of more than 10,000 bytes numpy makes an error; before 1.24 of none.
    shape, in_columns, dtype = np.lib.format.read_array_header_1_0(file)
    place = file.tell()
    n_bytes = begin + info.file_size - place
    if in_columns or dtype.hasobject or n_bytes != dtype.itemsize * _n_items(shape):
        raise ValueError("an array is cut short")
    if begin + info.file_size > os.fstat(file.fileno()).st_size:
        raise ValueError("the archive is cut short")
    return _Member(dtype, shape, place, n_bytes)


def _n_items(shape: tuple[int, ...]) -> int:
    n_items = 1
    for length in shape:
        n_items *= length
    return n_items


def _array(file: IO[bytes], member: _Member) -> NDArray[Any]:
    file.seek(member.place)
    return np.frombuffer(file.read(member.n_bytes), member.dtype).reshape(member.shape)


def _is_older(path: Path, written: int) -> bool:
    try:
        return path.stat().st_mtime_ns <= written
    except OSError:
        return False
