"""EndReport: the report of a run, written when its recording ends."""

from __future__ import annotations

from collections.abc import Sequence

from keras_v1_activity.common.notices import tell
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.names import REPORT


class EndReport:
    """Writes ``report.html`` into the folder of a run, if that is asked for. Never raises.

    It is written at the end, with what is known then, and once more if numbers were still being
    computed.

    Args:
        layout: where the files of the run lie.
        plan: says whether a report is asked for.
        counters: counts a failure as "report".

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> layout = make_layout("folders", "run")
        >>> EndReport(layout, RecordPlan(), Counters()).write([100])
        >>> (layout.log_dir / "report.html").exists()
        False
    """

    def __init__(self, layout: Layout, plan: RecordPlan, counters: Counters) -> None:
        self._layout = layout
        self._is_wanted = plan.report
        self._counters = counters
        self._written: tuple[int, ...] = ()

    def write(self, steps: Sequence[int]) -> None:
        """Writes it, and says where it is.

        Args:
            steps: the logged steps.
        """
        if self._is_wanted and self._write(steps):
            tell(f"the report of the run is {self._layout.log_dir / REPORT}")

    def complete(self, steps: Sequence[int]) -> None:
        """Writes it once more, unless the run has gone on since.

        Args:
            steps: the logged steps.
        """
        if self._written and self._written == tuple(steps):
            self._write(steps)

    def _write(self, steps: Sequence[int]) -> bool:
        # A program that has no report written needs none of this.
        from keras_v1_activity.storage.run import load_activity

        with self._counters.failures_as("report"):
            with load_activity(self._layout.log_dir) as run:
                run.report()
            self._written = tuple(steps)
            return True
        return False
