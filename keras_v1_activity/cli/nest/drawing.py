"""The pictures of a run of ``nest``, each drawn from what the run stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_v1_activity.figures import Painter, comparison
from keras_v1_activity.storage import load_activity
from keras_v1_activity.storage.layout import make_layout

if TYPE_CHECKING:
    from keras_v1_activity.activity.activity import Activity


def _read(folder: Path, steps: Sequence[int]) -> list[Activity]:
    with load_activity(folder) as run:
        return [run[step] for step in steps]


@cache
def _painter() -> Painter:
    """One for each process, since it keeps the words it has drawn."""
    return Painter()


def one_trial(folder: Path, step: int, name: str) -> None:
    """The figure `name` of a trial, as the callback draws it of a step."""
    (activity,) = _read(folder, [step])
    _painter().save(name, activity, make_layout("folders", folder).figure(step, name))


def spatial(folder: Path, step: int, window: Sequence[float]) -> None:
    """Where the neurons of a trial fire on the cortical plane."""
    (activity,) = _read(folder, [step])
    figure = comparison.spatial_activity(activity, window_ms=window)
    comparison.save(figure, make_layout("folders", folder).figure(step, "spatial"))


def trials(folder: Path, steps: Sequence[int], window: Sequence[float], target: Path) -> None:
    """Mean and standard deviation over the trials of a sample."""
    figure = comparison.trials_summary(_read(folder, steps), window_ms=window)
    comparison.save(figure, target)


def similarity(
    folder: Path, by_class: Mapping[str, Sequence[int]], window: Sequence[float]
) -> None:
    """How alike the responses to the classes are."""
    responses = {name: _read(folder, steps) for name, steps in by_class.items()}
    figure = comparison.response_similarity(responses, window_ms=window)
    comparison.save(figure, folder / "similarity.png")


def confusion(folder: Path, rows: Sequence[Mapping[str, Any]], classes: Sequence[str]) -> None:
    """True against predicted classes, and the confidence."""
    true = np.array([row["label"] for row in rows])
    predicted = np.array([-1 if r["prediction"] is None else r["prediction"] for r in rows])
    unknown = np.full(len(classes), np.nan)
    confidence = np.stack([unknown if r["confidences"] is None else r["confidences"] for r in rows])
    figure = comparison.confusion(true, predicted, confidence, list(classes))
    comparison.save(figure, folder / "confusion.png")


def difference(
    sides: Sequence[tuple[Path, Sequence[int]]],
    labels: tuple[str, str],
    window: Sequence[float],
    target: Path,
) -> None:
    """Two samples or two networks, `sides` being (folder, steps) of each."""
    first, second = (_read(folder, steps) for folder, steps in sides)
    comparison.save(comparison.difference(first, second, labels, window_ms=window), target)


def weight_distributions(out: Path, weights: Mapping[str, Any]) -> None:
    """Weights of the trained and the untrained network."""
    comparison.save(comparison.weight_distributions(weights, unit="pA"), out / "weights.png")


def animation(out: Path, step: int) -> None:
    """The activity of a trial in time."""
    (activity,) = _read(out, [step])
    comparison.animate(activity, Path(out) / "animation")
