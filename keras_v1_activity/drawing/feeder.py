"""The thread that feeds the drawing process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from keras_v1_activity.drawing.backlog import Backlog
from keras_v1_activity.drawing.hurry import Hurry
from keras_v1_activity.drawing.link import END_S
from keras_v1_activity.drawing.look_drawing import LookDrawing
from keras_v1_activity.drawing.look_queue import LookQueue, WaitingLook
from keras_v1_activity.drawing.products import OnFigure, OnNumbers
from keras_v1_activity.drawing.restart import RestartingProcess
from keras_v1_activity.drawing.search import Search
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.drawing.time_left import TimeLeft
from keras_v1_activity.storage.counters import Counters


class Feeder:
    """Hands one look after the other from the queue to the process, in a thread of its own.

    The thread begins with the first look. It ends when it is told to finish and all is drawn, and
    ends the process with it; a look that is put later starts both again.

    Args:
        counters: counts figures drawn, missing, dropped and failed.
        queue_looks: how many looks may wait.
        timeout_s: seconds that one figure may take.
        idle_s: seconds after which an idle process is ended.
        backlog: stored looks to be drawn when nothing waits; None for an empty one.
        on_numbers: called in the thread with the step of a look and its numbers.
        on_figure: called in the thread with each figure drawn.

    Attributes:
        queue: the looks that wait.
        process: the drawing process.
        time_left: how long the figures that are left will take.
        hurry: whoever waits for figures says so here.
        promised: whether somebody was told that what is left will still be drawn.

    Example:
        >>> feeder = Feeder(Counters(), queue_looks=4, timeout_s=120.0, idle_s=300.0)
        >>> feeder.running, feeder.busy
        (False, False)
    """

    queue: LookQueue
    process: RestartingProcess
    time_left: TimeLeft
    hurry: Hurry
    promised: bool

    def __init__(
        self,
        counters: Counters,
        *,
        queue_looks: int,
        timeout_s: float,
        idle_s: float,
        backlog: Backlog | None = None,
        on_numbers: OnNumbers | None = None,
        on_figure: OnFigure | None = None,
    ) -> None:
        self.queue = LookQueue(counters, queue_looks, backlog)
        self.process = RestartingProcess(counters, timeout_s)
        self.time_left = TimeLeft()
        self.hurry = Hurry(self.queue.changed)
        self.promised = False
        self._counters = counters
        told = on_numbers, on_figure
        self._drawing = LookDrawing(self.queue, self.process, self.time_left, counters, *told)
        self._changed = self.queue.changed
        self._idle_s = idle_s
        self._rest_s = 0.0
        self._finishing = False
        self._search = Search(self.queue.changed)
        self._then: Callable[[], object] | None = None
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread is at work or waits for looks."""
        # A forked child inherits the thread as an object that is not alive.
        return self._thread is not None and self._thread.is_alive()

    @property
    def busy(self) -> bool:
        """Whether the thread has something left to draw, to look for, or to call after that."""
        to_do = self.queue.left > 0 or self._search.pending or self._then is not None
        return to_do and self.running

    def put(self, look: WaitingLook) -> None:
        """Queues one look, and starts the thread if there is none."""
        with self._changed:
            if self.queue.put(look):
                self._finishing = self.promised = False
                self._then = None
                self._start()

    def search(self, find: Callable[[], Iterable[StoredLook]] | None = None) -> None:
        """Draws what the backlog holds, and what is found to be missing, when nothing waits.

        Starts the thread, also if there is nothing to draw yet.

        Args:
            find: returns looks that lack figures, by ascending step; called in the thread.
        """
        with self._changed:
            if not self.queue.stopped:
                if find is not None:
                    self._search.ask(find)
                self._start()

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

    def _start(self) -> None:
        """Starts the thread, if there is none; without one, what waits is given up."""
        if self.running:
            self._changed.notify_all()
            return
        thread = threading.Thread(target=self._feed, daemon=True)
        try:
            # It waits for the lock that the caller holds.
            thread.start()
        except RuntimeError as error:
            self._search.ask(None)
            self.queue.stop()
            self._counters.fail("drawing_unable", error)
        else:
            self._thread = thread
            # One hears the process, the other watches what is sent to it.
            self.process.helpers.start(2)

    def _feed(self) -> None:
        while True:
            with self._counters.failures_as("draw"):
                self._search.run(self.queue.add_found)
            look = self._next_look()
            if look is not None:
                self._rest_s = self._drawing.draw(look)
                # Else the look would be kept in memory until the next one comes.
                del look
                self._call_if_done()
                continue
            if self._search.pending:
                continue
            self.process.end()
            self._call_if_done()
            with self._changed:
                if self._finishing and not len(self.queue) and not self._search.pending:
                    self._thread = None
                    self.process.helpers.end()
                    return

    def _next_look(self) -> WaitingLook | StoredLook | None:
        """Waits for the next look; None at the end, or if the process has been idle for long."""

        def in_a_hurry() -> bool:
            leaving = self._finishing and bool(self.queue.steps or not len(self.queue))
            return self.hurry.on or leaving or self.queue.stopped

        def to_do() -> bool:
            return len(self.queue) > 0 or self._finishing or self._search.pending

        with self._changed:
            self._changed.wait_for(in_a_hurry, self._rest_s)
            self._rest_s = 0.0
            self._changed.wait_for(to_do, self._idle_s if self.process.running else None)
            return self.queue.take()

    def _call_if_done(self) -> None:
        """Calls what is to be called when all is drawn."""
        with self._changed:
            then = None if self.queue.left or self._search.pending else self._then
        if then is None:
            return
        with self._counters.failures_as("save"):
            then()
        with self._changed:
            self._then = None
            self._changed.notify_all()
