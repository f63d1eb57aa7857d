"""Drawing beside the training: one process draws, a short queue feeds it, training never waits."""

import atexit
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import weakref
from collections import deque
from contextlib import suppress
from functools import partial
from pathlib import Path

from keras_v1_activity.drawing_worker import draw_figure, write_message
from keras_v1_activity.progress import Progress
from keras_v1_activity.storage import codec

QUEUE_LOOKS = 4
TIMEOUT_S = 120.0
IDLE_S = 60.0
_LOSSES = 2
_END_S = 5.0
_PACKAGE_PARENT = Path(__file__).resolve().parent.parent


class DrawingHere:
    """Draws at once, in the calling thread: for notebooks and debugging.

    Args:
        tally: `Tally` that counts figures drawn and failed.
    """

    def __init__(self, tally):
        self._tally = tally

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
                self._tally.fail("draw", error)
            else:
                self._tally.add("figures_drawn" if drawn else "figures_dropped")

    def close(self):
        """Nothing is left to be drawn."""


class DrawingProcess:
    """Draws in one separate process, started at the first look.

    A full queue drops its oldest look, whose figures are counted as dropped. A process that dies,
    or gives no sign for `timeout_s`, is started anew once; after that nothing more is drawn. A
    process with nothing to do for `idle_s` is ended, and started again at the next look. When this
    object is no longer used anywhere, what is queued is drawn and the process ended.

    Args:
        tally: `Tally` that counts figures drawn, dropped and failed.
        queue_looks: how many looks may wait.
        timeout_s: seconds that one figure may take.
        idle_s: seconds after which an idle process is ended.
    """

    def __init__(self, tally, **options):
        self._feeder = _Feeder(tally, **options)
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

    def close(self):
        """Waits until all is drawn, with a progress line; Ctrl-C skips the rest. Idempotent."""
        self._feeder.close()


