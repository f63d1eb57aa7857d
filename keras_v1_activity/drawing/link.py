"""The link to one drawing process: starting it, talking to it, ending it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.drawing.helpers import Helpers
from keras_v1_activity.drawing.patience import Patience
from keras_v1_activity.drawing.pipe import write_message
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.drawing.throttle import LOWEST_PRIORITY
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.neurons_codec import neurons_digest
from keras_v1_activity.storage.run_file import RunMark

# How long a process may take to end when it is asked to.
END_S: float = 5.0
_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


class DrawingLink:
    """The drawing process as its feeding thread sees it: looks in, answers out.

    A process that gives no sign for `timeout_s` hangs, unless it was a core that it waited for: on
    a machine with more work than cores, a low priority may get none for minutes.

    Args:
        timeout_s: seconds that one figure may take.
        niceness: by how much its priority is lower.
        helpers: threads for what waits beside the caller: one for the answers, one while something
            is sent. None starts them when they are needed.

    Raises:
        OSError, RuntimeError: the process, or the thread that hears it, cannot be started.

    Example:
        >>> link = DrawingLink(timeout_s=120.0, niceness=0)
        >>> link.send(activity, [("raster", Path("raster.png"))], None)
        >>> link.next_answer()["drawn"]
        'raster'
        >>> link.end()
    """

    def __init__(
        self, timeout_s: float, niceness: int = LOWEST_PRIORITY, helpers: Helpers | None = None
    ) -> None:
        self._helpers = Helpers() if helpers is None else helpers
        self._timeout_s = timeout_s
        self._digest: str | None = None
        self._errors = tempfile.TemporaryFile()
        self._process = self._popen(niceness)
        self._patience = Patience(self._process.pid, timeout_s)
        assert self._process.stdin and self._process.stdout
        self._to_process: IO[bytes] = self._process.stdin
        self._from_process: IO[bytes] = self._process.stdout
        # None is the end of all answers.
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        try:
            self._helpers.run(self._listen)
        except RuntimeError:
            # The system gives no thread: without it no answer is heard.
            self._from_process.close()
            self.kill()
            raise

    def _popen(self, niceness: int) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "keras_v1_activity.drawing.worker"]
        settings = {
            "CUDA_VISIBLE_DEVICES": "",
            "MPLBACKEND": "Agg",
            "OPENBLAS_NUM_THREADS": "1",
            # A warning of a library that is an error in the program would end every figure.
            "PYTHONWARNINGS": "ignore",
        }
        try:
            return subprocess.Popen(
                [*words, str(os.getpid()), str(niceness)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=_PACKAGE_PARENT,
                env={**os.environ, **settings},
                creationflags=creation_flags(niceness),
            )
        except BaseException:
            self._errors.close()
            raise

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def _listen(self) -> None:
        with suppress(OSError, ValueError), self._from_process:
            for line in self._from_process:
                self._answers.put(json.loads(line))
        self._answers.put(None)

    def send(
        self, activity: Activity, figures: Sequence[tuple[str, Path]], run: RunMark | None
    ) -> None:
        """Sends one look; the facts of the neurons only if they are new to the process.

        Args:
            activity: the look.
            figures: (name, path of the file) of each; see `products`.
            run: which run they belong to; None draws them in any case.

        Raises:
            RuntimeError: the process has ended or reads nothing.
        """
        digest = neurons_digest(activity.neurons)
        body = codec.encode(activity, with_neurons=digest != self._digest)
        self._digest = digest
        self._send({"kind": "look", "figures": _named(figures), "run": run}, body)

    def send_stored(self, look: StoredLook) -> None:
        """Sends word of one look whose data the process itself reads.

        Raises:
            RuntimeError: the process has ended or reads nothing.
        """
        layout, step = look.layout, look.step
        # A further look at a step is no step of the run: it is known by its file.
        further = str(layout.data(step)) if layout.suffix else None
        where = {"folder": str(layout.log_dir), "step": step, "further": further}
        figures = _named(look.figures)
        self._send({"kind": "stored", "figures": figures, "run": look.run, **where})

    def _send(self, header: Mapping[str, object], body: bytes = b"") -> None:
        # A process that does not read blocks the pipe: ending it is what unblocks it.
        read = threading.Event()

        def guard() -> None:
            if not self._patience.wait(read.wait):
                self._process.kill()

        self._helpers.run(guard)
        try:
            write_message(self._to_process, header, body)
        except OSError as error:
            raise RuntimeError(self._last_message()) from error
        finally:
            read.set()

    def next_answer(self) -> dict[str, Any]:
        """The next answer: one for each figure.

        Raises:
            RuntimeError: the process has ended or hangs.
        """
        answers: list[dict[str, Any] | None] = []

        def answered(timeout_s: float) -> bool:
            with suppress(queue.Empty):
                answers.append(self._answers.get(timeout=timeout_s))
            return bool(answers)

        if not self._patience.wait(answered):
            raise RuntimeError(f"no figure within {self._timeout_s:g} s")
        answer = answers[0]
        if answer is None:
            raise RuntimeError(self._last_message())
        return answer

    def _last_message(self) -> str:
        """Why the process ended, as far as it says."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        text = b""
        # Another thread may have ended the process, and closed the file.
        with suppress(ValueError):
            self._errors.seek(0)
            text = self._errors.read()[-2000:]
        lines = text.decode("utf-8", "replace").strip().splitlines()
        last = f": {lines[-1]}" if lines else ""
        return f"it ended with exit status {self._process.returncode}{last}"

    def end(self) -> None:
        """Lets the process end by itself, or ends it."""
        with suppress(OSError):
            self._to_process.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        self.kill()

    def kill(self) -> None:
        """Ends the process at once and takes its exit status, so that no zombie is left."""
        with suppress(OSError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        with suppress(OSError):
            self._to_process.close()
        self._errors.close()


def _named(figures: Sequence[tuple[str, Path]]) -> list[tuple[str, str]]:
    # The process has a working folder of its own.
    return [(name, os.path.abspath(path)) for name, path in figures]


def creation_flags(niceness: int) -> int:
    """What Windows is told when the process is started: no console window, a lower priority.

    Args:
        niceness: by how much the priority is lower, 0 to 19.

    Returns:
        ``creationflags`` of `subprocess.Popen`; 0 on other systems, where the process lowers its
        priority itself.

    Example:
        >>> creation_flags(niceness=0) == getattr(subprocess, "CREATE_NO_WINDOW", 0)
        True
    """
    names = ["CREATE_NO_WINDOW"]
    if niceness:
        names.append("BELOW_NORMAL_PRIORITY_CLASS" if niceness < 10 else "IDLE_PRIORITY_CLASS")
    return sum(getattr(subprocess, name, 0) for name in names)
