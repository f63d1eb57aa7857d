"""The end of Python: how long it waits for figures, and what is said of those that are missing."""

from __future__ import annotations

import atexit
import os
import sys
import weakref
from functools import partial
from pathlib import Path

from keras_v1_activity.common.notices import tell
from keras_v1_activity.drawing.backlog import Backlog
from keras_v1_activity.drawing.feeder import Feeder
from keras_v1_activity.drawing.settings import wait_limit_s
from keras_v1_activity.drawing.waiting import wait_until_drawn

_PROCESS = os.getpid()


def runs_at_exit() -> bool:
    """Whether Python does at its end what it was told to.

    It does not in processes of multiprocessing, and may not in a forked child: most end with
    `os._exit`.

    Example:
        >>> runs_at_exit()
        True
    """
    if os.getpid() != _PROCESS:
        return False
    multiprocessing = sys.modules.get("multiprocessing")
    return multiprocessing is None or multiprocessing.parent_process() is None


def say_missing(backlog: Backlog) -> None:
    """Says how many steps lack figures, and how to draw them; nothing if there are none.

    Example:
        >>> say_missing(Backlog())
    """
    folder = backlog.folder
    if folder is None:
        return
    n_steps = len(set(backlog.steps))
    steps = "1 step still lacks" if n_steps == 1 else f"{n_steps:,} steps still lack"
    pictures = backlog.figures_left > 0
    what, does = ("pictures", "draws") if pictures else ("numbers", "computes")
    tell(f"{steps} {what}: {command(folder)} {does} them.")


def command(folder: Path) -> str:
    """The command line that draws what is missing in a run.

    Example:
        >>> command(Path("my logs"))
        "`keras-v1-activity figures 'my logs' --missing`"
    """
    import shlex
    import subprocess

    # The shells of Windows know only double quotes.
    quoted = subprocess.list2cmdline if sys.platform == "win32" else shlex.join
    return f"`keras-v1-activity figures {quoted([str(folder)])} --missing`"


class AtExit:
    """At the end of Python, waits for the figures that were promised and gives others up.

    Args:
        feeder: what draws; not kept in use by this.

    Example:
        >>> from keras_v1_activity.storage.counters import Counters
        >>> feeder = Feeder(Counters(), queue_looks=4, timeout_s=120.0, idle_s=300.0)
        >>> at_exit = AtExit(feeder)
        >>> at_exit.unregister()
    """

    def __init__(self, feeder: Feeder) -> None:
        # Weak, because it is not taken off if nobody closes; the thread keeps the feeder.
        self._call = partial(_leave, weakref.ref(feeder))
        self._registered = False
        self.register()

    def register(self) -> None:
        """Has it done at the end of Python, if it is not to be done already."""
        if not self._registered:
            self._registered = True
            atexit.register(self._call)

    def unregister(self) -> None:
        """Nothing is to be done at the end of Python."""
        atexit.unregister(self._call)
        self._registered = False


def _leave(reference: weakref.ref[Feeder]) -> None:
    """Waits for what was promised, then ends the thread.

    The thread is waited for, because the interpreter never ends if it stops a thread in the
    middle of HDF5, which then holds the lock of h5py.
    """
    feeder = reference()
    # A forked child inherits this call, but not the thread.
    if feeder is None or not feeder.running:
        return
    try:
        limit = wait_limit_s()
        if feeder.promised and limit != 0 and runs_at_exit():
            wait_until_drawn(feeder, limit)
        feeder.abandon()
        say_missing(feeder.queue.backlog)
    except KeyboardInterrupt:
        # Pressed once more: whatever is not drawn can be drawn later.
        feeder.process.give_up()