class _Feeder:
    """The queue of a `DrawingProcess`, the thread that empties it, and the process."""

    def __init__(self, tally, *, queue_looks=QUEUE_LOOKS, timeout_s=TIMEOUT_S, idle_s=IDLE_S):
        self._tally = tally
        self._queue_looks = queue_looks
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._waiting = deque()
        self._changed = threading.Condition()
        self._figures_left = 0
        self._closing = self._stopped = False
        self._losses = 0
        self._worker = None
        self._thread = None
        # Weak, because it is not taken off where nobody closes; the thread holds this object.
        self._at_exit = partial(_leave, weakref.ref(self))
        self._pid = os.getpid()

    @property
    def worker_pid(self):
        """Process id of the drawing process; None while there is none."""
        worker = self._worker
        return worker.pid if worker else None

    def put(self, activity, figures, run):
        """Queues the figures of one look and returns at once."""
        with self._changed:
            if self._stopped:
                self._tally.add("figures_dropped", len(figures))
                return
            if len(self._waiting) >= self._queue_looks:
                self._drop(self._waiting.popleft())
            self._waiting.append((activity, list(figures), run))
            self._figures_left += len(figures)
            self._changed.notify_all()
        if self._thread is None:
            atexit.register(self._at_exit)
            self._thread = threading.Thread(target=self._feed, daemon=True)
            self._thread.start()

    def _drop(self, look):
        self._tally.add("figures_dropped", len(look[1]))
        self._figures_left -= len(look[1])

    def _feed(self):
        """The feeding thread: hands one look after the other to the process."""
        while (look := self._next_look()) is not None:
            left = len(look[1])
            try:
                for answer in self._answers(*look):
                    left -= 1
                    self._count(answer)
            except Exception as error:
                self._tally.add("figures_dropped", left)
                self._lost(error, left)
            # Else the look would be kept in memory until the next one comes.
            del look
        self._end_worker()

    def _next_look(self):
        """Waits for the next look; None at the end. An idle process is ended meanwhile."""
        while True:
            with self._changed:
                idle_s = self._idle_s if self._worker else None
                self._changed.wait_for(lambda: self._waiting or self._closing, idle_s)
                if self._waiting:
                    return self._waiting.popleft()
                if self._closing:
                    return None
            self._end_worker()

    def _end_worker(self):
        if self._worker:
            self._worker.end()
        self._worker = None

    def _answers(self, activity, figures, run):
        """Yields the answer of the process for each figure, a dict."""
        if self._worker is None:
            self._start()
        self._worker.send(activity, figures, run)
        for _ in figures:
            yield self._worker.next_answer()

    def _start(self):
        worker = _Worker(self._timeout_s)
        with self._changed:
            self._worker = worker
            stopped = self._stopped
        if stopped:
            # It was given up while it was being started, by a thread that could not see it yet.
            worker.kill()

    def _count(self, answer):
        if "failed" in answer:
            self._tally.fail("draw", answer["error"])
        else:
            self._tally.add("figures_drawn" if "drawn" in answer else "figures_dropped")
        with self._changed:
            self._figures_left -= 1
            self._changed.notify_all()

    def _lost(self, error, left):
        """The process is gone or hangs: it is replaced once, then drawing stops."""
        if self._worker:
            self._worker.kill()
        self._worker = None
        with self._changed:
            self._figures_left -= left
            if not self._stopped:
                self._losses += 1
                again = self._losses < _LOSSES
                self._tally.fail("drawing_process" if again else "drawing_stopped", error)
                if not again:
                    self._stop()
            self._changed.notify_all()

    def _stop(self):
        """Draws nothing more; the caller holds the condition."""
        self._stopped = True
        while self._waiting:
            self._drop(self._waiting.popleft())

    def close(self):
        """Waits until all is drawn, with a progress line; Ctrl-C skips the rest. Idempotent."""
        if self._thread is None:
            return
        try:
            self._wait()
        except KeyboardInterrupt:
            self._abandon()
            print("\nkeras_v1_activity: the remaining figures are skipped.", file=sys.stderr)
        atexit.unregister(self._at_exit)
        self._end()

    def finish(self):
        """Lets the feeding thread end, and with it the process, once all is drawn."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _end(self):
        """Ends the feeding thread, which ends the process."""
        self.finish()
        self._thread.join(_END_S)
        self._thread = None
        self._abandon()

    def _wait(self):
        """Blocks until no figure is left to be drawn."""
        with self._changed:
            total = self._figures_left
            if not total:
                return
            progress = Progress(total)
            while self._figures_left > 0:
                progress.show(total - self._figures_left)
                self._changed.wait(0.5)
            progress.end()

    def _abandon(self):
        with self._changed:
            self._stop()
            worker = self._worker
        if worker:
            worker.kill()

    def leave(self):
        """At the end of the interpreter: what is not drawn is given up, no child is left.

        The thread is waited for, because the interpreter never ends if it stops a thread in the
        middle of HDF5, which then holds the lock of h5py.
        """
        # A forked child inherits this call, but neither the thread nor the process.
        if os.getpid() == self._pid and self._thread is not None:
            self._abandon()
            self._end()


def _leave(feeder):
    """Lets a `_Feeder`, given as a weak reference, leave where it is still at work."""
    feeder = feeder()
    if feeder is not None:
        feeder.leave()


class _Worker:
    """The drawing process as its feeding thread sees it."""

    def __init__(self, timeout_s):
        self._timeout_s = timeout_s
        self._digest = None
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "keras_v1_activity.drawing_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=_PACKAGE_PARENT,
            env={
                **os.environ,
                "CUDA_VISIBLE_DEVICES": "",
                "MPLBACKEND": "Agg",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )
        self._answers = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self):
        """Process id."""
        return self._process.pid

    def _listen(self):
        with suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._answers.put(json.loads(line))
        self._answers.put(None)

    def send(self, activity, figures, run):
        """Sends one look; the facts of the neurons only where they are new to the process.

        Raises:
            RuntimeError: the process is gone or takes nothing.
        """
        digest = codec.neurons_digest(activity.neurons)
        body = codec.encode(activity, with_neurons=digest != self._digest)
        self._digest = digest
        header = {
            "kind": "look",
            "figures": [(name, str(path)) for name, path in figures],
            "run": run,
        }
        # A process that does not read blocks the pipe: ending it is what unblocks it.
        guard = threading.Timer(self._timeout_s, self._process.kill)
        guard.daemon = True
        guard.start()
        try:
            write_message(self._process.stdin, header, body)
        except OSError as error:
            raise RuntimeError(self._epitaph()) from error
        finally:
            guard.cancel()

    def next_answer(self):
        """The next answer, a dict.

        Raises:
            RuntimeError: the process is gone or hangs.
        """
        try:
            answer = self._answers.get(timeout=self._timeout_s)
        except queue.Empty:
            raise RuntimeError(f"no figure within {self._timeout_s:g} s") from None
        if answer is None:
            raise RuntimeError(self._epitaph())
        return answer

    def _epitaph(self):
        """Why the process ended, as far as it tells."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self._errors.seek(0)
        last_words = self._errors.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        said = f": {last_words[-1]}" if last_words else ""
        return f"it ended with exit status {self._process.returncode}{said}"

    def end(self):
        """Lets the process end by itself, or ends it."""
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self.kill()

    def kill(self):
        """Ends the process at once and takes its exit status, so that no zombie is left."""
        with suppress(OSError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        with suppress(OSError):
            self._process.stdin.close()
