"""TensorBoard: a run in an event file, written without TensorFlow."""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.sinks.numbers import scalars_of
from keras_v1_activity.sinks.sink import RunStart, Sink
from keras_v1_activity.sinks.texts import name_of, text_of

if TYPE_CHECKING:
    from keras_v1_activity.alarms.alarm import Alarm

_PROTOS = "tensorboard.compat.proto"


class TensorBoard(Sink):
    """Scalars, pictures and alarms of a run for TensorBoard, each at its training step.

    A run that is resumed goes on in a further event file of the same folder; what an earlier
    program wrote of steps that are taken again is hidden by TensorBoard. It needs the package
    tensorboard, not TensorFlow.

    TensorBoard forgets what a curve has of later steps when an earlier one comes. So numbers that
    are computed after those of a later step are written at the end of the training, with all that
    follow in their curve; a picture that is drawn so late stays in the folder of the run alone.

    Args:
        log_dir: folder of the event files; made if it is missing.

    Raises:
        ImportError: tensorboard is not installed.

    Example:
        >>> from keras_v1_activity import NetworkActivityLogger, sinks
        >>> board = sinks.TensorBoard("board/run_1")
        >>> with NetworkActivityLogger("logs", 1, figures=(), sinks=[board]) as logger:
        ...     logged = logger.log_step(spikes=np.eye(20)[None])
        >>> len(os.listdir("board/run_1"))
        1
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        self.log_dir = Path(os.path.abspath(os.path.expanduser(log_dir)))
        self._event = _proto("event_pb2")
        self._summary = _proto("summary_pb2")
        self._text = optional_package(
            "tensorboard.plugins.text.summary_v2", "sinks.TensorBoard", "tensorboard"
        )
        self._file: Any = None
        self._run = RunStart("", self.log_dir, 0, {})
        self._last: dict[str, int] = {}
        self._late_from: dict[str, int] = {}

    def __reduce__(self) -> tuple[type[TensorBoard], tuple[Path]]:
        return type(self), (self.log_dir,)

    def begin(self, run: RunStart) -> None:
        """Begins an event file."""
        self._run, self._last, self._late_from = run, {}, {}
        self.log_dir.mkdir(parents=True, exist_ok=True)
        # As TensorBoard looks for them; unique, also for runs that begin in the same second.
        name = f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.{os.getpid()}"
        self._file = _record_file(str(self.log_dir / name))
        self._write(file_version="brain.Event:2")
        start = self._event.SessionLog(status=self._event.SessionLog.START)
        # Events from here on that other files have are of an earlier program.
        self._write(step=run.last_step + 1, session_log=start)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Adds a point to each curve."""
        late = {name for name in values if step <= self._last.get(name, self._run.last_step)}
        for name in late:
            self._late_from[name] = min(step, self._late_from.get(name, step))
        new = {name: number for name, number in values.items() if name not in late}
        self._last |= dict.fromkeys(new, step)
        self._add(step, new)

    def picture(self, step: int, name: str, path: Path) -> None:
        """Adds the picture as it is."""
        tag = f"pictures/{name}"
        if step < self._last.get(tag, self._run.last_step):
            return
        self._last[tag] = step
        png = path.read_bytes()
        # The length and the name of the first block come before the size of the picture.
        width, height = struct.unpack(">II", png[16:24])
        image = self._summary.Summary.Image(
            width=width, height=height, colorspace=4, encoded_image_string=png
        )
        value = self._summary.Summary.Value(tag=tag, image=image)
        self._write(step=step, summary=self._summary.Summary(value=[value]))

    def alarm(self, alarm: Alarm) -> None:
        """Adds the alarm as text."""
        # One name for each, because TensorBoard shows one text of a name at a step.
        text = self._text.text_pb(f"alarms/{name_of(alarm)}", text_of(alarm))
        self._write(step=alarm.step, summary=text)

    def end(self) -> None:
        """Writes what came late, and closes the event file."""
        try:
            if self._late_from:
                self._add_late()
        finally:
            self._file.close()

    def _add_late(self) -> None:
        """Writes the end of each curve again, in order, from the summaries of the looks."""
        # Not at the top: it loads h5py.
        from keras_v1_activity.storage.history_files import logged_steps, read_history

        first = min(self._late_from.values())
        for step in logged_steps(self._run.log_dir):
            if step >= first:
                (row,) = read_history(self._run.log_dir, [step])
                numbers = scalars_of(row).items()
                self._add(
                    step, {n: v for n, v in numbers if step >= self._late_from.get(n, step + 1)}
                )

    def _add(self, step: int, values: Mapping[str, float]) -> None:
        value = self._summary.Summary.Value
        points = [value(tag=name, simple_value=number) for name, number in values.items()]
        if points:
            self._write(step=step, summary=self._summary.Summary(value=points))

    def _write(self, **content: Any) -> None:
        event = self._event.Event(wall_time=time.time(), **content)
        self._file.write(event.SerializeToString())
        self._file.flush()


def _proto(name: str) -> Any:
    return optional_package(f"{_PROTOS}.{name}", "sinks.TensorBoard", "tensorboard")


def _record_file(path: str) -> Any:
    """A file of records; where TensorFlow is loaded, its own, because its checksums are quick."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None:
        return tensorflow.io.TFRecordWriter(path)
    writer = optional_package(
        "tensorboard.summary.writer.record_writer", "sinks.TensorBoard", "tensorboard"
    )
    return writer.RecordWriter(open(path, "wb"))  # closed by `end`
