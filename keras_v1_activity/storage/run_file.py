"""``run.json``: settings, versions, logged steps and counts of one run."""

import platform
import re
import sys
import threading
import uuid
from datetime import datetime, timezone
from typing import NamedTuple

import h5py
import numpy as np

from keras_v1_activity.common.files import read_json, write_json
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
    """

    path: str
    run_id: str

    def held(self):
        """Whether the folder still holds this run."""
        return read_run_id(self.path) == self.run_id

    def replaced(self):
        """Whether the folder holds another run; a missing or damaged file does not say so."""
        return read_run_id(self.path) not in (None, self.run_id)


def read_run_id(path):
    """The id in a ``run.json``; None where there is none."""
    try:
        with open(path, "rb") as file:
            match = _RUN_ID.match(file.read(_HEAD_BYTES).decode("utf-8", "replace"))
    except OSError:
        return None
    # Somebody may have written the file anew, with its entries in another order.
    known = match[1] if match else read_json(path).get("run_id")
    return known if _is_id(known) else None


def versions():
    """Versions of Python and of the libraries in use; those not imported yet are not asked for."""
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


def _now():
    return datetime.now(timezone.utc).astimezone().isoformat(timespec="seconds")


class RunFile:
    """Keeps ``run.json`` up to date, never half written; any thread may write it.

    Args:
        layout: `Layout` of the run.
        settings: dict, what the run was set to.
        tally: `Tally` of the run.
        steps: list of the logged steps, which its owner appends to.
        earlier: content of the run.json of a run that is resumed, whose id is kept.

    Attributes:
        mark: `RunMark` of the run.
    """

    def __init__(self, layout, settings, tally, steps, earlier=None):
        earlier = earlier or {}
        self._layout = layout
        known = earlier.get("run_id")
        self.mark = RunMark(str(layout.run), known if _is_id(known) else uuid.uuid4().hex)
        self._settings = settings
        self._tally = tally
        self._steps = steps
        self._started = earlier.get("started", _now())
        self._earlier_causes = earlier.get("first_causes", {})
        self._resumed = list(earlier.get("resumed", []))
        if earlier:
            self._resumed.append(_now())
        self._intervals = [list(entry) for entry in earlier.get("intervals", []) if _is_pair(entry)]
        self._written_at = -1
        self._kinds_written = 0
        self._lock = threading.Lock()

    def note_interval(self, step, interval):
        """From `step` on, the steps divisible by `interval` are logged."""
        with self._lock:
            while self._intervals and self._intervals[-1][0] >= step:
                self._intervals.pop()
            if not self._intervals or self._intervals[-1][1] != interval:
                self._intervals.append([step, interval])

    def update(self):
        """Writes the file if enough has changed since it was last written.

        Raises:
            OSError: it could not be written.
        """
        new_kind = len(self._tally.causes) > self._kinds_written
        if new_kind or len(self._steps) >= self._written_at + max(1, self._written_at * _GROWTH):
            self.write()

    def write(self):
        """Writes the file, unless another run has put its own there.

        Raises:
            OSError: it could not be written.
        """
        with self._lock:
            self._write()

    def _write(self):
        if self.mark.replaced():
            return
        causes = self._tally.causes
        content = {
            "run_id": self.mark.run_id,
            "layout": self._layout.name,
            "settings": self._settings,
            "versions": versions(),
            "started": self._started,
            "resumed": self._resumed,
            "last_written": _now(),
            "counts": self._tally.counts,
            "first_causes": {**causes, **self._earlier_causes},
            "intervals": self._intervals,
            "steps": list(self._steps),
        }
        write_json(self._layout.run, content)
        self._written_at = len(self._steps)
        self._kinds_written = len(causes)


def _is_id(value):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value) is not None


def _is_pair(value):
    return isinstance(value, list) and len(value) == 2 and all(isinstance(n, int) for n in value)


def earlier_content(layout):
    """What the run.json in the folder says; empty where there is none."""
    return read_json(layout.run)
