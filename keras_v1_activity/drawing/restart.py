"""Starting the drawing process, and its restart when it has died or hangs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

from keras_v1_activity.drawing.helpers import Helpers
from keras_v1_activity.drawing.link import DrawingLink
from keras_v1_activity.drawing.look_queue import WaitingLook
from keras_v1_activity.drawing.settings import usual_niceness
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.storage.counters import Counters

_MOST_LOSSES = 2


class CannotStart(RuntimeError):
    """This program must not start a drawing process, or cannot.

    Example:
        >>> raise CannotStart("it is frozen")
        Traceback (most recent call last):
        keras_v1_activity.drawing.restart.CannotStart: it is frozen
    """


def check_startable() -> None:
    """Checks that there is a Python to start.

    Raises:
        CannotStart: the program is frozen, and would start itself instead; or Python is embedded.

    Example:
        >>> check_startable()
    """
    if getattr(sys, "frozen", False):
        raise CannotStart("a frozen program would start itself as its drawing process")
    if not sys.executable:
        raise CannotStart("the place of the Python interpreter is unknown (sys.executable)")


class RestartingProcess:
    """The drawing process: started when it is needed, and once more after it was lost.

    A process that dies, or gives no sign for `timeout_s`, is lost, and with it the look in work.
    The next look starts another one. When that is lost too, nothing more is to be drawn. A process
    that was ended because it had nothing to do is not lost.

    One thread draws; any thread may ask for the process id or give the process up.

    Args:
        counters: counts the losses.
        timeout_s: seconds that one figure may take.
        niceness: by how much the priority of the process is lower; None for `usual_niceness`.

    Attributes:
        niceness: by how much its priority is lower.
        helpers: threads that it needs; those that wait are to be ended by whoever started them.

    Example:
        >>> process = RestartingProcess(Counters(), timeout_s=120.0)
        >>> process.running, process.worker_pid
        (False, None)
    """

    niceness: int
    helpers: Helpers

    def __init__(self, counters: Counters, timeout_s: float, niceness: int | None = None) -> None:
        self._counters = counters
        self._timeout_s = timeout_s
        self.niceness = usual_niceness() if niceness is None else niceness
        self.helpers = Helpers()
        self._lock = threading.Lock()
        self._link: DrawingLink | None = None
        self._losses = 0
        self._given_up = False

    @property
    def running(self) -> bool:
        """Whether a process was started and not ended."""
        return self._link is not None

    @property
    def worker_pid(self) -> int | None:
        """Process id of the drawing process; None while there is none."""
        link = self._link
        return link.pid if link else None

    def draw(self, look: WaitingLook | StoredLook) -> Iterator[dict[str, Any]]:
        """Has one look drawn, and starts the process if there is none.

        Yields:
            The answer to each figure.

        Raises:
            RuntimeError: the process has ended or hangs; then call `lose`.
            OSError: it cannot be started.
        """
        link = self._link or self._start()
        if isinstance(look, StoredLook):
            link.send_stored(look)
        else:
            link.send(look.activity, look.figures, look.run)
        for _ in look.figures:
            yield link.next_answer()

    def _start(self) -> DrawingLink:
        check_startable()
        link = DrawingLink(self._timeout_s, self.niceness, self.helpers)
        with self._lock:
            self._link = link
            given_up = self._given_up
        if given_up:
            # It was given up while it was being started, by a thread that could not see it yet.
            link.kill()
        return link

    def lose(self, error: Exception) -> bool:
        """Ends a process that has died or hangs, and counts the loss.

        Args:
            error: what `draw` raised.

        Returns:
            Whether the next look may start another process.
        """
        if self._link:
            self._link.kill()
        self._link = None
        if self._given_up:
            return False
        if isinstance(error, CannotStart):
            self._counters.fail("drawing_unable", str(error))
            return False
        self._losses += 1
        again = self._losses < _MOST_LOSSES
        self._counters.fail("drawing_process" if again else "drawing_stopped", error)
        return again

    def end(self) -> None:
        """Lets the process end by itself, or ends it; the next look starts another."""
        if self._link:
            self._link.end()
        self._link = None

    def give_up(self) -> None:
        """Ends the process at once, from any thread; that is no loss, and no other is started."""
        with self._lock:
            self._given_up = True
            link = self._link
        if link:
            link.kill()
