"""What training does besides training: steps in the log, checkpoints, the time limit."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_v1_activity.experiments import run_checkpoints
from keras_v1_activity.experiments.run_checkpoints import BEST, FOLDER, LAST, TrainingProgress

# Keras has no types.
_Callback: Any = keras.callbacks.Callback


class StepColumns(_Callback):
    """Adds to each epoch's log the number of the last step and how long the epoch took.

    Must stand before the callbacks that write the log.

    Attributes:
        seconds_per_step: one for each batch, the first one included, which compiles.

    Example:
        >>> columns = StepColumns()
        >>> history = model.fit(x, y, batch_size=4, verbose=0, callbacks=[columns])
        >>> history.history["step"], len(columns.seconds_per_step)
        ([2], 2)
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds_per_step: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Starts the epoch's clock."""
        self._epoch_start = time.monotonic()

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Starts the batch's clock."""
        self._batch_start = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stops it."""
        self.seconds_per_step.append(time.monotonic() - self._batch_start)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Adds the columns ``step`` and ``seconds`` (s)."""
        if logs is not None:
            logs["step"] = int(self.model.optimizer.iterations)
            logs["seconds"] = round(time.monotonic() - self._epoch_start, 3)


class Checkpoints(_Callback):
    """Saves the last and the best epoch, with the optimizer's state.

    The logs must have accuracy and cross_entropy, with the prefix ``val_`` if there is validation.

    Args:
        results_dir: folder of the run.
        progress: `TrainingProgress` of the run so far.

    Attributes:
        progress: `TrainingProgress` after the last epoch that was saved.

    Example:
        >>> checkpoints = Checkpoints("results", TrainingProgress())
        >>> checkpoints.set_model(model)
        >>> checkpoints.on_epoch_end(0, {"accuracy": 0.5, "cross_entropy": 1.0})
        >>> checkpoints.progress.best_epoch
        1
        >>> sorted(path.name for path in Path("results/checkpoints").iterdir())
        ['best.weights.h5', 'last.weights.h5']
    """

    def __init__(self, results_dir: str | os.PathLike[str], progress: TrainingProgress) -> None:
        super().__init__()
        self._folder = Path(results_dir) / FOLDER
        self.progress: TrainingProgress = progress

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Saves; the best epoch is that of greatest held-out accuracy, then of least loss."""
        before, score = self.progress, _score(logs or {})
        better = np.isfinite(score) and (before.best is None or score > before.best)
        self.progress = TrainingProgress(
            epochs=epoch + 1,
            step=int(self.model.optimizer.iterations),
            best=score if better else before.best,
            best_epoch=epoch + 1 if better else before.best_epoch,
        )
        if better:
            run_checkpoints.save(self.model, self._folder / BEST, self.progress)
        run_checkpoints.save(self.model, self._folder / LAST, self.progress)

    def save_cut_short(self) -> None:
        """Saves the steps of an epoch that was interrupted, which comes again."""
        self.progress = replace(self.progress, step=int(self.model.optimizer.iterations))
        run_checkpoints.save(self.model, self._folder / LAST, self.progress)


def _score(logs: Mapping[str, Any]) -> float:
    """Accuracy, less a millionth of the loss at most, which decides between equal accuracies."""
    prefix = "val_" if "val_accuracy" in logs else ""
    loss = max(float(logs[f"{prefix}cross_entropy"]), 0.0)
    return float(logs[f"{prefix}accuracy"]) - 1e-6 * loss / (1.0 + loss)


class TimeLimit(_Callback):
    """Ends training after the batch in which the time is up; the epoch is closed as usual.

    Args:
        seconds: 0 for no limit.
        start: `time.monotonic()` at the start of the run.

    Attributes:
        reached: whether it ended training.

    Example:
        >>> limit = TimeLimit(1.0, start=time.monotonic() - 2.0)
        >>> _ = model.fit(x, y, batch_size=4, epochs=5, verbose=0, callbacks=[limit])
        >>> limit.reached
        True
    """

    def __init__(self, seconds: float, start: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._start = start
        self.reached: bool = False

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks at the clock."""
        if self._seconds and time.monotonic() - self._start > self._seconds:
            self.reached = self.model.stop_training = True
