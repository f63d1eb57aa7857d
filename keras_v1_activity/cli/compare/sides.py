"""The two sides of ``compare``: which looks of which run, read back without what is not needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.storage import load_activity

if TYPE_CHECKING:
    from keras_v1_activity.activity.activity import Activity
    from keras_v1_activity.storage.run import Run

# Looks of the full model take megabytes each, and means over hundreds change no more.
MOST_TRIALS: int = 200


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        label: its name in figures.
        folder: the run's folder.
        trials: at least one `Activity`.
        true, predicted: classes of all samples of these looks, (n,) int, -1 if unknown.
        confidence: (n, n_classes) confidences of the samples, NaN if unknown; None if no look has
            any.

    Example:
        >>> classes = np.array([3])
        >>> Side("before", "logs", (activity,), classes, classes, None).label
        'before'
    """

    label: str
    folder: str
    trials: tuple[Activity, ...]
    true: NDArray[np.integer[Any]]
    predicted: NDArray[np.integer[Any]]
    confidence: NDArray[np.float64] | None


def choose_sides(
    runs: Sequence[str],
    steps: Sequence[int | str] | None,
    steps_b: Sequence[int | str] | None,
    labels: Sequence[str] | None,
    say: Callable[[str], object],
) -> tuple[Side, ...]:
    """The two sides that the words of a command line mean; none without a run.

    Args:
        runs: one or two folders, or none.
        steps, steps_b: lists of steps, or of "all"; None if not given.
        labels: two names, or None.
        say: called with a line of text about steps that are left out.

    Raises:
        FileNotFoundError, KeyError: no such run, no such step.
        ValueError: the run holds too few steps.

    Example:
        >>> load_activity("logs").steps
        array([100, 200])
        >>> [side.label for side in choose_sides(["logs"], None, None, None, print)]
        ['step 100', 'step 200']
    """
    if not runs:
        return ()
    folders = [runs[0], runs[-1]]
    with load_activity(folders[0]) as run_a, load_activity(folders[1]) as run_b:
        if len(runs) == 2:
            chosen = [_steps(run_a, steps, -1), _steps(run_b, steps_b or steps, -1)]
            names = [_folder_name(folder, folders) for folder in folders]
        else:
            chosen = [_steps(run_a, steps, 0), _steps(run_b, steps_b, -1)]
            names = [_steps_name(part) for part in chosen]
            if chosen[0] == chosen[1]:
                raise ValueError(
                    f"both sides would be {names[0]} of {runs[0]}: name two steps (--steps 100 "
                    "2000) or a second run."
                )
        return tuple(
            _read(run, part, label, say)
            for run, part, label in zip((run_a, run_b), chosen, labels or names, strict=True)
        )


def _steps(run: Run, wanted: Sequence[int | str] | None, default: int) -> list[int]:
    """Steps of one side, ascending as named.

    Raises:
        ValueError: the run holds none.
    """
    if not len(run):
        raise ValueError(
            f"{run.log_dir} holds no stored activity: it was logged with save_data=False."
        )
    if not wanted:
        return [int(run.steps[default])]
    if "all" in wanted:
        return [int(step) for step in run.steps]
    return list(dict.fromkeys(int(step) for step in wanted))


def _folder_name(folder: str, folders: Iterable[str]) -> str:
    """Name of a run's folder; with its parent's if both have the same."""
    paths = [Path(folder).resolve() for folder in folders]
    own = Path(folder).resolve()
    alike = paths[0].name == paths[1].name
    return f"{own.parent.name}/{own.name}" if alike else own.name


def _steps_name(steps: Sequence[int]) -> str:
    if len(steps) == 1:
        return f"step {steps[0]:,}"
    return f"steps {steps[0]:,}–{steps[-1]:,}"


def _read(run: Run, steps: list[int], label: str, say: Callable[[str], object]) -> Side:
    if len(steps) > MOST_TRIALS:
        spread = np.linspace(0, len(steps) - 1, MOST_TRIALS).round().astype(int)
        say(f"{label}: {MOST_TRIALS} of {len(steps):,} steps are used, evenly spread.")
        steps = [steps[i] for i in spread]
    trials, true, predicted, confidence = [], [], [], []
    for step in steps:
        activity = run[step]
        for sample in _samples(activity):
            for column, value in zip((true, predicted, confidence), sample, strict=True):
                column.append(value)
        trials.append(_bare(activity))
    return Side(
        label, str(run.log_dir), tuple(trials), np.array(true), np.array(predicted),
        _stacked(confidence),
    )  # fmt: skip


def _samples(activity: Activity) -> list[tuple[int, int, Any]]:
    """(true class, predicted class, confidence) of each sample of the batch that was recorded."""
    batch = activity.batch
    if batch is None or batch.confidences is None:
        label = -1 if activity.label is None else activity.label
        prediction = -1 if activity.prediction is None else activity.prediction
        return [(label, prediction, activity.confidence)]
    return list(zip(batch.labels, batch.predictions, batch.confidences, strict=True))


def _stacked(confidences: Sequence[Any]) -> NDArray[np.float64] | None:
    """(n, n_classes), NaN where a sample has none; None if no sample has any."""
    most = max((len(c) for c in confidences if c is not None), default=0)
    if not most:
        return None
    stacked = np.full((len(confidences), most), np.nan)
    for row, confidence in zip(stacked, confidences, strict=True):
        if confidence is not None:
            row[: len(confidence)] = confidence
    return stacked


def _bare(activity: Activity) -> Activity:
    """The activity without what takes most of its memory and no comparison needs."""
    return replace(
        activity, voltages=None, voltage_neurons=np.zeros(0, np.int64), inputs=None, traces=None,
        batch=None, outputs=None,
    )  # fmt: skip
