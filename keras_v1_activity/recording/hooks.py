"""The hooks of Keras, passed on to a session; nothing else."""

from __future__ import annotations

from typing import Any

import keras

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture.callback_list import put_last, take_out
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.session import Session


class _LastCallback(keras.callbacks.Callback):
    """Acts when a batch begins, after all other callbacks: none of them can fail after it."""

    _supports_tf_logs = True
    _chief_worker_only = None

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Arms the capture if a logged step is coming."""
        self._session.begin_batch(batch)


class SessionCallback(keras.callbacks.Callback):
    """Passes the hooks of Keras 3 and tf-keras on to a `Session`, whose plan and recorder it shows.

    Example:
        >>> from keras_v1_activity import V1ActivityCallback
        >>> V1ActivityCallback("logs").recorder.steps
        []
    """

    # Asked for by tf-keras of every callback in its list. The logs stay on the device.
    _supports_tf_logs = True
    _chief_worker_only = None
    _implements_train_batch_hooks = staticmethod(lambda: True)
    _implements_test_batch_hooks = _implements_predict_batch_hooks = staticmethod(lambda: False)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._last: _LastCallback | None = None
        self.plan: RecordPlan = session.request.plan
        self.layer_name: str = session.request.layer_name
        self.recorder: Recorder = session.recorder

    @property
    def step(self) -> int:
        """Number of the last training step, from 1; 0 before training."""
        return self._session.step

    @property
    def intermediate_model(self) -> Any:
        """The keras.Model from the model's inputs to [layer output, outputs], made when needed.

        Looks need none: they are taken of any model.

        Raises:
            RuntimeError: the callback knows no model yet.
            ValueError: the model is subclassed, so that it has no graph; or it has no such layer.
        """
        return self._session.watched.probe.intermediate_model

    def look(self, x: Any, y: Any = None) -> Activity:
        """Logs what the batch `x` evokes now, before, during or after training.

        Args:
            x: input batch, as the model takes it.
            y: its labels, or None.

        Returns:
            The `Activity`, stored and drawn under the current step (0 before training), beside
            other looks at that step; see `keras_v1_activity.storage.looks_at`.

        Raises:
            RuntimeError: the callback knows no model yet.
            ValueError: the model's layer or the batch is not as asked for.
        """
        return self._session.look(x, y)

    def wait_for_figures(self, timeout_s: float | None = None) -> bool:
        """Waits until every figure is drawn, with a progress line; Ctrl-C skips the rest.

        Args:
            timeout_s: seconds to wait at most; None: without limit.

        Returns:
            Whether nothing is left to be drawn.
        """
        return self.recorder.wait_for_figures(timeout_s)

    def set_model(self, model: Model) -> None:
        """Called by Keras; call it yourself to `look` at a model before `fit`."""
        self._session.set_model(model)
        self.recorder = self._session.recorder
        super().set_model(model)

    def on_train_begin(self, logs: Any = None) -> None:
        """Finds the layer.

        Raises:
            ValueError: it is not there, or another callback of this fit has the same log_dir.
        """
        self._session.begin_training()
        last = _LastCallback(self._session)
        self._last = last if put_last(last, instead_of=self._last) else None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Takes up the optimizer's count, which a restored checkpoint may have moved on.

        In the first epoch it opens the run and writes network_state.txt.
        """
        self._session.begin_epoch()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Arms the capture if a logged step is coming."""
        if self._last is None:
            self._session.begin_batch(batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Counts the batch, and hands on what was captured in it."""
        self._session.end_batch(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Corrects the count if the last execution of an epoch ran fewer steps."""
        self._session.end_epoch()

    def on_train_end(self, logs: Any = None) -> None:
        """Writes what is left to be stored; figures are waited for if that is soon done."""
        take_out(self._last)
        self._last = None
        self._session.end_training()
