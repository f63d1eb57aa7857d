"""``run.json``: settings, versions, logged steps and counts of one run."""

import platform
import sys
from datetime import datetime, timezone

import h5py
import numpy as np

from keras_v1_activity.storage.files import read_json, write_json
from keras_v1_activity.version import __version__

# run.json names all steps, so writing it at every look would cost ever more. It is written once the
# number of looks has grown by this part: the cost stays in proportion to the looks.
_GROWTH = 0.01


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
    """Keeps ``run.json`` up to date, never half written.

    Args:
        layout: `Layout` of the run.
        settings: dict, what the run was set to.
        tally: `Tally` of the run.
        steps: list of the logged steps, which its owner appends to.
        earlier: content of the run.json of a run that is resumed.
    """

    def __init__(self, layout, settings, tally, steps, earlier=None):
        earlier = earlier or {}
        self._layout = layout
        self._settings = settings
        self._tally = tally
        self._steps = steps
        self._started = earlier.get("started", _now())
        self._earlier_causes = earlier.get("first_causes", {})
        self._resumed = list(earlier.get("resumed", []))
        if earlier:
            self._resumed.append(_now())
        self._written_at = -1
        self._kinds_written = 0

    def update(self):
        """Writes the file if enough has changed since it was last written.

        Raises:
            OSError: it could not be written.
        """
        new_kind = len(self._tally.causes) > self._kinds_written
        if new_kind or len(self._steps) >= self._written_at + max(1, self._written_at * _GROWTH):
            self.write()

    def write(self):
        """Writes the file.

        Raises:
            OSError: it could not be written.
        """
        causes = self._tally.causes
        content = {
            "layout": self._layout.name,
            "settings": self._settings,
            "versions": versions(),
            "started": self._started,
            "resumed": self._resumed,
            "last_written": _now(),
            "counts": self._tally.counts,
            "first_causes": {**causes, **self._earlier_causes},
            "steps": self._steps,
        }
        write_json(self._layout.run, content)
        self._written_at = len(self._steps)
        self._kinds_written = len(causes)


def earlier_content(layout):
    """What the run.json in the folder says; empty where there is none."""
    return read_json(layout.run)
