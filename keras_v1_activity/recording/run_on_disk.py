"""RunOnDisk: the run of a recorder, as a session opens and closes it."""

from __future__ import annotations

from keras_v1_activity.capture.target import CaptureRequest
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.recording.recorder import Recorder


class RunOnDisk:
    """The run that a recorder writes: whether a session has it open, and what is said of it.

    Args:
        recorder: `Recorder`.

    Attributes:
        is_open: whether the session has opened the run.
        is_described: whether network_state.txt has been written for this training.

    Example:
        >>> from keras_v1_activity.plan import RecordPlan
        >>> run = RunOnDisk(Recorder("run", RecordPlan(figures=()), background=False))
        >>> run.open(next_step=1, interval=100); run.is_open
        True
        >>> run.close()
    """

    is_open: bool
    is_described: bool

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.is_open = self.is_described = False

    def open(self, next_step: int, interval: int) -> None:
        """Opens it for the steps from `next_step` on, of which those of the interval are logged."""
        self._recorder.open(next_step=next_step)
        self._recorder.note_interval(next_step, interval)
        self.is_open = True

    def close(self) -> None:
        """Closes it, if this session has it open."""
        if self.is_open:
            self.is_open = False
            self._recorder.close()

    def report(self, troubles: list[tuple[str, Exception]]) -> None:
        """Has failures, each (kind, exception), counted and said."""
        for kind, error in troubles:
            self._recorder.fail(kind, error)

    def describe_once(self, model: Model, request: CaptureRequest) -> None:
        """Writes network_state.txt for a training, as soon as the model has made its layer."""
        if self.is_described or request.layer_of(model).layer is None:
            return
        if not getattr(model, "built", True):
            # tf-keras cannot tell the shapes of a model before its first batch.
            return
        self.is_described = True
        try:
            from keras_v1_activity.state.network_state import describe_network

            text = describe_network(model, layer_name=request.layer_name)
        except Exception as error:
            self._recorder.fail("network_state", error)
        else:
            self._recorder.write_text("network_state.txt", text)
