"""Drawing beside the training: one process draws, a short queue feeds it, training never waits."""

import atexit
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from keras_v1_activity.drawing_worker import draw_figure, write_message
from keras_v1_activity.storage import codec

QUEUE_LOOKS = 4
TIMEOUT_S = 120.0
_STARTS = 2
_END_S = 5.0
_PACKAGE_PARENT = Path(__file__).resolve().parent.parent


class DrawingHere:
    """Draws at once, in the calling thread: for notebooks and debugging.

    Args:
        tally: `Tally` that counts figures drawn and failed.
    """

    def __init__(self, tally):
        self._tally = tally

    def put(self, activity, figures):
        """Draws the figures of one look; a failure is counted, never raised.

        Args:
            activity: `Activity`.
            figures: list of (figure name, path of the PNG file).
        """
        for name, path in figures:
            try:
                draw_figure(name, activity, path)
            except Exception as error:
                self._tally.fail("draw", error)
            else:
                self._tally.add("figures_drawn")

    def close(self):
        """Nothing is left to be drawn."""


class DrawingProcess:
    """Draws in one separate process, started at the first look.

    A full queue drops its oldest look, whose figures are counted as dropped. A process that dies,
    or gives no sign for `timeout_s`, is started anew once; after that nothing more is drawn.

    Args:
        tally: `Tally` that counts figures drawn, dropped and failed.
        queue_looks: how many looks may wait.
        timeout_s: seconds that one figure may take.
    """

    def __init__(self, tally, *, queue_looks=QUEUE_LOOKS, timeout_s=TIMEOUT_S):
        self._tally = tally
        self._queue_looks = queue_looks
        self._timeout_s = timeout_s
        self._waiting = deque()
        self._changed = threading.Condition()
        self._figures_left = 0
        self._closing = self._stopped = False
        self._starts = 0
        self._worker = None
        self._thread = None
        self._pid = os.getpid()

    @property
    def worker_pid(self):
        """Process id of the drawing process; None while there is none."""
        worker = self._worker
        return worker.pid if worker else None

    def put(self, activity, figures):
        """Queues the figures of one look and returns at once.

        Args:
            activity: `Activity`.
            figures: list of (figure name, path of the PNG file).
        """
        with self._changed:
            if self._stopped:
                self._tally.add("figures_dropped", len(figures))
                return
            if len(self._waiting) >= self._queue_looks:
                self._drop(self._waiting.popleft())
            self._waiting.append((activity, list(figures)))
            self._figures_left += len(figures)
            self._changed.notify_all()
        if self._thread is None:
            atexit.register(self._leave)
            self._thread = threading.Thread(target=self._feed, daemon=True)
            self._thread.start()

    def _drop(self, look):
        self._tally.add("figures_dropped", len(look[1]))
        self._figures_left -= len(look[1])

    def _feed(self):
        """The feeding thread: hands one look after the other to the process."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    break
                activity, figures = self._waiting.popleft()
            left = len(figures)
            try:
                for kind, detail in self._answers(activity, figures):
                    left -= 1
                    self._count(kind, detail)
            except Exception as error:
                self._tally.add("figures_dropped", left)
                self._lost(error, left)
        if self._worker:
            self._worker.end()

    def _answers(self, activity, figures):
        """Yields ("drawn", None) or ("failed", why) for each figure, as the process answers."""
        if self._worker is None:
            self._start()
        self._worker.send(activity, figures)
        for _ in figures:
            answer = self._worker.next_answer()
            yield ("failed", answer["error"]) if "failed" in answer else ("drawn", None)

    def _start(self):
        self._starts += 1
        worker = _Worker(self._timeout_s)
        with self._changed:
            self._worker = worker
            stopped = self._stopped
        if stopped:
            # It was given up while it was being started, by a thread that could not see it yet.
            worker.kill()

    def _count(self, kind, detail):
        if kind == "drawn":
            self._tally.add("figures_drawn")
        else:
            self._tally.fail("draw", detail)
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
                again = self._starts < _STARTS
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
        atexit.unregister(self._leave)
        self._end()

    def _end(self):
        """Ends the feeding thread, which ends the process."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_END_S)
        self._thread = None
        self._abandon()

    def _wait(self):
        """Blocks until no figure is left to be drawn."""
        with self._changed:
            total = self._figures_left
            if not total:
                return
            progress = _Progress(total)
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

    def _leave(self):
        """At the end of the interpreter: what is not drawn is given up, no child is left.

        The thread is waited for, because the interpreter never ends if it stops a thread in the
        middle of HDF5, which then holds the lock of h5py.
        """
        # A forked child inherits this call, but neither the thread nor the process.
        if os.getpid() == self._pid and self._thread is not None:
            self._abandon()
            self._end()


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

    def send(self, activity, figures):
        """Sends one look; the facts of the neurons only where they are new to the process.

        Raises:
            RuntimeError: the process is gone or takes nothing.
        """
        digest = codec.neurons_digest(activity.neurons)
        body = codec.encode(activity, with_neurons=digest != self._digest)
        self._digest = digest
        header = {"kind": "look", "figures": [(name, str(path)) for name, path in figures]}
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


class _Progress:
    """A progress line on standard error; where that is no terminal, its first and last state."""

    _WIDTH = 24

    def __init__(self, total):
        self._total = total
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._shown_at = None

    def show(self, done):
        """Shows that `done` figures are drawn."""
        if self._shown_at is not None and not self._terminal:
            return
        self._shown_at = time.monotonic()
        filled = self._WIDTH * done // self._total
        bar = "#" * filled + "." * (self._WIDTH - filled)
        self._write(f"drawing figures [{bar}] {done}/{self._total}, Ctrl-C skips the rest")

    def end(self):
        """Shows the last state."""
        over = " " * len(", Ctrl-C skips the rest") + "\n" if self._terminal else ""
        self._write(f"drawing figures [{'#' * self._WIDTH}] {self._total}/{self._total}{over}")

    def _write(self, text):
        ends = {"end": ""} if self._terminal else {}
        start = "\r" if self._terminal else ""
        print(f"{start}keras_v1_activity: {text}", file=sys.stderr, flush=True, **ends)
