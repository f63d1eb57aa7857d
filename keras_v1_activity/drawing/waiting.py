"""Waiting for figures: with a progress bar, at the end of training, at the end of Python."""

from __future__ import annotations

import atexit
import os
import time
import weakref
from collections.abc import Callable
from functools import partial

from keras_v1_activity.common.notices import tell
from keras_v1_activity.drawing.feeder import Feeder
from keras_v1_activity.drawing.progress import ProgressBar

_LOOK_AGAIN_S = 0.2


def wait_until_drawn(feeder: Feeder, timeout_s: float | None = None) -> int:
    """Waits until all is drawn, with a progress bar; Ctrl-C skips the rest.

    Args:
        feeder: what draws.
        timeout_s: seconds to wait at most; None: without limit.

    Returns:
        How many figures are left.

    Example:
        >>> from keras_v1_activity.storage.counters import Counters
        >>> wait_until_drawn(Feeder(Counters(), queue_looks=4, timeout_s=120.0, idle_s=300.0))
        0
    """
    end = None if timeout_s is None else time.monotonic() + timeout_s
    return _wait(feeder, lambda now: end is not None and now >= end)


def close(feeder: Feeder, grace_s: float | None, then: Callable[[], object] | None) -> int:
    """Waits for the rest if that is soon done, else leaves it to be drawn later.

    Args:
        feeder: what draws; its thread and process are ended if nothing is left.
        grace_s: seconds to wait at most; None: without limit.
        then: called without arguments, in another thread, when a rest is drawn or given up.

    Returns:
        How many figures are left.

    Example:
        >>> from keras_v1_activity.storage.counters import Counters
        >>> close(Feeder(Counters(), queue_looks=4, timeout_s=120.0, idle_s=300.0), None, None)
        0
    """
    begun = time.monotonic()

    def too_long(now: float) -> bool:
        left_s = feeder.time_left.seconds_left(feeder.queue.figures_left, now)
        return grace_s is not None and now - begun + left_s > grace_s

    if _wait(feeder, too_long):
        # A thread that ends in this moment would no longer call `then`.
        with feeder.queue.changed:
            if feeder.queue.figures_left:
                feeder.finish(then, promised=True)
                return feeder.queue.figures_left
    feeder.end()
    return 0


def _wait(feeder: Feeder, enough: Callable[[float], bool]) -> int:
    """Waits until no figure is left, or ``enough(now)``; how many are left then."""
    try:
        with feeder.hurried(), feeder.queue.changed:
            return _wait_with_bar(feeder, enough)
    except KeyboardInterrupt:
        feeder.abandon()
        tell("the remaining figures are skipped.")
        return feeder.queue.figures_left


def _wait_with_bar(feeder: Feeder, enough: Callable[[float], bool]) -> int:
    queue = feeder.queue
    total = queue.figures_left
    bar = ProgressBar(total)
    try:
        while feeder.busy:
            if enough(time.monotonic()):
                bar.leave()
                return queue.figures_left
            bar.show(total - queue.figures_left)
            queue.changed.wait(_LOOK_AGAIN_S)
    except KeyboardInterrupt:
        bar.leave()
        raise
    bar.end()
    return 0


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
        self._call = partial(_leave, weakref.ref(feeder), os.getpid())
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


def _leave(reference: weakref.ref[Feeder], pid: int) -> None:
    """Waits for what was promised, then ends the thread.

    The thread is waited for, because the interpreter never ends if it stops a thread in the
    middle of HDF5, which then holds the lock of h5py.
    """
    feeder = reference()
    # A forked child inherits this call, but neither the thread nor the process.
    if feeder is None or os.getpid() != pid or not feeder.running:
        return
    if feeder.promised:
        wait_until_drawn(feeder)
    feeder.abandon()
