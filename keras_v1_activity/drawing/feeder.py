"""The thread that feeds the drawing process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from keras_v1_activity.drawing.link import END_S
from keras_v1_activity.drawing.look_drawing import LookDrawing
from keras_v1_activity.drawing.look_queue import LookQueue, WaitingLook
from keras_v1_activity.drawing.restart import RestartingProcess
from keras_v1_activity.drawing.time_left import TimeLeft
from keras_v1_activity.storage.counters import Counters


class Feeder:
    """Hands one look after the other from the queue to the process, in a thread of its own.

    The thread begins with the first look. It ends when it is told to finish and all is drawn, and
    ends the process with it; a look that is put later starts both again.

    Args:
        counters: counts figures drawn, dropped and failed.
        queue_looks: how many looks may wait.
        timeout_s: seconds that one figure may take.
        idle_s: seconds after which an idle process is ended.

    Attributes:
        queue: the looks that wait.
        process: the drawing process.
        time_left: how long the figures that are left will take.
        promised: whether somebody was told that what is left will still be drawn.

    Example:
        >>> feeder = Feeder(Counters(), queue_looks=4, timeout_s=120.0, idle_s=300.0)
        >>> feeder.running, feeder.busy
        (False, False)
    """

    queue: LookQueue
    process: RestartingProcess
    time_left: TimeLeft
    promised: bool

    def __init__(
        self, counters: Counters, *, queue_looks: int, timeout_s: float, idle_s: float
    ) -> None:
        self.queue = LookQueue(counters, queue_looks)
        self.process = RestartingProcess(counters, timeout_s)
        self.time_left = TimeLeft()
        self.promised = False
        self._drawing = LookDrawing(self.queue, self.process, self.time_left, counters)
        self._changed = self.queue.changed
        self._idle_s = idle_s
        self._rest_s = 0.0
        self._waiters = 0
        self._finishing = False
        self._then: Callable[[], object] | None = None
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread is at work or waits for looks."""
        return self._thread is not None

    @property
    def busy(self) -> bool:
        """Whether something is left to be drawn, or to be called after that."""
        return self.queue.figures_left > 0 or self._then is not None

    def put(self, look: WaitingLook) -> None:
        """Queues one look, and starts the thread if there is none."""
        with self._changed:
            if not self.queue.put(look):
                return
            self._finishing = self.promised = False
            self._then = None
            if self._thread is None:
                thread = threading.Thread(target=self._feed, daemon=True)
                thread.start()
                self._thread = thread

    def finish(self, then: Callable[[], object] | None = None, *, promised: bool = False) -> None:
        """Lets the thread end, and with it the process, once all is drawn. Waits for nothing.

        Args:
            then: called without arguments, in the thread, when all is drawn or given up.
            promised: what is left is to be waited for when the interpreter ends.
        """
        with self._changed:
            self._finishing = True
            if then is not None:
                self._then = then
            self.promised = self.promised or promised
            self._changed.notify_all()

    def end(self) -> None:
        """Ends the thread, and with it the process, when nothing is left to be drawn."""
        self.finish()
        thread = self._thread
        if thread is not None:
            thread.join(END_S)
            if thread.is_alive():
                self.abandon()

    def abandon(self) -> None:
        """Gives up what is not drawn, and ends the process and the thread."""
        self.queue.stop()
        self.process.give_up()
        thread = self._thread
        if thread is not None:
            self.finish()
            thread.join(END_S)

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Within this block somebody waits for the figures: drawing does not rest."""
        with self._changed:
            self._waiters += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._waiters -= 1

    def _feed(self) -> None:
        while True:
            look = self._next_look()
            if look is not None:
                self._rest_s = self._drawing.draw(look)
                # Else the look would be kept in memory until the next one comes.
                del look
                self._call_if_done()
                continue
            self.process.end()
            self._call_if_done()
            with self._changed:
                if self._finishing and not len(self.queue):
                    self._thread = None
                    return

    def _next_look(self) -> WaitingLook | None:
        """Waits for the next look; None at the end, or if the process has been idle for long."""

        def in_a_hurry() -> bool:
            return self._waiters > 0 or self._finishing or self.queue.stopped

        with self._changed:
            self._changed.wait_for(in_a_hurry, self._rest_s)
            self._rest_s = 0.0
            idle_s = self._idle_s if self.process.running else None
            self._changed.wait_for(lambda: len(self.queue) > 0 or self._finishing, idle_s)
            return self.queue.take()

    def _call_if_done(self) -> None:
        """Calls what is to be called when all is drawn."""
        with self._changed:
            then = None if self.queue.figures_left else self._then
        if then is None:
            return
        then()
        with self._changed:
            self._then = None
            self._changed.notify_all()
