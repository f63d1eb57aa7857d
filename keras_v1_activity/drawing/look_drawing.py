"""One look in the drawing process, and what is counted of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_v1_activity.drawing.cores import usable_cores
from keras_v1_activity.drawing.look_queue import LookQueue, WaitingLook
from keras_v1_activity.drawing.products import NUMBERS, OnFigure, OnNumbers
from keras_v1_activity.drawing.restart import RestartingProcess
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.drawing.throttle import rest_s
from keras_v1_activity.drawing.time_left import TimeLeft
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.further_looks import is_further
from keras_v1_activity.storage.layout import data_beside


class LookDrawing:
    """Has one look after the other drawn, and counts what becomes of their figures.

    Args:
        queue: is told of every figure that is done; is stopped when nothing more can be drawn.
        process: the drawing process.
        time_left: is told when figures begin and end.
        counters: counts figures drawn, dropped and failed.
        on_numbers: called with the step of a look and its numbers by population.
        on_figure: called with the step of a look, the name and the file of each figure drawn.

    Example:
        >>> counters = Counters()
        >>> queue = LookQueue(counters, most_looks=4)
        >>> drawing = LookDrawing(queue, RestartingProcess(counters, 120.0), TimeLeft(), counters)
        >>> drawing.draw(WaitingLook(activity, []))
        0.0
    """

    def __init__(
        self,
        queue: LookQueue,
        process: RestartingProcess,
        time_left: TimeLeft,
        counters: Counters,
        on_numbers: OnNumbers | None = None,
        on_figure: OnFigure | None = None,
    ) -> None:
        self._queue = queue
        self._process = process
        self._time_left = time_left
        self._counters = counters
        self._on_numbers = on_numbers
        self._on_figure = on_figure

    def draw(self, look: WaitingLook | StoredLook) -> float:
        """Has one look drawn. Never raises.

        Args:
            look: what `LookQueue.take` gave.

        Returns:
            Seconds to rest afterwards, so that training does not feel the drawing.
        """
        left, cpu_s, queued_s = len(look.figures), 0.0, 0.0
        try:
            with self._queue.changed:
                self._time_left.begin(time.monotonic())
            for answer in self._process.draw(look):
                left -= 1
                cpu_s += answer.get("cpu_s", 0.0)
                queued_s += answer.get("queued_s", 0.0)
                if "numbers" in answer:
                    self._tell(look, answer)
                elif "drawn" in answer:
                    self._tell_figure(look.step, answer["drawn"], Path(answer["path"]))
                # Last: whoever waits for the figures goes on when all are counted.
                self._count(answer, more=left > 0)
            return rest_s(cpu_s, queued_s, usable_cores()) if self._process.niceness else 0.0
        except Exception as error:
            self._lose(look, error, left)
            return 0.0

    def _tell(self, look: WaitingLook | StoredLook, answer: Mapping[str, Any]) -> None:
        for trouble in answer["troubles"]:
            self._counters.fail("statistics", trouble)
        if self._on_numbers is not None and not is_further(
            data_beside(dict(look.figures)[NUMBERS])
        ):
            with self._counters.failures_as("statistics"):
                self._on_numbers(look.step, answer["numbers"])

    def _tell_figure(self, step: int, name: str, path: Path) -> None:
        if self._on_figure is not None and not is_further(path):
            self._on_figure(step, name, path)

    def _count(self, answer: Mapping[str, Any], *, more: bool) -> None:
        outcome = ""
        is_figure = "numbers" not in answer and NUMBERS not in answer.values()
        if "failed" in answer:
            self._counters.fail("draw" if is_figure else "statistics", answer["error"])
        elif is_figure:
            outcome = "figures_drawn" if "drawn" in answer else "figures_dropped"
        with self._queue.changed:
            now = time.monotonic()
            self._time_left.end(now)
            if more:
                self._time_left.begin(now)
            self._queue.count_done(outcome=outcome, figures=is_figure)

    def _lose(self, look: WaitingLook | StoredLook, error: Exception, left: int) -> None:
        """The process has died or hangs: the rest of the look is lost, and perhaps all others."""
        goes_on = self._process.lose(error)
        with self._queue.changed:
            self._time_left.stop()
            if not goes_on:
                self._queue.stop()
            self._queue.lose(look, left)
