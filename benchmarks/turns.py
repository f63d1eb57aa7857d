"""Two training loops that run in turn, so that what else the machine does meets both alike."""

import threading
import time

import common


class Turns:
    """Lets two training loops, each in a thread, run in turn.

    Args:
        batches: in each turn.
        first: in the first turn of each, which does not count.
        number: of turns that count.
    """

    def __init__(self, batches, first, number):
        self._batches, self._number = batches, number
        self._left = [first, first]
        self._turn = [0, 0]
        self._whose = 0
        self._changed = threading.Condition()
        self._failed = False
        self.elsewhere = []  # (seconds, CPU seconds of other programs) at the end of each pair

    def of(self, who, at_end=lambda: None, at_start=lambda: None):
        """A function to call after each batch of loop 0 or 1.

        At the end of a turn it calls `at_end`, hands over, and returns at the next turn, after
        `at_start`.
        """

        def after_batch():
            self._left[who] -= 1
            if self._left[who] == 0:
                at_end()
                self._hand_over(who)
                at_start()

        return after_batch

    def start(self, who):
        """Waits for the first turn of a loop."""
        with self._changed:
            self._wait(who)

    def _hand_over(self, who):
        with self._changed:
            self._left[who] = self._batches
            self._turn[who] += 1
            if who:
                self.elsewhere.append((time.perf_counter(), common.elsewhere_cpu_s()))
            self._whose = 1 - who
            self._changed.notify_all()
            if self._turn[who] <= self._number:
                self._wait(who)

    def _wait(self, who):
        self._changed.wait_for(lambda: self._whose == who or self._failed)
        if self._failed:
            raise RuntimeError("the other training loop failed")

    def fail(self):
        """Lets the other loop end too."""
        with self._changed:
            self._failed = True
            self._changed.notify_all()
