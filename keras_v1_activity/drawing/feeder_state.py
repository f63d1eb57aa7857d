"""What a drawing process is at, as its feeder knows it."""

from __future__ import annotations

from keras_v1_activity.drawing.feeder import Feeder


class FeederState:
    """Base of `DrawingProcess`, whose attributes these are.

    Example:
        >>> from keras_v1_activity.drawing.process import DrawingProcess
        >>> from keras_v1_activity.storage.counters import Counters
        >>> drawing = DrawingProcess(Counters())
        >>> drawing.worker_pid is None, drawing.figures_left, drawing.waiting_steps
        (True, 0, [])
    """

    _feeder: Feeder

    @property
    def worker_pid(self) -> int | None:
        """Process id of the drawing process; None while there is none."""
        return self._feeder.process.worker_pid

    @property
    def figures_left(self) -> int:
        """How many figures wait or are in work."""
        return self._feeder.queue.figures_left

    @property
    def waiting_steps(self) -> list[int]:
        """Steps of the looks that wait, the oldest first; the one in work is not among them."""
        return self._feeder.queue.steps
