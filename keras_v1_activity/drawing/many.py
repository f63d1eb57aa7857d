"""Drawing what is missing in a run with several processes, outside of a training."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from keras_v1_activity.drawing.look_drawing import LookDrawing
from keras_v1_activity.drawing.look_queue import LookQueue
from keras_v1_activity.drawing.process import TIMEOUT_S
from keras_v1_activity.drawing.progress import ProgressBar
from keras_v1_activity.drawing.restart import RestartingProcess, check_startable
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.drawing.time_left import TimeLeft
from keras_v1_activity.storage.counters import Counters

_LOOK_AGAIN_S = 0.2


def draw_missing(looks: Sequence[StoredLook], n_jobs: int = 1) -> Counters:
    """Makes figures and numbers of stored looks, the newest first; what is there by then is left.

    Args:
        looks: what of which looks, by ascending step.
        n_jobs: how many processes draw.

    Returns:
        Counts of figures drawn, missing and failed, and the first causes.

    Raises:
        CannotStart: this program must not start processes.

    Example:
        >>> draw_missing([], n_jobs=2).counts["figures_drawn"]
        0
    """
    check_startable()
    counters = Counters()
    queue = LookQueue(counters, most_looks=1)
    queue.add_found(looks)
    n_jobs = max(min(n_jobs, len(looks)), 1)
    # Somebody waits for them; whoever wants them to stand back starts the command with `nice`.
    processes = [RestartingProcess(counters, TIMEOUT_S, niceness=0) for _ in range(n_jobs)]
    threads = [
        threading.Thread(target=_draw_all, args=(queue, process, counters), daemon=True)
        for process in processes
    ]
    try:
        for thread in threads:
            thread.start()
        _wait(queue, threads)
    finally:
        # After Ctrl-C, each ends what it has in work with its process.
        queue.stop()
        for process in processes:
            process.give_up()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    return counters


def _draw_all(queue: LookQueue, process: RestartingProcess, counters: Counters) -> None:
    drawing = LookDrawing(queue, process, TimeLeft(), counters)
    while (look := queue.take()) is not None:
        drawing.draw(look)
    process.end()


def _wait(queue: LookQueue, threads: Sequence[threading.Thread]) -> None:
    """Waits, with a progress bar, until all is drawn or no process is left to draw."""
    total = queue.figures_left
    bar = ProgressBar(total)
    with queue.changed:
        try:
            while any(thread.is_alive() for thread in threads):
                bar.show(total - queue.figures_left)
                queue.changed.wait(_LOOK_AGAIN_S)
        except KeyboardInterrupt:
            bar.leave()
            raise
        if queue.figures_left:
            bar.leave()
        else:
            bar.end()
