"""ProbeSource: looks at a fixed batch after each logged training step."""

from __future__ import annotations

from keras_v1_activity.capture.probe import Probe
from keras_v1_activity.capture.probe_batch import ProbeBatch
from keras_v1_activity.capture.source import Taken
from keras_v1_activity.capture.steps import Steps
from keras_v1_activity.capture.target import RecordedLayer


class ProbeSource:
    """A `Source` that shows the model one fixed batch, in forward passes of its own.

    Args:
        probe: `Probe` of the model.
        batch: the batch.

    Example:
        >>> from keras_v1_activity.capture.target import CaptureRequest
        >>> from keras_v1_activity.plan import RecordPlan
        >>> probe = Probe(model, CaptureRequest("rsnn", RecordPlan()))
        >>> source = ProbeSource(probe, ProbeBatch(x, y))
        >>> source.after_batch(Steps(99, 99, every=100)) is None
        True
        >>> step, make = source.after_batch(Steps(100, 100, every=100))
        >>> step, make().source
        (100, 'probe')
    """

    def __init__(self, probe: Probe, batch: ProbeBatch) -> None:
        self._probe = probe
        self._batch = batch

    def prepare(self, layer: RecordedLayer) -> None:
        """Refuses a batch or a layer that does not fit, before any training step."""
        self._probe.check(self._batch)

    def before_batch(self, step: int, every: int) -> None:
        """Does nothing: the look is taken after the step."""

    def wait(self) -> None:
        """Does nothing: the forward pass comes after the step anyway."""

    def after_batch(self, steps: Steps) -> Taken | None:
        """The look at the batch, under the last logged one of these steps."""
        due = steps.last_due
        if due is None:
            return None
        try:
            look = self._probe.look(self._batch.x, self._batch.y, step=due, source="probe")
        except Exception as error:
            self._probe.troubles.note("capture", error)
            return None
        return Taken(due, lambda: look)

    def last_step(self) -> int | None:
        """Keras's count is taken."""
        return None

    def end(self) -> None:
        """Does nothing: the model was never touched."""

    def take_troubles(self) -> list[tuple[str, Exception]]:
        """What could not be taken."""
        return self._probe.troubles.take()
