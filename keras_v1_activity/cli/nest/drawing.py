"""The pictures of a run of ``nest``, each drawn from what the run stored."""

from pathlib import Path

import numpy as np

from keras_v1_activity.figures import comparison, save_figure
from keras_v1_activity.storage import load_activity
from keras_v1_activity.storage.layout import make_layout


def _read(folder, steps):
    with load_activity(folder) as run:
        return [run[step] for step in steps]


def one_trial(folder, step, name):
    """The figure `name` of a trial, as the callback draws it of a step."""
    (activity,) = _read(folder, [step])
    save_figure(name, activity, make_layout("folders", folder).figure(step, name))


def spatial(folder, step, window):
    """Where the neurons of a trial fire on the cortical plane."""
    (activity,) = _read(folder, [step])
    figure = comparison.spatial_activity(activity, window_ms=window)
    comparison.save(figure, make_layout("folders", folder).figure(step, "spatial"))


def trials(folder, steps, window, target):
    """Mean and standard deviation over the trials of a sample."""
    figure = comparison.trials_summary(_read(folder, steps), window_ms=window)
    comparison.save(figure, target)


def similarity(folder, by_class, window):
    """How alike the responses to the classes are."""
    responses = {name: _read(folder, steps) for name, steps in by_class.items()}
    figure = comparison.response_similarity(responses, window_ms=window)
    comparison.save(figure, folder / "similarity.png")


def confusion(folder, rows, classes):
    """True against predicted classes, and the confidence."""
    true = np.array([row["label"] for row in rows])
    predicted = np.array([-1 if r["prediction"] is None else r["prediction"] for r in rows])
    unknown = np.full(len(classes), np.nan)
    confidence = np.stack([unknown if r["confidences"] is None else r["confidences"] for r in rows])
    figure = comparison.confusion(true, predicted, confidence, list(classes))
    comparison.save(figure, folder / "confusion.png")


def difference(sides, labels, window, target):
    """Two samples or two networks, `sides` being (folder, steps) of each."""
    first, second = (_read(folder, steps) for folder, steps in sides)
    comparison.save(comparison.difference(first, second, labels, window_ms=window), target)


def weight_distributions(out, weights):
    """Weights of the trained and the untrained network."""
    comparison.save(comparison.weight_distributions(weights, unit="pA"), out / "weights.png")


def animation(out, step):
    """The activity of a trial in time."""
    (activity,) = _read(out, [step])
    comparison.animate(activity, Path(out) / "animation")
