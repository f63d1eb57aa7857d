"""``run.json``: settings, versions, logged steps and counts of one run."""

from __future__ import annotations

import os
import platform
import re
import sys
import threading
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

import h5py
import numpy as np

from keras_v1_activity.common.atomic_files import read_json, write_json
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.version import __version__

# run.json names all steps, so writing it at every look would cost ever more. It is written once the
# number of looks has grown by this part: the cost stays in proportion to the looks.
_GROWTH = 0.01
# It is the first entry, so that asking whose run a folder holds costs the same for a long run.
_RUN_ID = re.compile(r'\A\{\s*"run_id": "([0-9a-f]{32})"')
_HEAD_BYTES = 128


class RunMark(NamedTuple):
    """Which run is meant, for those who may still work for it when its folder holds another.

    Attributes:
        path: the ``run.json`` of the run.
        run_id: what it must say.

    Example:
        >>> from pathlib import Path
        >>> mark = RunMark("run.json", "0123456789abcdef" * 2)
        >>> mark.held(), mark.replaced()
        (False, False)
        >>> _ = Path("run.json").write_text('{"run_id": "' + mark.run_id + '"}')
        >>> mark.held(), mark.replaced()
        (True, False)
    """

    path: str
    run_id: str

    def held(self) -> bool:
        """Whether the folder still holds this run."""
        return read_run_id(self.path) == self.run_id

    def replaced(self) -> bool:
        """Whether the folder holds another run; a missing or damaged file does not say so."""
        return read_run_id(self.path) not in (None, self.run_id)


def read_run_id(path: str | os.PathLike[str]) -> str | None:
    """The id in a ``run.json``; None if there is none.

    Example:
        >>> print(read_run_id("absent/run.json"))
        None
    """
    try:
        with open(path, "rb") as file:
            match = _RUN_ID.match(file.read(_HEAD_BYTES).decode("utf-8", "replace"))
    except OSError:
        return None
    # Somebody may have written the file again, with its entries in another order.
    return known_id(match[1] if match else read_json(path).get("run_id"))


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
        earlier: content of the run.json of a run that is resumed, whose id is kept; entries that
            somebody has damaged are left out.

    Attributes:
        mark: which run it is.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> layout = make_layout("folders", "run")
        >>> run_file = RunFile(layout, {"dt": 1.0}, Counters(), [100])
        >>> run_file.write()
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
    ) -> None:
        earlier = earlier or {}
        self._layout = layout
        self.mark = RunMark(str(layout.run), known_id(earlier.get("run_id")) or uuid.uuid4().hex)
        self._settings = settings
        self._counters = counters
        self._steps = steps
        self._started = earlier.get("started", _now())
        self._earlier_causes = _dict(earlier.get("first_causes"))
        self._resumed = _list(earlier.get("resumed"))
        if earlier:
            self._resumed.append(_now())
        self._intervals = [list(pair) for pair in _list(earlier.get("intervals")) if _is_pair(pair)]
        self._written_at = -1
        self._kinds_written = 0
        self._lock = threading.Lock()

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
        new_kind = len(self._counters.causes) > self._kinds_written
        if new_kind or len(self._steps) >= self._written_at + max(1, self._written_at * _GROWTH):
            self.write()

    def write(self) -> None:
        """Writes the file, unless another run has put its own there.

        Raises:
            OSError: it could not be written.
        """
        with self._lock:
            self._write()

    def _write(self) -> None:
        if self.mark.replaced():
            return
        causes = self._counters.causes
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
            "steps": list(self._steps),
        }
        write_json(self._layout.run, content)
        self._written_at = len(self._steps)
        self._kinds_written = len(causes)


def known_id(value: object) -> str | None:
    """`value` if it is the id of a run, else None.

    Example:
        >>> known_id("0123456789abcdef" * 2), known_id("mine")
        ('0123456789abcdef0123456789abcdef', None)
    """
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value):
        return value
    return None


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(n, int) for n in value)


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}
