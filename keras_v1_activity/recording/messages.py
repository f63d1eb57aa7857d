"""What a recorder says to the user: what went wrong, what is left to be drawn, what was moved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from keras_v1_activity.common.notices import tell, warn
from keras_v1_activity.drawing.at_exit import command, runs_at_exit
from keras_v1_activity.drawing.settings import wait_limit_s, wrong_settings
from keras_v1_activity.recording.overhead import OverheadBudget

FAILURES: Final[Mapping[str, str]] = {
    "capture": "A look at the network failed",
    "trace": "The currents of the traced neurons could not be taken",
    "health": "Gradients and weights could not be recorded",
    "save": "What was recorded could not be stored in {log_dir}",
    "index": "The index activity.h5 in {log_dir} could not be written; load_activity needs none",
    "summary": "Rows of activity_summary.npz could not be kept; they are read from the looks again",
    "history": "The numbers of earlier looks could not be read",
    "alarm_rule": "A rule of alarms was left out, because it failed",
    "on_alarm": "on_alarm could not do what it should at an alarm",
    "on_row": "What judges the numbers of each look has failed",
    "statistics": "A number of a look could not be computed, or added to its files",
    "draw": "A figure could not be drawn",
    "drawing_process": "The drawing process was lost and is started again once",
    "drawing_stopped": "The drawing process was lost again, nothing more is drawn",
    "drawing_unable": "This program can draw no figures in a process of its own; {command} draws "
    "them, and background=False draws in the training",
    "sink": "Something of the run was not handed on to the sink {name}",
    "report": "The report could not be written",
    "log_dir": "The folder of the run vanished and is made again",
    "taken": "Another process is recording into {log_dir}, looks of this one are not stored",
    "replaced": "Another run has begun in {log_dir}, looks of this one are not stored any more",
}
"""What is said of each kind of failure."""


class Messages:
    """Says what happens to a run, each kind of trouble once until a run is opened again.

    Args:
        log_dir: folder of the run.

    Example:
        >>> messages = Messages(Path("logs"))
        >>> messages.say_failures({"draw": "OSError: disk full"})   # a warning
        >>> messages.say_failures({"draw": "OSError: disk full"})   # nothing: it was said
    """

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._said: set[str] = set()
        self._last_step: int | None = None
        self._dropped_before = 0
        self._settings_are_checked = False

    def begin(self, last_step: int | None, counts: Mapping[str, int]) -> None:
        """A run begins or goes on: what was said before may be said again.

        Args:
            last_step: the last step that it has logged; None if there is none.
            counts: what was counted in it so far.
        """
        self._said.clear()
        self._last_step = last_step
        self._dropped_before = counts["figures_dropped"]
        if not self._settings_are_checked:
            self._settings_are_checked = True
            for sentence in wrong_settings():
                warn(sentence)

    def say_moved_aside(self, target: Path) -> None:
        """Says where an earlier run was moved."""
        tell(f"{self._log_dir} held an earlier run, which is now in {target}.")

    def say_foreign(self, path: Path) -> None:
        """Warns that a file of another program has the place of one of ours."""
        if path.name not in self._said:
            self._said.add(path.name)
            warn(f"{path} is not of a run and stays as it is: this run writes none.")

    def say_went_back(self, next_step: int, target: Path) -> None:
        """Says where the looks were moved that training takes again."""
        tell(
            f"training goes on with step {next_step}: the looks from there on that "
            f"{self._log_dir} held are now in {target}."
        )

    def say_failures(self, causes: Mapping[str, str]) -> None:
        """Warns of the kinds of failure that were not warned of yet.

        Args:
            causes: the first cause of each kind.
        """
        for kind, cause in causes.items():
            if kind in self._said:
                continue
            self._said.add(kind)
            family, _, name = kind.partition("_")
            of_kind = FAILURES.get("sink" if family == "sink" else kind)
            what = of_kind or f"Recording failed ({kind})"
            what = what.format(log_dir=self._log_dir, command=command(self._log_dir), name=name)
            said = str(cause).rstrip(".")
            warn(f"{what}: {said}. Training goes on; run.json counts what fails from here on.")

    def say_if_twice(self, step: int) -> None:
        """Warns, the first time, that a step is logged that was logged just before."""
        twice, self._last_step = step == self._last_step, step
        if twice and "twice" not in self._said:
            self._said.add("twice")
            warn(f"Step {step} was logged twice: the later look has taken the place of the first.")

    def say_stretched(self, step: int, budget: OverheadBudget, max_overhead: float | None) -> None:
        """Says that looks cost too much and are taken less often.

        Args:
            step: the last step that was run.
            budget: what looks cost, and the interval from now on.
            max_overhead: what they may cost, as a part of the training time.
        """
        tell(
            f"looks cost {budget.overhead or 0.0:.2%} of the training time, more than "
            f"max_overhead={max_overhead or 0.0:g}: from step {step + 1} on, every "
            f"{budget.interval}th step is logged."
        )

    def say_dropped(self, counts: Mapping[str, int], *, stored: bool) -> None:
        """Warns of figures that were left out since the run was opened.

        Args:
            counts: what was counted in the run.
            stored: whether the looks are stored.
        """
        dropped = counts["figures_dropped"] - self._dropped_before
        if dropped:
            later = "" if stored else " With save_data=False they cannot be drawn later."
            warn(
                f"{dropped:,} figures were left out, because looks came faster than they could be "
                f"drawn or drawing had stopped.{later}"
            )

    def say_still_drawing(self, left: int) -> None:
        """Says what is still done after the end of training, and how long Python waits for it.

        Args:
            left: figures that are left; if there are none, only numbers are.
        """
        figures = f"{left:,} figures are still being drawn and appear"
        numbers = "numbers of looks are still being computed and appear"
        tell(
            f"{figures if left else numbers} in {self._log_dir} one by one; "
            f"{_what_python_does(command(self._log_dir))}."
        )


def _what_python_does(drawing_command: str) -> str:
    """What becomes, when Python ends, of figures that are not drawn by then."""
    limit_s = wait_limit_s()
    if not runs_at_exit() or limit_s == 0:
        return f"Python does not wait for them when it ends, {drawing_command} draws the rest"
    if limit_s is None:
        return "Python waits for them when it ends"
    return (
        f"Python waits for them for up to {limit_s:g} s when it ends, {drawing_command} draws the "
        "rest"
    )
