"""WatchedModel: a model that trains, and what is kept for it from one training to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras_v1_activity.capture import models
from keras_v1_activity.capture.choose_source import choose_source
from keras_v1_activity.capture.source import NoSource, Source
from keras_v1_activity.capture.target import CaptureRequest, RecordedLayer
from keras_v1_activity.common import notices
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.recording.probe_past import RunPast
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.schedule import Schedule

if TYPE_CHECKING:
    from keras_v1_activity.capture.probe import Probe
    from keras_v1_activity.probes import Stimuli


class WatchedModel:
    """One model under a session, with what is kept for it from one training to the next.

    Args:
        model: the Keras model.
        request: `CaptureRequest`.
        recorder: `Recorder` of its looks.
        stimuli: what to look at; None for the training batches themselves.

    Attributes:
        model: the Keras model.
        probe: `Probe`, for looks at other batches than those that are trained on.
        source: `Source` of the looks while it trains.
        schedule: `Schedule` of these.
        several: whether one execution runs several steps.

    Example:
        >>> from keras_v1_activity.plan import RecordPlan
        >>> request = CaptureRequest("rsnn", RecordPlan(figures=()))
        >>> recorder = Recorder("run", request.plan, background=False)
        >>> WatchedModel(model, request, recorder).probe.look(x).n_neurons
        9
    """

    model: Model
    probe: Probe
    source: Source
    schedule: Schedule
    several: bool

    def __init__(
        self,
        model: Model,
        request: CaptureRequest,
        recorder: Recorder,
        stimuli: Stimuli | None = None,
    ) -> None:
        # It needs TensorFlow, which the callback checks for first.
        from keras_v1_activity.capture.probe import Probe

        self.model = model
        self.probe = Probe(model, request)
        self.source = (
            choose_source(model, request, self.probe, stimuli, recorder.log_dir, RunPast(recorder))
            if recorder.records
            else NoSource()
        )
        self.schedule = Schedule(request.plan, recorder)
        self.several = False
        self._begun_at = self._begun_count = 0
        self._said_untraced = False

    def prepare(self, layer: RecordedLayer) -> None:
        """Gets ready for a training.

        Raises:
            ValueError: what is wrong with the request, as far as it is known before a batch.
        """
        self._say_untraced(layer)
        self.source.prepare(layer)
        self.several = models.steps_per_execution(self.model) > 1
        self.schedule.begin_training()

    def note_begin(self, batch: int) -> None:
        """An execution begins with this batch, numbered in its epoch from 0."""
        self._begun_at = batch
        if self.several:
            self._begun_count = models.batches_trained(self.model)

    def last_of(self, before: int, batch: int) -> int:
        """Number of the last step of the execution that has ended.

        Of several steps in one execution, Keras 3.6 to 3.10 name the first batch at its end, other
        versions the last one. What the graph or the optimizer counted tells them apart.

        Args:
            before: number of the last step before it.
            batch: as Keras names it at the end, numbered in its epoch from 0.
        """
        n_steps = batch - self._begun_at + 1
        if n_steps > 1 or not self.several:
            return before + n_steps
        counted = self.source.last_step()
        if counted is None:
            counted = before + models.batches_trained(self.model) - self._begun_count
        return max(counted, before + 1)

    def _say_untraced(self, layer: RecordedLayer) -> None:
        if not layer.plan.trace_neurons or self._said_untraced or layer.layer is None:
            return
        from keras_v1_activity.capture.traces import why_only_output

        why = why_only_output(layer.layer)
        if why is not None:
            self._said_untraced = True
            notices.warn(why)
