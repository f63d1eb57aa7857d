"""Session: what a callback does while a model trains, apart from the hooks of Keras.

It counts steps and hands looks from a `Source` to a `Recorder`. It knows neither how they are
captured nor what becomes of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture import models
from keras_v1_activity.capture.choose_source import choose_source
from keras_v1_activity.capture.source import Source
from keras_v1_activity.capture.steps import Steps
from keras_v1_activity.capture.target import CaptureRequest, RecordedLayer
from keras_v1_activity.common import notices
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.schedule import Schedule, StepCount

if TYPE_CHECKING:
    from keras_v1_activity.capture.probe import Probe
    from keras_v1_activity.capture.probe_batch import ProbeBatch


class WatchedModel:
    """One model under a session, with what is kept for it from one training to the next.

    Args:
        model: the Keras model.
        request: `CaptureRequest`.
        recorder: `Recorder` of its looks.
        probe_batch: the batch to look at; None for the training batches themselves.

    Attributes:
        model: the Keras model.
        probe: `Probe`, for looks at other batches than those that are trained on.
        source: `Source` of the looks while it trains.
        schedule: `Schedule` of these.

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

    def __init__(
        self,
        model: Model,
        request: CaptureRequest,
        recorder: Recorder,
        probe_batch: ProbeBatch | None = None,
    ) -> None:
        # It needs TensorFlow, which the callback checks for first.
        from keras_v1_activity.capture.probe import Probe

        self.model = model
        self.probe = Probe(model, request)
        self.source = choose_source(model, request, self.probe, probe_batch, recorder.log_dir)
        self.schedule = Schedule(request.plan, recorder)
        self._said_untraced = False

    def prepare(self, layer: RecordedLayer) -> None:
        """Gets ready for a training.

        Raises:
            ValueError: what is wrong with the request, as far as it is known before a batch.
        """
        self._say_untraced(layer)
        self.source.prepare(layer)
        self.schedule.begin_training()

    def _say_untraced(self, layer: RecordedLayer) -> None:
        if not layer.plan.trace_neurons or self._said_untraced:
            return
        from keras_v1_activity.capture.traces import why_only_output

        why = why_only_output(layer.layer)
        if why is not None:
            self._said_untraced = True
            notices.warn(why)


