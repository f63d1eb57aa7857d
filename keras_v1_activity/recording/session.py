"""Session: what a callback does while a model trains, apart from the hooks of Keras.

It counts steps and hands looks from a `Source` to a `Recorder`. It knows neither how they are
captured nor what becomes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture import models
from keras_v1_activity.capture.potentials import EXTRACT_MV, PotentialsCheck
from keras_v1_activity.capture.steps import Steps
from keras_v1_activity.capture.strategies import n_workers, worker_of
from keras_v1_activity.capture.target import CaptureRequest
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.recording import one_folder
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.run_on_disk import RunOnDisk
from keras_v1_activity.recording.scalars import with_logs
from keras_v1_activity.recording.schedule import StepCount
from keras_v1_activity.recording.watched_model import WatchedModel

if TYPE_CHECKING:
    from keras_v1_activity.probes import Stimuli


class Session:
    """Records what a layer does while its model trains.

    Its methods follow the hooks of Keras: `begin_training`, `begin_epoch`, `begin_batch`,
    `end_batch`, `end_epoch`, `end_training`.

    Args:
        request: `CaptureRequest`, what is captured.
        recorder: `Recorder` of the looks.
        stimuli: what to look at; None for the training batches themselves.
        count: `StepCount` to count on, e.g. that of a logger; None counts each model from 0.
        recorder_for: function from the name of a folder to the `Recorder` of a worker that is not
            the chief of its distribution strategy; None: that of the chief.

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
        stimuli: Stimuli | None = None,
        count: StepCount | None = None,
        recorder_for: Callable[[str], Recorder] | None = None,
    ) -> None:
        self.request = request
        self.recorder = recorder
        self._stimuli = stimuli
        self._recorder_for = recorder_for
        self._shares_count = count is not None
        self._count = StepCount() if count is None else count
        self._watched: WatchedModel | None = None
        self._run = RunOnDisk(recorder)
        self._potentials = PotentialsCheck(EXTRACT_MV)
        self._is_training = False
        self._is_prepared = False
        # A look before training opens the run that training goes on with.
        self._is_looked_at = False

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
            worker = worker_of(model)
            if not worker.is_chief and self._recorder_for is not None:
                self.recorder = self._recorder_for(worker.name)
                self._run, self._recorder_for = RunOnDisk(self.recorder), None
            self._watched = WatchedModel(model, self.request, self.recorder, self._stimuli)

    def begin_training(self) -> None:
        """Finds the layer. The run is opened when the first epoch begins.

        Raises:
            ValueError: the model has no such layer, what was asked for does not fit it, or another
                callback of this fit writes into the same folder.
        """
        watched = self.watched
        layer = self.request.layer_of(watched.model)
        one_folder.enter(watched.model, self.recorder.log_dir, self)
        self._run.is_described = False
        self._count.reach(models.batches_trained(watched.model))
        watched.prepare(layer)
        self._is_training = self._is_prepared = True

    def begin_epoch(self) -> None:
        """Takes up the optimizer's count, which a restored checkpoint may have moved on.

        In the first epoch it opens the run: until then other callbacks may restore one.

        Raises:
            ValueError: what an earlier run left cannot be moved aside.
        """
        self._count.reach(models.batches_trained(self.watched.model))
        if self._is_prepared:
            self._is_prepared = False
            if not (self._is_looked_at and self._run.is_open and self.step == 0):
                self._open_run()
            self._is_looked_at = False
            self._run.describe_once(self.watched.model, self.request)

    def begin_batch(self, batch: int) -> None:
        """Arms the capture if a logged step is coming.

        Args:
            batch: number of the batch in its epoch, from 0.

        Raises:
            ValueError: two callbacks write into one folder.
        """
        if self._is_prepared:
            self.begin_epoch()
        watched = self.watched
        with watched.schedule.hook():
            watched.note_begin(batch)
            watched.source.before_batch(self.step + 1, watched.schedule.interval)

    def end_batch(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Counts the batch, and hands on what was captured in it.

        Args:
            batch: number of the last batch that was run, in its epoch.
            logs: what Keras tells of it; looked at only if there is a look.

        Raises:
            ValueError: what is wrong with the request, as the first batch of a training shows.
        """
        source, schedule = self.watched.source, self.watched.schedule
        source.wait()
        with schedule.hook():
            steps = Steps(self.step + 1, self.watched.last_of(self.step, batch), schedule.interval)
            self._count.step = steps.last
            taken = source.after_batch(steps)
            self._run.report(source.take_troubles())
            if taken is not None:
                make = partial(self._potentials.made, taken.make)
                # A copy, because the next step may write into the same dict.
                logs = dict(logs) if isinstance(logs, Mapping) else {}
                with_numbers = partial(with_logs, make, logs, epoch_batch=batch + 1)
                self.recorder.record_made(taken.step, with_numbers)
            self._run.describe_once(self.watched.model, self.request)
            # What is not made in the first batch is not looked for in each of the others.
            self._run.is_described = True
            _hand_on_alarms(self.recorder, self.watched.model)
        schedule.end_step(self.step, steps.n, looked=steps.n_due > 0)

    def end_epoch(self) -> None:
        """Corrects the count if the last execution of an epoch ran fewer steps."""
        last = self.watched.source.last_step()
        self._count.step = self.step if last is None else last

    def end_training(self) -> None:
        """Leaves the model as it was found, and writes what is left to be stored."""
        self._is_training = self._is_prepared = False
        if self._watched is not None:
            one_folder.leave(self._watched.model, self)
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
            self._is_looked_at = not self._is_training
        self._run.report(watched.probe.troubles.take())
        self.recorder.record(self._potentials.checked(activity))
        if not self._is_training and self.step:
            self._run.close()
        return activity

    def _open_run(self) -> None:
        self._run.open(self.step + 1, self.watched.schedule.interval)


def _hand_on_alarms(recorder: Recorder, model: Model) -> None:
    # Asked at every batch: nothing else is done if none waits.
    if recorder.alarms.waits and recorder.alarms.hand_on(may_stop=n_workers(model) == 1):
        model.stop_training = True
