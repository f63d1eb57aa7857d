"""``activity.h5``: the facts of the neurons, once, and a link to each logged step's file."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import h5py

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.common.atomic_files import write_bytes
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.hdf5 import LIBVER, file_bytes
from keras_v1_activity.storage.layout import Layout, step_files
from keras_v1_activity.storage.neurons_codec import neurons_digest, stored_neurons, write_neurons

# HDF5 damages a file that it cannot finish, so it is not begun on a disk with less room than this.
_ROOM_BYTES = 1 << 17


class StepWriter:
    """Writes the data file of each look and keeps the index.

    The step files are the truth: each is whole or absent. The index can be made from them at any
    time, and is, if it is found missing or damaged. The first step file that a writer makes
    carries the facts of the neurons too, as does each whose neurons differ from the index's.

    Args:
        layout: where the files of the run lie.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> writer = StepWriter(make_layout("folders", "run"))
        >>> writer.write(activity); writer.link(activity)
        >>> sorted(path.name for path in Path("run").iterdir())
        ['activity.h5', 'step_000100']
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._digest: str | None = None

    def write(self, activity: Activity) -> None:
        """Stores one look; one at the same step as an earlier look takes its place.

        Raises:
            OSError: it could not be written; every earlier step is as it was.
        """
        known = self._digest == neurons_digest(activity.neurons)
        with_neurons = not (known and self._layout.index.exists())
        write_bytes(self._layout.data(activity.step), codec.encode(activity, with_neurons))

    def link(self, activity: Activity) -> None:
        """Adds the stored look to the index; a missing or damaged index is made again.

        Raises:
            OSError: the index could not be written.
        """
        path = self._layout.data(activity.step)
        if self._digest is None and not self._layout.index.exists():
            self._rebuild(activity.neurons)
        try:
            self._append(activity.step, path)
        except (OSError, KeyError, RuntimeError) as error:
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise
            self._rebuild(activity.neurons)

    def _append(self, step: int, path: Path) -> None:
        if shutil.disk_usage(self._layout.log_dir).free < _ROOM_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._layout.index))
        with h5py.File(self._layout.index, "r+", locking=False, libver=LIBVER) as file:
            self._digest = file["neurons"].attrs["digest"]
            _link(file["steps"], step, path.relative_to(self._layout.log_dir))

    def _rebuild(self, neurons: Neurons) -> None:
        files = step_files(self._layout.log_dir)
        known = stored_neurons(self._layout.index, files) or neurons

        def fill(file: h5py.File) -> None:
            write_neurons(file.create_group("neurons"), known)
            steps = file.create_group("steps")
            for step, path in files.items():
                _link(steps, step, path.relative_to(self._layout.log_dir))

        write_bytes(self._layout.index, file_bytes(fill))
        self._digest = neurons_digest(known)


def _link(group: h5py.Group, step: int, path: Path) -> None:
    name = f"{step:06d}"
    if group.get(name, getlink=True) is None:
        group[name] = h5py.ExternalLink(path.as_posix(), "/")
