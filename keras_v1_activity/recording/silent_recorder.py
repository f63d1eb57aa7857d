"""SilentRecorder: the recorder of a process whose run another process writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.recording.recorder import Recorder


class SilentRecorder(Recorder):
    """A `Recorder` that stores and draws nothing: the chief of the workers does so for all.

    Example:
        >>> from keras_v1_activity.plan import RecordPlan
        >>> recorder = SilentRecorder("run", RecordPlan())
        >>> recorder.open(next_step=1); recorder.record(activity); recorder.close()
        >>> recorder.steps, recorder.records
        ([], False)
    """

    records: bool = False

    def open(self, next_step: int) -> None:
        """Opens nothing."""

    def record_made(
        self,
        step: int,
        make: Callable[[], Activity],
        *,
        beside: bool = False,
        scalars: Mapping[str, float] | None = None,
    ) -> None:
        """Keeps nothing."""

    def write_text(self, name: str, text: str) -> None:
        """Writes nothing."""
