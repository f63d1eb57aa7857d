"""TappingLogger: a logger's methods for training steps that TensorFlow compiles."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from keras_v1_activity.alarms import Alarm
from keras_v1_activity.capture.handed_layout import HandedLayout
from keras_v1_activity.common.checks import whole_number
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.tapped_steps import TappedSteps

F = TypeVar("F", bound=Callable[..., Any])


def _as_it_is(method: F) -> F:
    """Tells AutoGraph, without TensorFlow, not to rewrite a method that a tf.function calls."""
    method.autograph_info__ = {}  # type: ignore[attr-defined]
    return method


class TappingLogger:
    """A logger that records training steps from inside of their graph.

    Args:
        steps: `TappedSteps`.
        recorder: `Recorder` of the run.
        layout: `HandedLayout` of the logger; None for the usual one.

    Example:
        >>> from keras_v1_activity import NetworkActivityLogger
        >>> isinstance(NetworkActivityLogger("logs", figures=()), TappingLogger)
        True
    """

    def __init__(
        self, steps: TappedSteps, recorder: Recorder, layout: HandedLayout | None = None
    ) -> None:
        self._steps = steps
        self._recorder = recorder
        self._layout = HandedLayout() if layout is None else layout

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms that fired, in that order; those that are gone have a `cleared_step`."""
        return self._recorder.alarms.fired

    @property
    def should_stop(self) -> bool:
        """Whether an alarm fired and ``on_alarm="stop"`` was asked for: leave the loop then."""
        return self._recorder.alarms.stopped_by is not None

    @_as_it_is
    def tap(
        self,
        spikes: Any,
        voltages: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        predictions: Any = None,
        labels: Any = None,
        step: Any = None,
        *,
        sample_weight: Any = None,
        traces: Mapping[str, Any] | None = None,
    ) -> None:
        """Records a training step of TensorFlow from inside of it; `step_done` then stores it.

        Call it in a tf.function, in the function that ``strategy.run`` is given, under XLA or
        eagerly. Only in a step that is to be logged anything is computed or copied, and nothing
        needs to be returned from the step. No gradient flows through it. If it is called several
        times in a step, as for parts of a batch whose gradients are summed, the last call counts.

        Args:
            spikes, voltages, inputs, outputs, predictions, labels: tensors as `log_step` takes
                arrays; of a replica, its part of the batch. Under XLA the number of time steps must
                be known, e.g. by tf.ensure_shape.
            step: number of this step from 1, a scalar tensor, if one call of the compiled function
                runs several steps in a loop; logged if divisible by N. None: `step_done` counts.
            sample_weight, traces: as `log_step` takes them.

        Raises:
            ValueError: while the step is compiled, one sentence on what does not fit; a logger
                with ``layout="tbn"``.

        Example:
            >>> import tensorflow as tf
            >>> from keras_v1_activity import NetworkActivityLogger
            >>> logger = NetworkActivityLogger("tapped", log_every_n_steps=2, figures=())
            >>> @tf.function
            ... def train_step(z, y):
            ...     logger.tap(spikes=z, labels=y)
            >>> for _ in range(4):
            ...     train_step(tf.ones((3, 50, 20)), tf.constant([0, 2, 1]))
            ...     logged = logger.step_done()
            >>> path = logger.save_summary()
            >>> logger.recorder.steps
            [2, 4]
        """
        self._layout.check_batch_first("tap")
        self._steps.tap(
            step=step,
            spikes=spikes,
            voltages=voltages,
            inputs=inputs,
            outputs=outputs,
            predictions=predictions,
            labels=labels,
            sample_weight=sample_weight,
            traces=traces,
        )

    def step_done(self, n_steps: int = 1, *, scalars: Mapping[str, Any] | None = None) -> bool:
        """Counts a step whose activity was tapped, and stores it if it is to be logged.

        Args:
            n_steps: training steps that were run since the last call, if one call of the compiled
                function runs several.
            scalars: dict of name -> number, e.g. losses, for the summary of a step that is logged.

        Returns:
            Whether a look was stored.

        Raises:
            ValueError: `n_steps` or one of `scalars` is no number; the batch has no sample with
                `sample_index`; or it is called in a compiled function.
        """
        tensorflow: Any = sys.modules.get("tensorflow")
        if tensorflow is not None and tensorflow.inside_function():
            raise ValueError(
                "step_done was called inside a tf.function, where it would count once for all "
                "steps: call it after the step, outside; logger.tap belongs inside."
            )
        logged = self._steps.done(whole_number(n_steps, "n_steps", 1, 1), scalars)
        if logged:
            self.close_at_exit()
        return logged

    def close_at_exit(self) -> None:
        """Has the run closed when Python ends, if nobody does so before."""
        # A script that never calls save_summary must not lose its last figures. Exit runs the
        # latest entry first, so this one has to come after the drawing process's own.
        atexit.unregister(self._recorder.close)
        atexit.register(self._recorder.close)
