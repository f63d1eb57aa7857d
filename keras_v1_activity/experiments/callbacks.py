"""What training does besides training: steps in the log, checkpoints, the time limit."""

import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from keras_v1_activity.experiments import progress as run_checkpoints
from keras_v1_activity.experiments.progress import BEST, FOLDER, LAST, Progress


class StepColumns(keras.callbacks.Callback):
    """Adds to each epoch's log the number of the last step and how long the epoch took.

    Must stand before the callbacks that write the log.

    Attributes:
        seconds_per_step: list, one a batch, the compiling first one included.
    """

    def __init__(self):
        super().__init__()
        self.seconds_per_step = []

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the epoch's clock."""
        self._epoch_start = time.monotonic()

    def on_train_batch_begin(self, batch, logs=None):
        """Starts the batch's clock."""
        self._batch_start = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        """Stops it."""
        self.seconds_per_step.append(time.monotonic() - self._batch_start)

    def on_epoch_end(self, epoch, logs=None):
        """Adds the columns ``step`` and ``seconds``."""
        logs["step"] = int(self.model.optimizer.iterations)
        logs["seconds"] = round(time.monotonic() - self._epoch_start, 3)


class Checkpoints(keras.callbacks.Callback):
    """Saves the last and the best epoch, with the optimizer's state.

    Args:
        results_dir: folder of the run.
        progress: `Progress` of the run so far.

    Attributes:
        progress: `Progress` after the last epoch that was saved.
    """

    def __init__(self, results_dir, progress):
        super().__init__()
        self._folder = Path(results_dir) / FOLDER
        self.progress = progress

    def on_epoch_end(self, epoch, logs=None):
        """Saves; the best epoch is that of greatest held-out accuracy, then of least loss."""
        before, score = self.progress, _score(logs)
        better = np.isfinite(score) and (before.best is None or score > before.best)
        self.progress = Progress(
            epochs=epoch + 1,
            step=int(self.model.optimizer.iterations),
            best=score if better else before.best,
            best_epoch=epoch + 1 if better else before.best_epoch,
        )
        if better:
            run_checkpoints.save(self.model, self._folder / BEST, self.progress)
        run_checkpoints.save(self.model, self._folder / LAST, self.progress)

    def save_cut_short(self):
        """Saves the steps of an epoch that was interrupted, which comes again."""
        self.progress = replace(self.progress, step=int(self.model.optimizer.iterations))
        run_checkpoints.save(self.model, self._folder / LAST, self.progress)


def _score(logs):
    """Accuracy less a trifle of the loss, which decides between equal accuracies."""
    prefix = "val_" if "val_accuracy" in logs else ""
    loss = max(float(logs[f"{prefix}cross_entropy"]), 0.0)
    return float(logs[f"{prefix}accuracy"]) - 1e-6 * loss / (1.0 + loss)


class TimeLimit(keras.callbacks.Callback):
    """Ends training after the batch in which the time is up; the epoch is closed as usual.

    Args:
        seconds: 0 for no limit.
        start: `time.monotonic()` at the start of the run.

    Attributes:
        reached: whether it ended training.
    """

    def __init__(self, seconds, start):
        super().__init__()
        self._seconds = seconds
        self._start = start
        self.reached = False

    def on_train_batch_end(self, batch, logs=None):
        """Looks at the clock."""
        if self._seconds and time.monotonic() - self._start > self._seconds:
            self.reached = self.model.stop_training = True
