"""``run.json``: settings, versions, logged steps and counts of one run."""

from __future__ import annotations

import platform
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import h5py
import numpy as np

from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.common.locks import Lock
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.ownership import Owner, owner_of
from keras_v1_activity.storage.run_id import RunMark, known_id, read_run_id
from keras_v1_activity.version import __version__

__all__ = ["RunFile", "RunMark", "known_id", "read_run_id", "versions"]

# run.json names all steps, so writing it at every look would cost ever more. It is written once the
# number of looks has grown by this part: the cost stays in proportion to the looks.
_GROWTH = 0.01


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries in use; those not imported yet are not asked for.

    Example:
        >>> versions()["numpy"] == np.__version__
        True
    """
    found = {
        "keras_v1_activity": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "h5py": h5py.__version__,
    }
    for name in ("tensorflow", "keras", "tf_keras"):
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "__version__"):
            found[name] = module.__version__
    return found


def _now() -> str:
    return datetime.now(timezone.utc).astimezone().isoformat(timespec="seconds")


class RunFile:
    """Keeps ``run.json`` up to date, never half written; any thread may write it.

    Args:
        layout: where the files of the run lie.
        settings: what the run was set to.
        counters: what was counted in the run.
        steps: the logged steps, which the owner of the list appends to.
        earlier: content of the run.json of a run that is resumed, as `read_run_content` has it;
            its id is kept.
        further: function that gives further entries; the file is written when they change.

    Attributes:
        mark: which run it is.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> layout = make_layout("folders", "run")
        >>> run_file = RunFile(layout, {"dt": 1.0}, Counters(), [100])
        >>> run_file.write()
        >>> from keras_v1_activity.common.atomic_files import read_json
        >>> read_json(layout.run)["steps"], run_file.mark.held()
        ([100], True)
    """

    mark: RunMark

    def __init__(
        self,
        layout: Layout,
        settings: Mapping[str, object],
        counters: Counters,
        steps: Sequence[int],
        earlier: Mapping[str, Any] | None = None,
        further: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        earlier = earlier or {}
        self._layout = layout
        self.mark = RunMark(str(layout.run), known_id(earlier.get("run_id")) or uuid.uuid4().hex)
        self._settings = settings
        self._counters = counters
        self._steps = steps
        self._started = earlier.get("started") or _now()
        self._earlier_causes = dict(earlier.get("first_causes", {}))
        self._resumed = list(earlier.get("resumed", ()))
        if earlier:
            self._resumed.append(_now())
        self._intervals = [list(pair) for pair in earlier.get("intervals", ())]
        self._further = further
        self._further_written: Mapping[str, Any] = {}
        self._written_at = -1
        self._kinds_written = 0
        self._lock = Lock()

    def note_interval(self, step: int, interval: int) -> None:
        """From `step` on, the steps divisible by `interval` are logged."""
        with self._lock:
            while self._intervals and self._intervals[-1][0] >= step:
                self._intervals.pop()
            if not self._intervals or self._intervals[-1][1] != interval:
                self._intervals.append([step, interval])

    def update(self) -> None:
        """Writes the file if enough has changed since it was last written.

        Raises:
            OSError: it could not be written.
        """
        is_new = len(self._counters.causes) > self._kinds_written
        is_new = is_new or self._further() != self._further_written
        if is_new or len(self._steps) >= self._written_at + max(1, self._written_at * _GROWTH):
            self.write()

    def write(self) -> None:
        """Writes the file, unless another run has put its own there.

        Raises:
            OSError: it could not be written.
        """
        with self._lock:
            self._write()

    def _write(self) -> None:
        path = self._layout.run
        if self.mark.replaced():
            return
        if read_run_id(path) is None and owner_of(path) is Owner.FOREIGN:
            raise OSError(f"another program has put its own {path.name} there")
        causes, further = self._counters.causes, self._further()
        content = {
            "run_id": self.mark.run_id,
            "layout": self._layout.name,
            "settings": self._settings,
            "versions": versions(),
            "started": self._started,
            "resumed": self._resumed,
            "last_written": _now(),
            "counts": self._counters.counts,
            "first_causes": {**causes, **self._earlier_causes},
            "intervals": self._intervals,
            **further,
            "steps": list(self._steps),
        }
        write_json(path, content)
        self._written_at = len(self._steps)
        self._kinds_written = len(causes)
        self._further_written = further
