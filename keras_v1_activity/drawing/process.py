"""Drawing beside the training: one process draws, a short queue feeds it, training never waits."""

import atexit
import os
import sys
import threading
import time
import weakref
from collections import deque
from functools import partial

from keras_v1_activity.drawing.link import END_S, DrawingLink
from keras_v1_activity.drawing.progress import Progress
from keras_v1_activity.drawing.throttle import Pace, rest_s
from keras_v1_activity.drawing.worker import draw_figure

QUEUE_LOOKS = 4
TIMEOUT_S = 120.0
IDLE_S = 300.0
_LOSSES = 2
_LOOK_AGAIN_S = 0.2


class DrawingHere:
    """Draws at once, in the calling thread: for notebooks and debugging.

    Args:
        counters: `Counters` that counts figures drawn and failed.
    """

    def __init__(self, counters):
        self._counters = counters

    def put(self, activity, figures, run=None):
        """Draws the figures of one look; a failure is counted, never raised.

        Args:
            activity: `Activity`.
            figures: list of (figure name, path of the PNG file).
            run: `RunMark`; where the folder no longer holds this run, the figures are dropped.
        """
        for name, path in figures:
            try:
                drawn = draw_figure(name, activity, path, run)
            except Exception as error:
                self._counters.fail("draw", error)
            else:
                self._counters.add("figures_drawn" if drawn else "figures_dropped")

    def wait(self, timeout_s=None):
        """True: nothing is left to be drawn."""
        return True

    def close(self, grace_s=None, then=None):
        """0: nothing is left to be drawn."""
        return 0

    def abandon(self):
        """Nothing is left to be given up."""


class DrawingProcess:
    """Draws in one separate process, started at the first look.

    A full queue drops its oldest look, whose figures are counted as dropped. Where cores are scarce
    the process rests after each look (`pace.rest_s`), unless somebody waits for it. A process that
    dies, or gives no sign for `timeout_s`, is started anew once; after that nothing more is drawn.
    One with nothing to do for `idle_s` is ended, and started again at the next look. When this
    object is no longer used anywhere, what is queued is drawn and the process ended.

    Args:
        counters: `Counters` that counts figures drawn, dropped and failed.
        queue_looks: how many looks may wait.
        timeout_s: seconds that one figure may take.
        idle_s: seconds after which an idle process is ended.
    """

    def __init__(self, counters, **options):
        self._feeder = _Feeder(counters, **options)
        # Nothing of this object is known to the feeding thread, which would keep it in use.
        finalizer = weakref.finalize(self, self._feeder.finish)
        finalizer.atexit = False

    @property
    def worker_pid(self):
        """Process id of the drawing process; None while there is none."""
        return self._feeder.worker_pid

    def put(self, activity, figures, run=None):
        """Queues the figures of one look and returns at once.

        Args:
            activity: `Activity`.
            figures: list of (figure name, path of the PNG file).
            run: `RunMark`; where the folder no longer holds this run, the figures are dropped.
        """
        self._feeder.put(activity, figures, run)

    def wait(self, timeout_s=None):
        """Waits until all is drawn, with a progress line; Ctrl-C skips the rest.

        Args:
            timeout_s: seconds to wait at most; None: without limit.

        Returns:
            Whether nothing is left to be drawn.
        """
        return self._feeder.wait(timeout_s) == 0

    def close(self, grace_s=None, then=None):
        """Waits for the rest where that is soon done, and ends the process when all is drawn.

        A rest that is not expected within `grace_s` is drawn beside whatever the program goes on
        to do, and waited for when the interpreter ends. A look put later is drawn all the same.

        Args:
            grace_s: seconds to wait at most; None: without limit, with a progress line.
            then: called without arguments, in another thread, when a rest is drawn or given up.

        Returns:
            How many figures are left to be drawn.
        """
        return self._feeder.close(grace_s, then)

    def abandon(self):
        """Gives up what is not drawn, and ends the process."""
        self._feeder.abandon()


