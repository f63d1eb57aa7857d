"""The report of a run: one HTML file that shows all of it."""

from __future__ import annotations

import os
from pathlib import Path

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.report import ReportedRun, write_report
from keras_v1_activity.storage.history_files import logged_steps, read_history
from keras_v1_activity.storage.layout import absolute
from keras_v1_activity.storage.names import REPORT
from keras_v1_activity.storage.ownership import Owner, owner_of
from keras_v1_activity.storage.run_facts import RunFacts
from keras_v1_activity.storage.shown_files import lengths_of, texts_of, title_of


class RunReport(RunFacts):
    """Base of `Run`, whose method this is.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> load_activity("logs").report("report.html").name
        'report.html'
    """

    def __getitem__(self, step: int) -> Activity:
        """The `Activity` logged at training step `step`; see `Run`."""
        raise NotImplementedError

    def report(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        compare: RunReport | None = None,
        full: bool = False,
    ) -> Path:
        """Writes one HTML file that shows the whole run; it opens from disk and can be mailed.

        It may be written while training goes on, and then shows what is there.

        Args:
            path: of the file; None for report.html in the folder of the run.
            compare: another run to show beside this one.
            full: keep every spike, however long the file gets. Without it a file gets at most
                about 9 MB: large runs keep all spikes of their most telling looks, and counts in
                bins of the others.

        Returns:
            Absolute path of the file.

        Raises:
            OSError: the file could not be written.
            FileExistsError: no path is given, and another program has its own report.html there.
            ValueError: there is no look yet.
        """
        target = usual_place(self.log_dir) if path is None else absolute(path)
        runs = [self, *([] if compare is None else [compare])]
        return write_report(target, reported(runs), full=full).path


def usual_place(log_dir: Path) -> Path:
    """Where the report of a run is written if nobody says where.

    Raises:
        FileExistsError: another program has its own file there.

    Example:
        >>> usual_place(Path("logs")).as_posix()
        'logs/report.html'
    """
    place = log_dir / REPORT
    if owner_of(place) is Owner.FOREIGN:
        raise FileExistsError(
            f"{str(place)!r} is of another program, and stays as it is: name another file to write "
            "(--out)."
        )
    return place


def reported(runs: list[RunReport]) -> list[ReportedRun]:
    """Runs as the report takes them, under names that differ.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> [run.name.rpartition("/")[-1] for run in reported([load_activity("logs")])]
        ['logs']
    """
    names = [title_of(run.log_dir) for run in runs]
    for n_parts in (2, 3, 4):
        if len(set(names)) < len(names):
            names = ["/".join(run.log_dir.parts[-n_parts:]) for run in runs]
    return [_reported(run, name) for run, name in zip(runs, names, strict=True)]


def _reported(run: RunReport, name: str) -> ReportedRun:
    stored = [int(step) for step in run.steps]
    # Looks without data, of a run with save_data=False, have their numbers.
    steps = sorted({*stored, *logged_steps(run.log_dir)})
    return ReportedRun(
        name=name,
        history=read_history(run.log_dir, steps),
        look=run.__getitem__,
        stored_steps=stored,
        neurons=run.neurons,
        info=run.info,
        alarms=run.alarms,
        files=lengths_of(run.log_dir),
        texts=texts_of(run.log_dir),
    )