class Session:
    """Records what a layer does while its model trains.

    Its methods follow the hooks of Keras: `begin_training`, `begin_epoch`, `begin_batch`,
    `end_batch`, `end_epoch`, `end_training`.

    Args:
        request: `CaptureRequest`, what is captured.
        recorder: `Recorder` of the looks.
        probe_batch: the batch to look at; None for the training batches themselves.
        count: `StepCount` to count on, e.g. that of a logger; None counts each model from 0.

    Attributes:
        request: `CaptureRequest`.
        recorder: `Recorder`.

    Example:
        >>> from keras_v1_activity.plan import RecordPlan
        >>> request = CaptureRequest("rsnn", RecordPlan(figures=()))
        >>> session = Session(request, Recorder("run", request.plan, background=False))
        >>> session.set_model(model)
        >>> session.look(x, y).source, session.step
        ('look', 0)
    """

    request: CaptureRequest
    recorder: Recorder

    def __init__(
        self,
        request: CaptureRequest,
        recorder: Recorder,
        *,
        probe_batch: ProbeBatch | None = None,
        count: StepCount | None = None,
    ) -> None:
        self.request = request
        self.recorder = recorder
        self._probe_batch = probe_batch
        self._shares_count = count is not None
        self._count = StepCount() if count is None else count
        self._watched: WatchedModel | None = None
        self._run = _RunOnDisk(recorder)
        self._is_training = False
        self._begun_at = 0

    @property
    def step(self) -> int:
        """Number of the last training step, from 1; 0 before training."""
        return self._count.step

    @property
    def watched(self) -> WatchedModel:
        """The model and what is kept for it.

        Raises:
            RuntimeError: no model is known yet.
        """
        if self._watched is None:
            raise RuntimeError(
                "the callback knows no model yet: give it to model.fit, or call "
                "callback.set_model(model) first."
            )
        return self._watched

    def set_model(self, model: Model | None) -> None:
        """Takes up a model; another one than before begins a run of its own, counted from 0."""
        if self._watched is not None and self._watched.model is model:
            return
        self._run.close()
        if not self._shares_count:
            self._count.step = 0
        self._watched = None
        if model is not None:
            self._watched = WatchedModel(model, self.request, self.recorder, self._probe_batch)

    def begin_training(self) -> None:
        """Finds the layer, opens the run, writes network_state.txt.

        Raises:
            ValueError: the model has no such layer, or what was asked for does not fit it.
        """
        watched = self.watched
        layer = self.request.layer_of(watched.model)
        self.begin_epoch()
        watched.prepare(layer)
        self._open_run()
        self._is_training = True
        self._run.describe(watched.model, layer.name)

    def begin_epoch(self) -> None:
        """Takes up the optimizer's count, which a restored checkpoint may have moved on."""
        self._count.reach(models.batches_trained(self.watched.model))

    def begin_batch(self, batch: int) -> None:
        """Arms the capture if a logged step is coming.

        Args:
            batch: number of the batch in its epoch, from 0.

        Raises:
            ValueError: two callbacks write into one folder.
        """
        schedule = self.watched.schedule
        with schedule.hook():
            self._begun_at = batch
            self.watched.source.before_batch(self.step + 1, schedule.interval)

    def end_batch(self, batch: int) -> None:
        """Counts the batch, and hands on what was captured in it.

        Args:
            batch: number of the last batch that was run, in its epoch.

        Raises:
            ValueError: what is wrong with the request, as the first batch of a training shows.
        """
        source, schedule = self.watched.source, self.watched.schedule
        source.wait()
        with schedule.hook():
            n_steps = batch - self._begun_at + 1
            steps = Steps(self.step + 1, self.step + n_steps, schedule.interval)
            self._count.step = steps.last
            taken = source.after_batch(steps)
            self._run.report(source.take_troubles())
            if taken is not None:
                self.recorder.record_made(taken.step, taken.make)
        schedule.end_step(self.step, steps.n, looked=steps.n_due > 0)

    def end_epoch(self) -> None:
        """Corrects the count if the last execution of an epoch ran fewer steps."""
        last = self.watched.source.last_step()
        self._count.step = self.step if last is None else last

    def end_training(self) -> None:
        """Leaves the model as it was found, and writes what is left to be stored."""
        self._is_training = False
        if self._watched is not None:
            self._watched.source.end()
        self._run.close()

    def look(self, x: Any, y: Any = None) -> Activity:
        """Logs what the batch `x` evokes now; see `V1ActivityCallback.look`."""
        watched = self.watched
        if not self._is_training:
            self.begin_epoch()
        activity = watched.probe.look(x, y, step=self.step, source="look")
        if not self._run.is_open:
            self._open_run()
        self._run.report(watched.probe.troubles.take())
        self.recorder.record(activity)
        if not self._is_training and self.step:
            self._run.close()
        return activity

    def _open_run(self) -> None:
        # A look before training has opened the run that training goes on with.
        if not (self._run.is_open and self.step == 0 and not self._is_training):
            self._run.open(self.step + 1, self.watched.schedule.interval)


class _RunOnDisk:
    """The run that a recorder writes: whether this session has it open, and what is said of it."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.is_open = False

    def open(self, next_step: int, interval: int) -> None:
        self._recorder.open(next_step=next_step)
        self._recorder.note_interval(next_step, interval)
        self.is_open = True

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._recorder.close()

    def report(self, troubles: list[tuple[str, Exception]]) -> None:
        for kind, error in troubles:
            self._recorder.fail(kind, error)

    def describe(self, model: Model, layer_name: str) -> None:
        """Writes network_state.txt."""
        try:
            from keras_v1_activity.state.network_state import describe_network

            text = describe_network(model, layer_name=layer_name)
        except Exception as error:
            self._recorder.fail("network_state", error)
        else:
            self._recorder.write_text("network_state.txt", text)
