"""LiveSource: looks at the training batches themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture import models
from keras_v1_activity.capture.assemble import make_activity
from keras_v1_activity.capture.callback_list import at_end_of_fit
from keras_v1_activity.capture.health.start import HealthStart
from keras_v1_activity.capture.live import LiveCapture, take_off_stale
from keras_v1_activity.capture.replicas import check_replica
from keras_v1_activity.capture.selection import check_sample
from keras_v1_activity.capture.source import Taken
from keras_v1_activity.capture.steps import Steps
from keras_v1_activity.capture.strategies import replicas_here
from keras_v1_activity.capture.target import RecordedLayer
from keras_v1_activity.capture.troubles import Troubles
from keras_v1_activity.common import notices
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.plan import RecordPlan


class LiveSource:
    """A `Source` that takes what the layer does in the training step itself.

    Args:
        model: the Keras model that is trained.
        plan: `RecordPlan`.
        folder: of the stored looks, to tell two captures of one model apart; or None.

    Example:
        >>> from keras_v1_activity.capture.target import CaptureRequest
        >>> plan = RecordPlan()
        >>> source = LiveSource(model, plan)
        >>> source.prepare(CaptureRequest("rsnn", plan).layer_of(model))
        >>> source.before_batch(step=1, every=1)
        >>> logs = model.train_on_batch(x, y)
        >>> step, make = source.after_batch(Steps(1, 1, every=1))
        >>> step, make().source
        (1, 'live')
        >>> source.end()
    """

    def __init__(self, model: Model, plan: RecordPlan, folder: Path | None = None) -> None:
        self._model = model
        self._plan = plan
        self._folder = folder
        self._live: LiveCapture | None = None
        self._layer: RecordedLayer | None = None
        self._troubles = Troubles()
        self._steps_per_execution = 1
        self._is_first_batch = True
        self._said_several = False
        self._start = HealthStart()

    def prepare(self, layer: RecordedLayer) -> None:
        """Keeps what was compiled for an earlier training, if it still serves.

        Raises:
            ValueError: there is no such replica as the plan's.
        """
        check_replica(self._plan.replica, replicas_here(self._model))
        self._steps_per_execution = models.steps_per_execution(self._model)
        take_off_stale(self._model)
        at_end_of_fit(partial(take_off_stale, self._model))
        if self._live is None or not self._live.fits(self._model, layer):
            self._live, self._layer = LiveCapture(self._model, layer, self._folder), layer
        self._is_first_batch = True

    def before_batch(self, step: int, every: int) -> None:
        """Puts the tapped train function on the model for this batch, armed if a look is due.

        The first batch of a training is always captured, since only it can tell what is wrong.
        """
        coming = Steps(step, step + self._steps_per_execution - 1, every)
        self._say_several(coming.n_due)
        first = self._is_first_batch
        if first and self._plan.health:
            self._start.note(self._model)
        due = coming.n_due > 0 or first
        self._capture().before_batch(step, due=due, every=every, also_first=first)

    def wait(self) -> None:
        """Waits for the training step, if something is taken in it."""
        self._capture().wait()

    def after_batch(self, steps: Steps) -> Taken | None:
        """What was taken in the last logged one of these steps.

        Raises:
            ValueError: the first batch has no sample with the plan's index, or the model no such
                layer.
        """
        first, self._is_first_batch = self._is_first_batch, False
        try:
            taken = self._capture().after_batch()
        except Exception as error:
            self._troubles.note("capture", error)
            return None
        if taken is None:
            if first and self._layer is not None and self._layer.layer is None:
                # It has not been called by its name: the sentence says which layers there are.
                models.find_layer(self._model, self._layer.name)
            return None
        arrays, selection, step = taken
        health = self._health_of(arrays)
        if first and arrays.get("n_samples", 0) >= 0:
            check_sample(self._plan, int(arrays.get("n_samples", arrays["batch_size"])))
        if step % steps.every:
            return None
        # Made of its arrays beside the training, by the thread that stores it.
        make = partial(make_activity, arrays, selection, step=step, source="live")
        return Taken(step, make if health is None else partial(self._with_health, make, health))

    def last_step(self) -> int | None:
        """The count in the graph: the last execution of an epoch may run fewer steps."""
        return self._capture().last_step()

    def end(self) -> None:
        """Gives the model its own train function back."""
        if self._live is not None:
            self._live.take_off()

    def take_troubles(self) -> list[tuple[str, Exception]]:
        """What could not be taken."""
        return self._troubles.take() + self._capture().troubles.take()

    def _health_of(self, arrays: dict[str, Any]) -> Callable[[], dict[str, Any]] | None:
        """What makes the numbers of a look's gradients and weights, if they were taken."""
        tap = self._capture().health
        return None if tap is None else self._start.numbers_of(arrays, tap.tables)

    def _with_health(
        self, make: Callable[[], Activity], health: Callable[[], dict[str, Any]]
    ) -> Activity:
        activity = make()
        try:
            return activity.with_details(health=health())
        except Exception as error:
            # A look without it is worth having.
            self._troubles.note("health", error)
            return activity

    def _capture(self) -> LiveCapture:
        if self._live is None:
            raise RuntimeError("prepare the source before a batch.")
        return self._live

    def _say_several(self, n_due: int) -> None:
        if n_due > 1 and not self._said_several:
            self._said_several = True
            notices.warn(
                f"log_every_n_steps is {self._plan.every_n_steps}, but the model runs "
                f"{self._steps_per_execution} steps per execution: of the logged steps in one "
                "execution only the last is kept."
            )
