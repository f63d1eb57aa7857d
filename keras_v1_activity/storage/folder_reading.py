"""FolderReading: what is in the folder of a run, and nothing from outside of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.common.reading import lies_in
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.hdf5 import DAMAGE
from keras_v1_activity.storage.layout import LAYOUTS, absolute
from keras_v1_activity.storage.names import INDEX
from keras_v1_activity.storage.neurons_codec import stored_neurons
from keras_v1_activity.storage.shown_files import texts_of
from keras_v1_activity.storage.stored_classes import stored_classes

_ASKED: Final = 4


class FolderReading:
    """Reads looks from the folder of a run, one by one, while it may grow.

    Nothing is read from outside the folder, where a link in it may lead.

    Args:
        log_dir: the folder given to the callback or logger; it need not be there yet.

    Attributes:
        log_dir: its absolute path.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> reading = FolderReading(load_activity("logs").log_dir)
        >>> reading.look(100).step, reading.row(200)["mean_rate_hz"], reading.classes(300)
        (100, 50.0, None)
    """

    log_dir: Path

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        self.log_dir = absolute(log_dir)
        self._layouts = [make(self.log_dir) for make in LAYOUTS.values()]
        self._neurons: Neurons | None = None

    def neurons_of(self, steps: Iterable[int]) -> Neurons | None:
        """Populations, thresholds and readout neurons; None if they are unknown yet.

        Args:
            steps: the logged steps.
        """
        if self._neurons is None:
            # The first data file carries them, and later ones if they are others.
            order = sorted(steps)
            some = dict.fromkeys([*order[:_ASKED], *order[-_ASKED:]])
            files = {step: path for step in some if (path := self._data(step)) is not None}
            index = self.log_dir / INDEX
            self._neurons = stored_neurons(index if self.is_inside(index) else os.devnull, files)
        return self._neurons

    def is_inside(self, path: Path) -> bool:
        """Whether a file, with all links followed, lies in the folder of the run."""
        return lies_in(path, self.log_dir)

    def texts(self) -> Mapping[str, str]:
        """What network_state.txt says, by name of the file; empty if there is none."""
        return texts_of(self.log_dir)

    def row(self, step: int) -> Mapping[str, Any]:
        """The content of the look's summary.json."""
        for layout in self._layouts:
            path = layout.summary(step)
            if self.is_inside(path) and (found := read_json(path)):
                return {**found, "step": step}
        return {"step": step}

    def classes(self, step: int) -> NDArray[np.int64] | None:
        """(n, 2) true and predicted class of each recorded trial; None if no data are stored."""
        path = self._data(step)
        return None if path is None else stored_classes(path)

    def look(self, step: int) -> Activity:
        """The look at a step.

        Raises:
            OSError: it is not there, or cannot be read.
        """
        path = self._data(step)
        if path is None:
            raise OSError("its data are not in the folder of the run")
        try:
            return codec.decode(path, self.neurons_of([step]))
        except DAMAGE as error:
            raise OSError(str(error)) from error

    def _data(self, step: int) -> Path | None:
        paths = (layout.data(step) for layout in self._layouts)
        return next((path for path in paths if path.is_file() and self.is_inside(path)), None)
