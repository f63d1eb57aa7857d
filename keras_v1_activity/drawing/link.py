"""The link to one drawing process: starting it, talking to it, ending it."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from keras_v1_activity.drawing.worker import write_message
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.neurons_codec import neurons_digest

# How long a process that is told to end may take for it.
END_S = 5.0
_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


class DrawingLink:
    """The drawing process as its feeding thread sees it: looks in, answers out.

    Args:
        timeout_s: seconds that one figure may take.
    """

    def __init__(self, timeout_s):
        self._timeout_s = timeout_s
        self._digest = None
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "keras_v1_activity.drawing.worker", str(os.getpid())],
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
        digest = neurons_digest(activity.neurons)
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
            self._process.wait(END_S)
        self._errors.seek(0)
        last_words = self._errors.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        said = f": {last_words[-1]}" if last_words else ""
        return f"it ended with exit status {self._process.returncode}{said}"

    def end(self):
        """Lets the process end by itself, or ends it."""
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        self.kill()

    def kill(self):
        """Ends the process at once and takes its exit status, so that no zombie is left."""
        with suppress(OSError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        with suppress(OSError):
            self._process.stdin.close()
