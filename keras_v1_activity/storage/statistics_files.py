"""The numbers of a look, added to the files that it has been stored in; each is replaced whole."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.details import details_text
from keras_v1_activity.common import units
from keras_v1_activity.common.atomic_files import (
    JSON_LIMIT_BYTES,
    json_text,
    read_json,
    read_regular,
    replacing,
)
from keras_v1_activity.common.values import plain
from keras_v1_activity.measures import summarise
from keras_v1_activity.storage.codec import SPIKES, read_details
from keras_v1_activity.storage.hdf5 import TEXT, open_for_reading
from keras_v1_activity.storage.index_content import writable
from keras_v1_activity.storage.layout import data_beside
from keras_v1_activity.storage.run_id import RunMark
from keras_v1_activity.storage.statistics_codec import STATISTICS, write_statistics

# As `write_json` writes it. A file that somebody has written in another way gets its numbers again.
_ENTRY = f'\n "{STATISTICS}": {{'.encode()
_LIMIT_BYTES = 1 << 31


class OtherLook(Exception):
    """The files are not those of the look, or of its run, any more: nothing is to be written.

    Example:
        >>> raise OtherLook("step 100 was logged again")
        Traceback (most recent call last):
        keras_v1_activity.storage.statistics_files.OtherLook: step 100 was logged again
    """


def has_statistics(path: str | os.PathLike[str]) -> bool:
    """Whether the summary of a look has its numbers by population.

    Args:
        path: of the ``summary.json``.

    Example:
        >>> has_statistics("absent/summary.json")
        False
    """
    try:
        return _ENTRY in read_regular(path, JSON_LIMIT_BYTES)
    except OSError:
        return False


def read_statistics(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The numbers by population in the summary of a look; empty if there are none.

    Args:
        path: of the ``summary.json``.

    Example:
        >>> read_statistics("absent/summary.json")
        {}
    """
    found = read_json(path).get(STATISTICS)
    return found if isinstance(found, dict) else {}


def add_to_data(
    activity: Activity,
    path: str | os.PathLike[str],
    numbers: Mapping[str, Any],
    run: RunMark | None,
) -> None:
    """Adds the numbers to the data file of a look, if it is stored: to its details, and as a group.

    Args:
        activity: the look.
        path: of its ``summary.json``, beside which the data lie.
        numbers: what `look_statistics` gave.
        run: which run it belongs to; None writes in any case.

    Raises:
        OtherLook: the file holds another look, or the folder another run.
        OSError, KeyError, ValueError: the file is damaged, or cannot be written.
    """
    target = _Target.of(data_beside(path), run)
    if target.state is None:
        return
    content = read_regular(target.path, _LIMIT_BYTES)
    with open_for_reading(io.BytesIO(content)) as file:
        if not _is_of(file, activity):
            raise OtherLook(f"{target.path} holds another look")
        details = {**read_details(file), STATISTICS: numbers}
    with writable(content) as file:
        for name in ("details", STATISTICS):
            if name in file:
                del file[name]
        file.create_dataset("details", data=details_text(details), dtype=TEXT)
        write_statistics(file.create_group(STATISTICS), numbers)
        file.flush()
        content = file.id.get_file_image()
    target.replace(content)


def add_to_summary(
    activity: Activity,
    path: str | os.PathLike[str],
    numbers: Mapping[str, Any],
    run: RunMark | None,
) -> None:
    """Adds the numbers to the ``summary.json`` of a look; one that is not there is written.

    Args:
        activity, path, numbers, run: as for `add_to_data`.

    Raises:
        OtherLook: the file holds another look, or the folder another run.
        OSError: it cannot be written.
    """
    target = _Target.of(Path(path), run)
    found = read_json(path) or {**summarise(activity), **plain(activity.details)}
    for name in ("step", "n_spikes"):
        if found.get(name, getattr(activity, name)) != getattr(activity, name):
            raise OtherLook(f"{path} tells of another look")
    target.replace(json_text({**found, STATISTICS: numbers}))


def _is_of(file: h5py.File, activity: Activity) -> bool:
    """Whether a file holds the spikes of a look."""
    ids = file[SPIKES]["node_ids"]
    if int(file.attrs["step"]) != activity.step or len(ids) != activity.n_spikes:
        return False
    times = units.ms_to_steps(file[SPIKES]["timestamps"][()], activity.dt)
    return bool(
        np.array_equal(ids[()], activity.spike_neurons)
        and np.array_equal(times, activity.spike_steps)
    )


class _Target(NamedTuple):
    """A file that is replaced only if nobody else has done so meanwhile."""

    path: Path
    run: RunMark | None
    state: tuple[int, int, int] | None

    @classmethod
    def of(cls, path: Path, run: RunMark | None) -> _Target:
        return cls(path, run, _state(path))

    def replace(self, content: bytes) -> None:
        """Puts a new file in its place.

        The look may be logged again, and its folder moved aside, while numbers are computed.
        """
        folder = None if self.run is None else os.path.dirname(self.run.path)
        with replacing(self.path, folder) as temporary:
            temporary.write_bytes(content)
            if _state(self.path) != self.state:
                raise OtherLook(f"{self.path} has been written again")
            if self.run is not None and not self.run.held():
                raise OtherLook(f"{self.path} belongs to another run")


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
