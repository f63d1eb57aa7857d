"""The pictures of a run of ``nest``, drawn from what it stored, several at a time.

A picture that cannot be drawn is said and left out.
"""

from pathlib import Path

import numpy as np

from keras_v1_activity.figures import comparison, save_figure
from keras_v1_activity.storage import load_activity
from keras_v1_activity.storage.layout import make_layout
from keras_v1_activity.v1.connection_classes import weights_by_connection
from keras_v1_activity.v1.nest.processes import Call

# One trial at a time has no batch to show side by side.
_FIGURES = ("raster", "voltages", "input", "population", "output")


def draw_run(out, conditions, rows, classes, options, processes, say):
    """Draws all that applies.

    Args:
        out: folder of the run.
        conditions: dict of name -> (folder, `V1Network`), the first of them in `out`.
        rows: the rows of results.json.
        classes: names of the task's classes.
        options: `NestOptions`.
        processes: `Processes` that draw.
        say: called with a line of text for each picture that could not be drawn.
    """
    window = tuple(options.window)
    calls = []
    for name, (folder, _) in conditions.items():
        own = [row for row in rows if row["condition"] == name]
        calls += _condition_calls(folder, own, classes, window)
    calls += _comparison_calls(out, conditions, rows, options, window)
    if options.animation:
        calls.append(Call("animation", _animation, (out, 1)))
    tried = [Call(call.name, _tried, (call,)) for call in calls]
    for failure in processes.run(tried):
        if failure:
            say(failure)


def _tried(call):
    """None, or the sentence of what went wrong."""
    try:
        call.function(*call.arguments)
    except Exception as error:
        return f"{call.name} could not be drawn: {' '.join(str(error).split())}"
    return None


def _condition_calls(folder, rows, classes, window):
    by_sample = _steps_by(rows, "sample")
    calls = [
        Call(f"sample {sample}", draw, (folder, steps[0], window))
        for sample, steps in by_sample.items()
        for draw in (_trial, _spatial)
    ]
    for sample, steps in by_sample.items():
        if len(steps) > 1:
            target = folder / f"trials_sample_{sample}.png"
            calls.append(Call(target.stem, _trials, (folder, steps, window, target)))
    by_class = {classes[label]: steps for label, steps in _steps_by(rows, "label").items()}
    if len(by_class) > 1:
        calls.append(Call("similarity", _similarity, (folder, by_class, window)))
        if any(row["prediction"] is not None for row in rows):
            calls.append(Call("confusion", _confusion, (folder, rows, classes)))
    return calls


def _comparison_calls(out, conditions, rows, options, window):
    calls = []
    (first, *others) = conditions
    by_sample = _steps_by([row for row in rows if row["condition"] == first], "sample")
    samples = list(by_sample)
    if options.sample2 is not None and len(samples) == 2:
        sides = [(out, by_sample[sample]) for sample in samples]
        labels = tuple(f"sample {sample}" for sample in samples)
        target = out / "difference_samples.png"
        calls.append(Call(target.stem, _difference, (sides, labels, window, target)))
    for other in others:
        steps = by_sample[samples[0]]
        sides = [(conditions[name][0], steps) for name in (first, other)]
        target = out / f"difference_{other}.png"
        calls.append(Call(target.stem, _difference, (sides, (first, other), window, target)))
        weights = {name: weights_by_connection(conditions[name][1]) for name in (other, first)}
        calls.append(Call("weights", _weight_distributions, (out, weights)))
    return calls


def _steps_by(rows, name):
    """Dict of value -> steps of the rows that have it."""
    found = {}
    for row in rows:
        found.setdefault(row[name], []).append(row["step"])
    return found


def _read(folder, steps):
    with load_activity(folder) as run:
        return [run[step] for step in steps]


def _trial(folder, step, window):
    (activity,) = _read(folder, [step])
    layout = make_layout("folders", folder)
    for name in _FIGURES:
        save_figure(name, activity, layout.figure(step, name))


def _spatial(folder, step, window):
    (activity,) = _read(folder, [step])
    figure = comparison.spatial_activity(activity, window_ms=window)
    comparison.save(figure, make_layout("folders", folder).figure(step, "spatial"))


def _trials(folder, steps, window, target):
    figure = comparison.trials_summary(_read(folder, steps), window_ms=window)
    comparison.save(figure, target)


def _similarity(folder, by_class, window):
    responses = {name: _read(folder, steps) for name, steps in by_class.items()}
    figure = comparison.response_similarity(responses, window_ms=window)
    comparison.save(figure, folder / "similarity.png")


def _confusion(folder, rows, classes):
    true = np.array([row["label"] for row in rows])
    predicted = np.array([-1 if r["prediction"] is None else r["prediction"] for r in rows])
    unknown = np.full(len(classes), np.nan)
    confidence = np.stack([unknown if r["confidences"] is None else r["confidences"] for r in rows])
    figure = comparison.confusion(true, predicted, confidence, list(classes))
    comparison.save(figure, folder / "confusion.png")


def _difference(sides, labels, window, target):
    first, second = (_read(folder, steps) for folder, steps in sides)
    comparison.save(comparison.difference(first, second, labels, window_ms=window), target)


def _weight_distributions(out, weights):
    comparison.save(comparison.weight_distributions(weights, unit="pA"), out / "weights.png")


def _animation(out, step):
    (activity,) = _read(out, [step])
    comparison.animate(activity, Path(out) / "animation")
