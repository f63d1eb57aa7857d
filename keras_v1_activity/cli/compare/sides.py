"""The two sides of ``compare``: which looks of which run, read back without what is not needed."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from keras_v1_activity.storage import load_activity

# Looks of the full model take megabytes each, and means over hundreds change no more.
MOST_TRIALS = 200


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        label: its name in figures.
        folder: the run's folder.
        trials: tuple of `Activity`, at least one.
        true, predicted: classes of all samples of these looks, (n,) int, -1 where unknown.
        confidence: (n, n_classes) confidences of the samples, NaN where unknown; None where no
            look has any.
    """

    label: str
    folder: str
    trials: tuple
    true: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray | None


def choose_sides(runs, steps, steps_b, labels, say):
    """The two sides that the words of a command line mean; none without a run.

    Args:
        runs: one or two folders, or none.
        steps, steps_b: lists of steps, or of "all"; None where not given.
        labels: two names, or None.
        say: called with a line of text about steps that are left out.

    Raises:
        FileNotFoundError, KeyError: no such run, no such step.
        ValueError: the run holds too few steps.
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


def _steps(run, wanted, default):
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
    return list(dict.fromkeys(wanted))


def _folder_name(folder, folders):
    """Name of a run's folder; with its parent's where both are called alike."""
    paths = [Path(folder).resolve() for folder in folders]
    own = Path(folder).resolve()
    alike = paths[0].name == paths[1].name
    return f"{own.parent.name}/{own.name}" if alike else own.name


def _steps_name(steps):
    if len(steps) == 1:
        return f"step {steps[0]:,}"
    return f"steps {steps[0]:,}–{steps[-1]:,}"


def _read(run, steps, label, say):
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


def _samples(activity):
    """(true class, predicted class, confidence) of each sample of the batch that was recorded."""
    batch = activity.batch
    if batch is None or batch.confidences is None:
        label = -1 if activity.label is None else activity.label
        prediction = -1 if activity.prediction is None else activity.prediction
        return [(label, prediction, activity.confidence)]
    return list(zip(batch.labels, batch.predictions, batch.confidences, strict=True))


def _stacked(confidences):
    """(n, n_classes), NaN where a sample has none; None where no sample has any."""
    most = max((len(c) for c in confidences if c is not None), default=0)
    if not most:
        return None
    stacked = np.full((len(confidences), most), np.nan)
    for row, confidence in zip(stacked, confidences, strict=True):
        if confidence is not None:
            row[: len(confidence)] = confidence
    return stacked


def _bare(activity):
    """The activity without what no comparison looks at, which takes most of its memory."""
    return replace(
        activity, voltages=None, voltage_neurons=np.zeros(0, np.int64), inputs=None, traces=None,
        batch=None, outputs=None,
    )  # fmt: skip
