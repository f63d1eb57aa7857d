"""TappedSteps: the steps of a custom loop whose activity is written by a tap in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture.potentials import PotentialsCheck
from keras_v1_activity.capture.selection import check_sample
from keras_v1_activity.capture.selections import Selections
from keras_v1_activity.capture.steps import Steps
from keras_v1_activity.common import notices
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.scalars import numbers
from keras_v1_activity.recording.schedule import Schedule, StepCount


class TappedSteps:
    """Counts the steps that a loop says are done, and has what their tap wrote stored.

    Args:
        plan: `RecordPlan`.
        selections: `Selections` of neurons.
        count: `StepCount` to count on.
        schedule: `Schedule`, which steps are logged.
        recorder: `Recorder` of the looks.
        potentials: checks that potentials are in mV.

    Example:
        >>> import tensorflow as tf
        >>> plan = RecordPlan(2, figures=())
        >>> recorder = Recorder("run", plan, background=False)
        >>> steps = TappedSteps(plan, Selections(plan, None), StepCount(),
        ...                     Schedule(plan, recorder), recorder, PotentialsCheck(""))
        >>> for _ in range(4):
        ...     steps.tap(spikes=tf.eye(20))
        ...     print(steps.done())
        False
        True
        False
        True
        >>> recorder.steps
        [2, 4]
    """

    def __init__(
        self,
        plan: RecordPlan,
        selections: Selections,
        count: StepCount,
        schedule: Schedule,
        recorder: Recorder,
        potentials: PotentialsCheck,
    ) -> None:
        self._plan = plan
        self._selections = selections
        self._count = count
        self._schedule = schedule
        self._recorder = recorder
        self._potentials = potentials
        self._tap: Any = None
        self._n_steps = 1
        self._is_checked = self._said_untapped = False

    def tap(self, *, step: Any = None, **tensors: Any) -> None:
        """Writes what is recorded of a step; see `NetworkActivityLogger.tap`.

        Args:
            step: number of the step, if the graph counts.
            tensors: as `HandedTensors` takes them.

        Raises:
            ValueError: an argument does not fit, or TensorFlow is not installed.
        """
        if not self._recorder.records:
            return
        try:
            from keras_v1_activity.capture.handed_tensors import HandedTensors
            from keras_v1_activity.capture.step_tap import StepTap
        except ModuleNotFoundError as error:
            raise ValueError(
                f"tap is for training steps of TensorFlow, which is not installed ({error}): give "
                "the arrays of a step to log_step."
            ) from error
        if self._tap is None:
            self._tap = StepTap(self._plan, self._selections.of)
            self.arm()
        self._tap.write(HandedTensors(**tensors), step)

    def done(self, n_steps: int = 1, scalars: Mapping[str, Any] | None = None) -> bool:
        """Counts steps, and has what was written in the logged one of them stored.

        Args:
            n_steps: steps that were run since the last call.
            scalars: named numbers of the last of them.

        Returns:
            Whether a look was stored.
        """
        if self._tap is not None:
            self._tap.wait()
        with self._schedule.hook():
            steps = Steps(self._count.step + 1, self._count.step + n_steps, self._schedule.interval)
            self._count.step, self._n_steps = steps.last, n_steps
            try:
                logged = self._recorder.records and self._keep(steps, scalars)
            finally:
                self.arm()
                self._recorder.alarms.hand_on()
        self._schedule.end_step(self._count.step, n_steps, looked=logged)
        return logged

    def arm(self) -> None:
        """Tells the tap which step comes next; to be called when the count has changed."""
        if self._tap is None:
            return
        first = self._count.step + 1
        coming = Steps(first, self._count.step + self._n_steps, self._schedule.interval)
        self._tap.arm(coming.last, due=coming.n_due > 0, every=coming.every)

    def _keep(self, steps: Steps, scalars: Mapping[str, Any] | None) -> bool:
        in_graph = self._tap is not None and self._tap.counts_in_graph
        if not in_graph and not steps.n_due:
            return False
        try:
            taken = None if self._tap is None else self._tap.read()
        except Exception as error:
            self._recorder.fail("capture", error)
            return False
        if taken is None:
            if not in_graph:
                self._say_untapped(steps)
            return False
        arrays, step = taken
        # Of several steps in one call that count none themselves, the last one was written.
        step = step if in_graph else steps.last
        if step < 0:
            return False
        if not self._is_checked:
            self._is_checked = True
            if arrays.get("n_samples", 0) >= 0:
                check_sample(self._plan, int(arrays.get("n_samples", arrays["batch_size"])))
        selection = self._selections.of(int(arrays["n_neurons"]))
        make = partial(_look, arrays, selection, step, self._potentials)
        self._count.reach(step)
        self._recorder.record_made(step, make, scalars=numbers(scalars))
        return True

    def _say_untapped(self, steps: Steps) -> None:
        if not self._said_untapped:
            self._said_untapped = True
            notices.warn(
                f"step {steps.last_due} was to be logged, but nothing was tapped in it: call "
                "logger.tap(spikes=...) inside the training step, with a batch that has samples, "
                "before logger.step_done()."
            )


def _look(
    arrays: Mapping[str, AnyArray], selection: Any, step: int, potentials: PotentialsCheck
) -> Activity:
    from keras_v1_activity.capture.tapped_look import tapped_look

    return potentials.checked(tapped_look(arrays, selection, step))
