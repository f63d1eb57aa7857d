"""ProbeSource: looks at fixed stimuli after each logged training step."""

from __future__ import annotations

from typing import Any

from keras_v1_activity.capture.probe import Probe
from keras_v1_activity.capture.probe_batch import ProbeBatch
from keras_v1_activity.capture.source import Taken
from keras_v1_activity.capture.steps import Steps
from keras_v1_activity.capture.target import RecordedLayer
from keras_v1_activity.probes.turns import Turns


class ProbeSource:
    """A `Source` that shows the model fixed stimuli, one a look, in forward passes of its own.

    Random numbers that the model draws are the same each time that a stimulus is shown, and the
    training does not notice that they were drawn.

    Args:
        probe: `Probe` of the model.
        turns: which stimulus comes next.

    Example:
        >>> from keras_v1_activity.capture.target import CaptureRequest
        >>> from keras_v1_activity.plan import RecordPlan
        >>> from keras_v1_activity.probes import Batch
        >>> probe = Probe(model, CaptureRequest("rsnn", RecordPlan()))
        >>> source = ProbeSource(probe, Turns(Batch(x, y)))
        >>> source.after_batch(Steps(99, 99, every=100)) is None
        True
        >>> step, make = source.after_batch(Steps(100, 100, every=100))
        >>> step, make().source
        (100, 'probe')
    """

    def __init__(self, probe: Probe, turns: Turns) -> None:
        self._probe = probe
        self._turns = turns
        self._is_first = True

    def prepare(self, layer: RecordedLayer) -> None:
        """Refuses stimuli or a layer that do not fit, before any training step."""
        self._probe.check(ProbeBatch(*self._next_batch()))
        self._is_first = True

    def before_batch(self, step: int, every: int) -> None:
        """Does nothing: the look is taken after the step."""

    def wait(self) -> None:
        """Does nothing: the forward pass comes after the step anyway."""

    def after_batch(self, steps: Steps) -> Taken | None:
        """The look at the next stimulus, under the last logged one of these steps."""
        due = steps.last_due
        if due is None:
            return None
        try:
            if self._is_first:
                # Only now: the run is opened after a training is prepared.
                self._turns.go_on()
                self._is_first = False
            x, y = self._next_batch()
            seed = self._turns.stimuli.noise_seed(self._turns.item)
            look = self._probe.look(x, y, step=due, source="probe", seed=seed)
            return Taken(due, self._turns.took(look))
        except Exception as error:
            self._probe.troubles.note("capture", error)
            return None

    def _next_batch(self) -> tuple[Any, Any]:
        return self._turns.stimuli.batch(self._turns.item, self._probe.n_steps_in)

    def last_step(self) -> int | None:
        """Keras's count is taken."""
        return None

    def end(self) -> None:
        """Does nothing: the model was never touched."""

    def take_troubles(self) -> list[tuple[str, Exception]]:
        """What could not be taken."""
        return self._probe.troubles.take()
