"""The drawing process: takes looks on standard input, draws them, answers on standard output.

It is started as ``python -m keras_v1_activity.drawing.worker PID [NICENESS]``, with the process id
of its parent, and imports neither TensorFlow nor Keras. It ends at the end of its input, or when
its parent is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from keras_v1_activity.drawing.cores import CoreUse
from keras_v1_activity.drawing.pipe import read_message
from keras_v1_activity.drawing.throttle import LOWEST_PRIORITY

if TYPE_CHECKING:
    from keras_v1_activity.activity.activity import Activity
    from keras_v1_activity.activity.neurons import Neurons
    from keras_v1_activity.drawing.look_numbers import LookNumbers
    from keras_v1_activity.figures import Painter
    from keras_v1_activity.storage.run import Run
    from keras_v1_activity.storage.run_file import RunMark

_PARENT_CHECK_S = 1.0


class _Server:
    """Draws the figures of each message; keeps from look to look what does not change.

    That is the facts of the neurons, the `Painter` with the words it has drawn, the rates of the
    run's first look, and which steps are stored in the run that it reads from.
    """

    def __init__(self, answer: Callable[[Mapping[str, object]], None]) -> None:
        self._answer = answer
        self._neurons: Neurons | None = None
        self._painter: Painter | None = None
        self._numbers: LookNumbers | None = None
        self._stored: Run | None = None

    def serve(self, header: Mapping[str, Any], body: bytes) -> None:
        """Handles one message."""
        if header["kind"] == "modules":
            self._answer({"modules": sorted(sys.modules)})
        elif header["kind"] == "stored":
            self._draw_stored(header)
        else:
            self._draw(header, lambda: self._sent(body))

    def _draw_stored(self, header: Mapping[str, Any]) -> None:
        """Draws from the data of a logged step; a figure that somebody has drawn by now is left."""
        from keras_v1_activity.drawing.products import is_made

        if all(is_made(name, path) for name, path in header["figures"]):
            for name, path in header["figures"]:
                self._answer(_found(name, path))
        else:
            further = header.get("further")
            self._draw(header, partial(self._read, header["folder"], header["step"], further))

    def _sent(self, body: bytes) -> Activity:
        from keras_v1_activity.storage import codec

        activity = codec.decode(body, self._neurons)
        self._neurons = activity.neurons
        return activity

    def _read(self, folder: str, step: int, further: str | None) -> Activity:
        from keras_v1_activity.storage import codec
        from keras_v1_activity.storage.run import Run

        if further is not None:
            return codec.decode(further)
        run = self._stored
        if run is None or str(run.log_dir) != folder or step not in run:
            # It lists the steps as they are now.
            run = self._stored = Run(folder)
        return run[step]

    def _draw(self, header: Mapping[str, Any], look: Callable[[], Activity]) -> None:
        """Draws figures and answers each; the cost of getting the look counts to the first."""
        # Not at the top: what is loaded there is loaded before Ctrl-C is ignored.
        from keras_v1_activity.drawing.figure_file import draw_into_file
        from keras_v1_activity.drawing.products import HISTORY, NUMBERS, is_made
        from keras_v1_activity.storage.counters import describe
        from keras_v1_activity.storage.run import StepNotLogged
        from keras_v1_activity.storage.run_file import RunMark

        figures = header["figures"]
        try:
            from keras_v1_activity.figures import Painter

            self._painter = self._painter or Painter()
            use = CoreUse()
            activity = look() if any(name != HISTORY for name, _ in figures) else None
        except StepNotLogged:
            for name, path in figures:
                self._answer({"dropped": name, "path": path})
            return
        except Exception as error:
            for name, path in figures:
                # Of a look that cannot be read, it is said once.
                is_other = name == NUMBERS and len(figures) > 1
                outcome = {"dropped": name, "path": path}
                self._answer(outcome if is_other else {"failed": name, "error": describe(error)})
            return
        mark = RunMark(*header["run"]) if header.get("run") else None
        stored = header["kind"] == "stored"
        for name, path in figures:
            try:
                if stored and is_made(name, path):
                    outcome = _found(name, path)
                elif name == NUMBERS and activity is not None:
                    activity, outcome = self._with_numbers(activity, path, mark)
                else:
                    drawn = draw_into_file(name, activity, path, mark, self._painter)
                    outcome = {"drawn" if drawn else "dropped": name, "path": path}
            except Exception as error:
                outcome = {"failed": name, "error": describe(error)}
            self._answer(outcome | use.since())

    def _with_numbers(
        self, activity: Activity, path: str, run: RunMark | None
    ) -> tuple[Activity, dict[str, object]]:
        """The look with its numbers, which the figures after them may show, and the answer."""
        from keras_v1_activity.drawing.look_numbers import LookNumbers
        from keras_v1_activity.drawing.products import NUMBERS

        self._numbers = self._numbers or LookNumbers()
        found = self._numbers.add(activity, path, run)
        if found is None:
            return activity, {"dropped": NUMBERS, "path": path}
        with_numbers = activity.with_details(statistics=found.statistics)
        return with_numbers, {"numbers": found.statistics, "troubles": found.troubles}


def _found(name: str, path: str) -> dict[str, object]:
    """The answer to what is there already."""
    from keras_v1_activity.drawing.products import NUMBERS
    from keras_v1_activity.storage.statistics_files import read_statistics

    if name == NUMBERS:
        return {"numbers": read_statistics(path), "troubles": []}
    return {"drawn": name, "path": path}


def _end_with_parent(parent: int) -> None:
    """Ends this process when `parent` is no longer its parent.

    The end of the input says so too, unless another child of the parent holds the pipe open.
    """
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os._exit(0)


def main() -> None:
    """Serves messages until they end, then ends the process.

    Example:
        Not run here, because it would end this process:

        >>> main()   # doctest: +SKIP
    """
    # Not `os.getppid()`: a parent that has ended already is replaced by another process.
    parent = int(sys.argv[1])
    # Ctrl-C in the terminal reaches every process there: it is for the training to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        # Not Linux's idle policy: a waking thread of the training takes a core whose only work is
        # idle for a free one, and then pays for taking it over.
        with suppress(OSError):
            os.nice(int(sys.argv[2]) if sys.argv[2:] else LOWEST_PRIORITY)
    if os.name == "posix":
        threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    # Whatever a library prints must not look like an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(content: Mapping[str, object]) -> None:
        print(json.dumps(content), file=answers, flush=True)

    server = _Server(answer)
    while (message := read_message(sys.stdin.buffer)) is not None:
        try:
            server.serve(*message)
        except BrokenPipeError:
            break
    # Nothing is left to be written; the interpreter's own clean-up would only take time.
    os._exit(0)


if __name__ == "__main__":
    main()
