"""Waiting for figures: with a progress bar, and at the end of training."""

from __future__ import annotations

import time
from collections.abc import Callable

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
        How many figures and numbers are left.

    Example:
        >>> from keras_v1_activity.storage.counters import Counters
        >>> wait_until_drawn(Feeder(Counters(), queue_looks=4, timeout_s=120.0, idle_s=300.0))
        0
    """
    end = None if timeout_s is None else time.monotonic() + timeout_s
    return _wait(feeder, lambda now: end is not None and now >= end)


def close(
    feeder: Feeder,
    grace_s: float | None,
    then: Callable[[], object] | None,
    *,
    all_of_it: bool = True,
) -> int:
    """Waits for the rest if that is soon done, else leaves it to be drawn later.

    Args:
        feeder: what draws; its thread and process are ended if nothing is left.
        grace_s: seconds to wait at most; None: without limit.
        then: called without arguments, in another thread, when a rest is drawn or given up.
        all_of_it: do not wait if more is left than `grace_s` is expected to suffice for.

    Returns:
        How many figures and numbers are left.

    Example:
        >>> from keras_v1_activity.storage.counters import Counters
        >>> close(Feeder(Counters(), queue_looks=4, timeout_s=120.0, idle_s=300.0), None, None)
        0
    """
    begun = time.monotonic()

    def too_long(now: float) -> bool:
        left_s = 0.0
        if all_of_it:
            left_s = feeder.time_left.seconds_left(feeder.queue.left, now)
        return grace_s is not None and now - begun + left_s > grace_s

    if _wait(feeder, too_long):
        # A thread that ends in this moment would no longer call `then`.
        with feeder.queue.changed:
            if feeder.queue.left and feeder.running:
                feeder.finish(then, promised=True)
                return feeder.queue.left
    feeder.end()
    return 0


def _wait(feeder: Feeder, enough: Callable[[float], bool]) -> int:
    """Waits until nothing is left, or ``enough(now)``; how much is left then."""
    try:
        with feeder.hurry, feeder.queue.changed:
            return _wait_with_bar(feeder, enough)
    except KeyboardInterrupt:
        feeder.abandon()
        tell("the remaining figures are skipped.")
        return feeder.queue.left


def _wait_with_bar(feeder: Feeder, enough: Callable[[float], bool]) -> int:
    queue = feeder.queue
    total = queue.figures_left
    bar = ProgressBar(total)
    try:
        while feeder.busy:
            if enough(time.monotonic()):
                bar.leave()
                return queue.left
            bar.show(total - queue.figures_left)
            queue.changed.wait(_LOOK_AGAIN_S)
    except KeyboardInterrupt:
        bar.leave()
        raise
    if not queue.stopped:
        bar.end()
        return 0
    # Drawing has stopped: what is left is not drawn by this program.
    bar.leave()
    return 0
