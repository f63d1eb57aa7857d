"""The figures of a run that is open for writing: what draws them, and which are missing."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from keras_v1_activity.drawing.backlog import Backlog
from keras_v1_activity.drawing.here import DrawingHere
from keras_v1_activity.drawing.interface import Drawing
from keras_v1_activity.drawing.process import DrawingProcess
from keras_v1_activity.drawing.products import OnFigure, OnNumbers, wanted
from keras_v1_activity.drawing.stored_look import StoredLook, find_missing
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.run_file import RunMark


def make_drawing(
    plan: RecordPlan,
    layout: Layout,
    counters: Counters,
    backlog: Backlog,
    *,
    background: bool,
    save_data: bool,
    on_numbers: OnNumbers | None = None,
    on_figure: OnFigure | None = None,
) -> Drawing | None:
    """What draws the figures of a run and computes numbers; None if there is nothing to do.

    Args:
        plan: which figures are drawn.
        layout: where the files of the run lie.
        counters: counts figures drawn, missing, dropped and failed.
        backlog: stored looks that lack figures.
        background: draw in a process; else at once, in the calling thread.
        save_data: whether the looks are stored, so that their figures can be drawn later.
        on_numbers: called with the step of a look and its numbers by population.
        on_figure: called with the step of a look, the name and the file of each figure drawn.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> options = {"background": True, "save_data": True}
        >>> layout, plan = make_layout("flat", "run"), RecordPlan(figures=())
        >>> make_drawing(plan, layout, Counters(), Backlog(), **options) is None
        True
    """
    if not (wanted(plan) or plan.figures or plan.trace_neurons):
        return None
    if not background:
        return DrawingHere(counters, on_numbers, on_figure)
    stored = layout if save_data else None
    return DrawingProcess(counters, on_numbers, on_figure, layout=stored, backlog=backlog)


def draw_what_is_missing(
    drawing: Drawing | None,
    plan: RecordPlan,
    mark: RunMark,
    counters: Counters,
    layout: Layout,
    steps: Collection[int],
) -> None:
    """Has drawn, when there is time, what an earlier part of a run lacks. Returns at once.

    Args:
        drawing: draws the figures; None if there are none.
        plan: which figures each look should have.
        mark: which run it is.
        counters: counts what is missing; what was counted in the earlier part is replaced.
        layout: where the files of the run lie.
        steps: the steps that were logged in the earlier part.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> layout = make_layout("flat", "run")
        >>> mark = RunMark(str(layout.run), "")
        >>> draw_what_is_missing(None, RecordPlan(figures=()), mark, Counters(), layout, [100])
    """
    if drawing is None:
        return
    counted = counters.counts["figures_missing"]
    find = partial(
        find_missing, layout.log_dir, wanted(plan), plan.trace_neurons, run=mark, steps=set(steps)
    )

    def find_and_count() -> list[StoredLook]:
        looks = find()
        # A run that was killed could not count them to the end.
        counters.add("figures_missing", -counted)
        return looks

    drawing.search(find_and_count)
