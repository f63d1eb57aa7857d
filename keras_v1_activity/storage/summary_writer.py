"""The numbers of each look in ``summary.json``, computed beside the training."""

import threading
from collections import deque

from keras_v1_activity.files import write_json
from keras_v1_activity.measures import summarise

_WAITING_LOOKS = 4


class SummaryWriter:
    """Computes the summary of each look and writes it; none is left out.

    In the background, a thread works while there is something to do. It is not a daemon, so that
    the interpreter waits for the last summary even where nobody closes the writer. When it falls
    behind, `put` waits for it, which costs no more than to do the work in place.

    Args:
        tally: `Tally` that counts what could not be written.
        background: write in a thread; else at once, in the calling thread.
    """

    def __init__(self, tally, *, background=True):
        self._tally = tally
        self._background = background
        self._jobs = deque()
        self._changed = threading.Condition()
        self._thread = None

    def put(self, activity, path, run):
        """Has the summary of one look written; a failure is counted, never raised.

        Args:
            activity: `Activity`.
            path: the JSON file.
            run: `RunMark`; nothing is written where another run has taken the folder.
        """
        if not self._background:
            self._write(activity, path, run)
            return
        with self._changed:
            self._changed.wait_for(lambda: len(self._jobs) < _WAITING_LOOKS or not self._working())
            self._jobs.append((activity, path, run))
            start = not self._working()
            if start:
                self._thread = threading.Thread(target=self._work, daemon=False)
        if start:
            self._start()

    def _working(self):
        # A forked child inherits the thread as an object that is not alive.
        return self._thread is not None and (self._thread.ident is None or self._thread.is_alive())

    def _start(self):
        try:
            self._thread.start()
        except RuntimeError:
            # The system, or an interpreter about to end, gives no thread.
            self._work()

    def _work(self):
        while True:
            with self._changed:
                if not self._jobs:
                    self._thread = None
                    self._changed.notify_all()
                    return
                job = self._jobs.popleft()
                self._changed.notify_all()
            self._write(*job)
            # Else the look would be kept in memory until the next one comes.
            del job

    def _write(self, activity, path, run):
        try:
            summary = summarise(activity)
            if not run.replaced():
                write_json(path, summary)
        except Exception as error:
            self._tally.fail("save", error)

    def close(self):
        """Waits until all is written. Idempotent."""
        with self._changed:
            self._changed.wait_for(lambda: not self._working())
