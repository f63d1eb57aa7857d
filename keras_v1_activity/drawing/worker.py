"""The drawing process: takes looks on standard input, draws them, answers on standard output.

It is started as ``python -m keras_v1_activity.drawing.worker PID``, with the process id of its
parent, and imports neither TensorFlow nor Keras. It ends at the end of its input, or when its
parent is gone.

A message is a length-prefixed JSON header and a length-prefixed body, the bytes of
`keras_v1_activity.storage.codec`. An answer is one line of JSON, one for each figure, with
the seconds of CPU time that it took and those that the process had to wait for a core meanwhile.
"""

import json
import os
import signal
import struct
import sys
import threading
import time

DELAY_VARIABLE = "KERAS_V1_ACTIVITY_DRAW_DELAY_S"
_LENGTHS = struct.Struct("<QQ")
_PARENT_CHECK_S = 1.0
_NICENESS = 19


def write_message(stream, header, body=b""):
    """Writes one message to a binary stream."""
    text = json.dumps(header).encode("utf-8")
    stream.write(_LENGTHS.pack(len(text), len(body)))
    stream.write(text)
    stream.write(body)
    stream.flush()


def read_message(stream):
    """The next (header, body) from a binary stream; None where it ends."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    n_header, n_body = _LENGTHS.unpack(lengths)
    header, body = stream.read(n_header), stream.read(n_body)
    if len(header) + len(body) < n_header + n_body:
        return None
    return json.loads(header), body


class _RunGone(Exception):
    """The folder holds another run by now."""


def draw_figure(name, activity, path, run=None, painter=None):
    """Draws one figure into a PNG file that is whole or not there.

    Args:
        name: one of `plan.FIGURES`.
        activity: `Activity`.
        path: the file.
        run: `RunMark` of the run that the figure belongs to; None draws in any case.
        painter: `keras_v1_activity.figures.Painter` to draw it with; None has a new one made.

    Returns:
        Whether it was drawn: False where the folder no longer holds the run.
    """
    from keras_v1_activity.common.files import replacing
    from keras_v1_activity.figures import save_figure

    save = painter.save if painter else save_figure
    delay = float(os.environ.get(DELAY_VARIABLE) or 0)
    if delay:
        time.sleep(delay)
    if run is None:
        with replacing(path) as temporary:
            save(name, activity, temporary)
        return True
    if not run.held():
        return False
    try:
        # Not in the step's folder, which may be moved aside while the figure is drawn.
        with replacing(path, folder=os.path.dirname(run.path)) as temporary:
            save(name, activity, temporary)
            if not run.held():
                raise _RunGone
    except _RunGone:
        return False
    return True


def queued_s():
    """Seconds that this process has waited for a core so far; 0 where Linux does not tell."""
    try:
        with open("/proc/self/schedstat", encoding="ascii") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


class _Server:
    """Draws the figures of each message; keeps from look to look what does not change.

    That is the facts of the neurons and the `Painter` with the words it has drawn.
    """

    def __init__(self, answer):
        self._answer = answer
        self._neurons = self._painter = None

    def serve(self, header, body):
        """Handles one message."""
        if header["kind"] == "modules":
            self._answer({"modules": sorted(sys.modules)})
        else:
            self._draw_look(header["figures"], header.get("run"), body)

    def _draw_look(self, figures, run, body):
        from keras_v1_activity.storage import codec
        from keras_v1_activity.storage.counters import describe
        from keras_v1_activity.storage.run_file import RunMark

        try:
            from keras_v1_activity.figures import Painter

            self._painter = self._painter or Painter()
            activity = codec.decode(body, self._neurons)
            self._neurons = activity.neurons
        except Exception as error:
            for name, _ in figures:
                self._answer({"failed": name, "error": describe(error)})
            return
        run = RunMark(*run) if run else None
        for name, path in figures:
            used, queued = time.process_time(), queued_s()
            try:
                drawn = draw_figure(name, activity, path, run, self._painter)
            except Exception as error:
                outcome = {"failed": name, "error": describe(error)}
            else:
                outcome = {"drawn" if drawn else "dropped": name, "path": path}
            cost = {"cpu_s": time.process_time() - used, "queued_s": queued_s() - queued}
            self._answer(outcome | cost)


def _end_with_parent(parent):
    """Ends this process when `parent` is no longer its parent.

    The end of the input says so too, unless another child of the parent holds the pipe open.
    """
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os._exit(0)


def main():
    """Serves messages until they end."""
    # Asked for here, it might be the process that took over from a parent that is gone already.
    parent = int(sys.argv[1])
    # Ctrl-C in the terminal reaches every process there: it is for the training to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        # Not Linux's idle policy: a waking thread of the training takes a core whose only work is
        # idle for a free one, and then pays for taking it over.
        os.nice(_NICENESS)
    if os.name == "posix":
        threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    # Whatever a library prints must not look like an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(content):
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