class _Feeder:
    """The queue of a `DrawingProcess`, the thread that empties it, and the process."""

    def __init__(self, counters, *, queue_looks=QUEUE_LOOKS, timeout_s=TIMEOUT_S, idle_s=IDLE_S):
        self._counters = counters
        self._queue_looks = queue_looks
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._waiting = deque()
        self._changed = threading.Condition()
        self._figures_left = 0
        self._closing = self._stopped = self._awaited = False
        self._then = None
        self._losses = 0
        self._pace = Pace()
        self._rest_s = 0.0
        self._waiters = 0
        self._link = None
        self._thread = None
        self._pid = os.getpid()
        # Weak, because it is not taken off where nobody closes; the thread holds this object.
        self._at_exit = partial(_leave, weakref.ref(self))
        self._registered = False
        self._register()

    def _register(self):
        if not self._registered:
            self._registered = True
            atexit.register(self._at_exit)

    @property
    def worker_pid(self):
        """Process id of the drawing process; None while there is none."""
        link = self._link
        return link.pid if link else None

    def put(self, activity, figures, run):
        """Queues the figures of one look and returns at once."""
        with self._changed:
            if self._stopped:
                self._counters.add("figures_dropped", len(figures))
                return
            if len(self._waiting) >= self._queue_looks:
                self._drop(self._waiting.popleft())
            self._waiting.append((activity, list(figures), run))
            self._figures_left += len(figures)
            self._closing = self._awaited = False
            self._then = None
            self._changed.notify_all()
            if self._thread is None:
                self._register()
                thread = threading.Thread(target=self._feed, daemon=True)
                thread.start()
                self._thread = thread

    def _drop(self, look):
        self._counters.add("figures_dropped", len(look[1]))
        self._figures_left -= len(look[1])

    def _feed(self):
        """The feeding thread: hands one look after the other to the process."""
        while True:
            look = self._next_look()
            if look is not None:
                self._draw(*look)
                # Else the look would be kept in memory until the next one comes.
                del look
                self._tell_if_done()
                continue
            self._end_link()
            self._tell_if_done()
            with self._changed:
                if self._closing and not self._waiting:
                    self._thread = None
                    return

    def _next_look(self):
        """Waits for the next look; None at the end, or where the process has been idle for long."""
        with self._changed:
            self._changed.wait_for(self._in_a_hurry, self._rest_s)
            self._rest_s = 0.0
            idle_s = self._idle_s if self._link else None
            self._changed.wait_for(lambda: self._waiting or self._closing, idle_s)
            return self._waiting.popleft() if self._waiting else None

    def _in_a_hurry(self):
        return self._waiters or self._closing or self._stopped

    def _draw(self, activity, figures, run):
        """Has one look drawn and counts what becomes of its figures."""
        left, cpu_s, queued_s = len(figures), 0.0, 0.0
        try:
            with self._changed:
                self._pace.begin(time.monotonic())
            if self._link is None:
                self._start()
            self._link.send(activity, figures, run)
            while left:
                answer = self._link.next_answer()
                left -= 1
                cpu_s += answer.get("cpu_s", 0.0)
                queued_s += answer.get("queued_s", 0.0)
                self._count(answer, more=left > 0)
            self._rest_s = rest_s(cpu_s, queued_s)
        except Exception as error:
            self._counters.add("figures_dropped", left)
            self._lost(error, left)

    def _end_link(self):
        if self._link:
            self._link.end()
        self._link = None

    def _start(self):
        link = DrawingLink(self._timeout_s)
        with self._changed:
            self._link = link
            stopped = self._stopped
        if stopped:
            # It was given up while it was being started, by a thread that could not see it yet.
            link.kill()

    def _count(self, answer, more):
        if "failed" in answer:
            self._counters.fail("draw", answer["error"])
        else:
            self._counters.add("figures_drawn" if "drawn" in answer else "figures_dropped")
        with self._changed:
            now = time.monotonic()
            self._pace.end(now)
            if more:
                self._pace.begin(now)
            self._figures_left -= 1
            self._changed.notify_all()

    def _lost(self, error, left):
        """The process is gone or hangs: it is replaced once, then drawing stops."""
        if self._link:
            self._link.kill()
        self._link = None
        with self._changed:
            self._pace.stop()
            self._figures_left -= left
            if not self._stopped:
                self._losses += 1
                again = self._losses < _LOSSES
                self._counters.fail("drawing_process" if again else "drawing_stopped", error)
                if not again:
                    self._stop()
            self._changed.notify_all()

    def _stop(self):
        """Draws nothing more; the caller holds the condition."""
        self._stopped = True
        while self._waiting:
            self._drop(self._waiting.popleft())

    def _tell_if_done(self):
        """Calls what is to be called when all is drawn."""
        with self._changed:
            then = None if self._figures_left else self._then
        if then is None:
            return
        then()
        with self._changed:
            self._then = None
            self._changed.notify_all()

    def wait(self, timeout_s=None):
        """How many figures are left when all is drawn, the time is over or Ctrl-C was pressed."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        return self._wait(lambda now: end is not None and now >= end)

    def close(self, grace_s=None, then=None):
        """See `DrawingProcess.close`."""
        begun = time.monotonic()

        def too_long(now):
            left_s = self._pace.seconds_left(self._figures_left, now)
            return grace_s is not None and now - begun + left_s > grace_s

        if self._wait(too_long):
            with self._changed:
                if self._figures_left:
                    # A thread that ends would no longer tell.
                    self._then, self._awaited, self._closing = then, True, True
                    self._changed.notify_all()
                    return self._figures_left
        self._end()
        return 0

    def finish(self):
        """Lets the feeding thread end, and with it the process, once all is drawn."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _end(self):
        """Ends the feeding thread, which ends the process."""
        self.finish()
        thread = self._thread
        if thread is not None:
            thread.join(END_S)
            if thread.is_alive():
                self.abandon()
        atexit.unregister(self._at_exit)
        self._registered = False

    def _wait(self, enough):
        """Blocks until no figure is left, or ``enough(now)``; how many are left then."""
        try:
            with self._changed:
                self._waiters += 1
                self._changed.notify_all()
                try:
                    return self._wait_with_progress(enough)
                finally:
                    self._waiters -= 1
        except KeyboardInterrupt:
            self.abandon()
            print("\nkeras_v1_activity: the remaining figures are skipped.", file=sys.stderr)
            return self._figures_left

    def _wait_with_progress(self, enough):
        total = self._figures_left
        progress = Progress(total) if total else None
        while self._figures_left or self._then:
            if enough(time.monotonic()):
                if progress:
                    progress.leave()
                return self._figures_left
            if progress:
                progress.show(total - self._figures_left)
            self._changed.wait(_LOOK_AGAIN_S)
        if progress:
            progress.end()
        return 0

    def abandon(self):
        """Gives up what is not drawn, and ends the process."""
        with self._changed:
            self._stop()
            link, thread = self._link, self._thread
        if link:
            link.kill()
        if thread is not None:
            self.finish()
            thread.join(END_S)

    def leave(self):
        """At the end of the interpreter: a rest that was promised is waited for, another given up.

        The thread is waited for, because the interpreter never ends if it stops a thread in the
        middle of HDF5, which then holds the lock of h5py.
        """
        # A forked child inherits this call, but neither the thread nor the process.
        if os.getpid() != self._pid or self._thread is None:
            return
        if self._awaited:
            self.wait()
        self.abandon()


def _leave(feeder):
    """Lets a `_Feeder`, given as a weak reference, leave where it is still at work."""
    feeder = feeder()
    if feeder is not None:
        feeder.leave()
