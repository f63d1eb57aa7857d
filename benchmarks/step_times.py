"""How long each training batch holds the training thread."""

import time

import common
import keras


class StepTimes(keras.callbacks.Callback):
    """Seconds of each batch, from the end of one to the end of the next.

    Give it as the last of the callbacks, so that their hooks are counted.

    Args:
        between: function without arguments to call after each batch, not counted; or None.

    Attributes:
        cpu_s: CPU time of this process in the last `fit`, what came between batches included.
        children_cpu_s: that of the processes it has started.

    The first batch, which compiles, is left out everywhere.
    """

    def __init__(self, between=None):
        super().__init__()
        self._between = between

    def on_train_begin(self, logs=None):
        """Starts the list."""
        self._all, self._last = [], time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Adds one batch."""
        self._all.append(time.perf_counter() - self._last)
        if self._between is not None:
            self._between()
        now = time.process_time(), common.children_cpu_s()
        if len(self._all) == 1:
            self._first = now
        self.cpu_s, self.children_cpu_s = (b - a for a, b in zip(self._first, now, strict=True))
        self._last = time.perf_counter()

    @property
    def seconds(self):
        """List of the batches of the last `fit`."""
        return self._all[1:]
