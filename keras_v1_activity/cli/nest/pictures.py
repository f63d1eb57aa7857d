"""Which pictures a run of ``nest`` gets, drawn from what it stored, several at a time.

A picture that cannot be drawn is reported and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_v1_activity.v1.nest.processes import Call, Processes
from keras_v1_activity.v1.network.connection_classes import weights_by_connection

if TYPE_CHECKING:
    from keras_v1_activity.cli.nest.options import NestOptions
    from keras_v1_activity.v1.network.v1_network import V1Network

# One trial at a time has no batch to show side by side.
_FIGURES = ("raster", "voltages", "input", "population", "output")


def picture(name: str, draw: str, *arguments: Any) -> Call:
    """The `Call` that draws a picture.

    Args:
        name: what it shows, for messages.
        draw: name of the function in `cli.nest.drawing` that draws it.
        *arguments: of that function.

    Example:
        >>> picture("animation", "animation", Path("out"), 1).name
        'animation'
    """
    return Call(name, _draw, (draw, *arguments))


def _draw(name: str, *arguments: Any) -> None:
    # Only here, in the process that draws: it loads matplotlib.
    from keras_v1_activity.cli.nest import drawing

    getattr(drawing, name)(*arguments)


class Pictures:
    """Draws the pictures of a run in other processes, while the run goes on.

    Args:
        processes: `Processes` that draw, after what they were given to do before.
        say: called with a line of text for each picture that could not be drawn.

    Example:
        Not run here, since it starts processes and needs a stored run:

        >>> with Processes(jobs=1) as processes:    # doctest: +SKIP
        ...     pictures = Pictures(processes, print)
        ...     pictures.begin(of_trial(Path("out"), sample=0, step=1, window=(50, 200)))
        ...     pictures.finish()
    """

    def __init__(self, processes: Processes, say: Callable[[str], object]) -> None:
        self._processes = processes
        self._say = say
        self._begun: list[tuple[str, Iterator[Any]]] = []  # name, iterator over the one outcome

    def begin(self, pictures: Sequence[Call]) -> None:
        """Has pictures drawn, a list of what `picture` gives."""
        for call in pictures:
            self._begun.append((call.name, self._processes.run([call])))

    def finish(self) -> None:
        """Waits until all are drawn, and reports which could not be."""
        for name, outcome in self._begun:
            try:
                list(outcome)
            except Exception as error:
                self._say(f"{name} could not be drawn: {' '.join(str(error).split())}")
        self._begun.clear()


def of_trial(folder: Path, sample: int, step: int, window: Sequence[float]) -> list[Call]:
    """The pictures of one trial of a sample, stored under `step`.

    Example:
        >>> len(of_trial(Path("out"), sample=0, step=1, window=(50, 200)))
        6
    """
    spatial = picture(f"spatial of sample {sample}", "spatial", folder, step, window)
    return [spatial] + [
        picture(f"{name} of sample {sample}", "one_trial", folder, step, name) for name in _FIGURES
    ]


def of_run(
    out: Path,
    conditions: Mapping[str, tuple[Path, V1Network]],
    rows: Sequence[Mapping[str, Any]],
    classes: Sequence[str],
    options: NestOptions,
) -> list[Call]:
    """The pictures of several trials together, and the animation.

    Args:
        out: folder of the run.
        conditions: dict of name -> (folder, `V1Network`), the first of them in `out`.
        rows: the rows of results.json.
        classes: names of the task's classes.
        options: `NestOptions`.

    Example:
        >>> from keras_v1_activity.cli.nest.options import NestOptions
        >>> rows = [{"condition": "untrained", "sample": 0, "label": 3, "step": 1}]
        >>> out = Path("out")
        >>> pictures = of_run(out, {"untrained": (out, network)}, rows, list("0123"), NestOptions())
        >>> [picture.name for picture in pictures]
        ['animation']
    """
    window = tuple(options.window)
    # It takes longest, so that it is begun first.
    pictures = [picture("animation", "animation", out, 1)] if options.animation else []
    for name, (folder, _) in conditions.items():
        own = [row for row in rows if row["condition"] == name]
        pictures += _of_condition(folder, own, classes, window)
    return pictures + _of_comparison(out, conditions, rows, options, window)


def _of_condition(
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    classes: Sequence[str],
    window: Sequence[float],
) -> list[Call]:
    pictures: list[Call] = []
    for sample, steps in _steps_by(rows, "sample").items():
        if len(steps) > 1:
            target = folder / f"trials_sample_{sample}.png"
            pictures.append(picture(target.stem, "trials", folder, steps, window, target))
    by_class = {classes[label]: steps for label, steps in _steps_by(rows, "label").items()}
    if len(by_class) > 1:
        pictures.append(picture("similarity", "similarity", folder, by_class, window))
        if any(row["prediction"] is not None for row in rows):
            pictures.append(picture("confusion", "confusion", folder, rows, classes))
    return pictures


def _of_comparison(
    out: Path,
    conditions: Mapping[str, tuple[Path, V1Network]],
    rows: Sequence[Mapping[str, Any]],
    options: NestOptions,
    window: Sequence[float],
) -> list[Call]:
    pictures: list[Call] = []
    (first, *others) = conditions
    by_sample = _steps_by([row for row in rows if row["condition"] == first], "sample")
    samples = list(by_sample)
    if options.sample2 is not None and len(samples) == 2:
        sides = [(out, by_sample[sample]) for sample in samples]
        labels = tuple(f"sample {sample}" for sample in samples)
        target = out / "difference_samples.png"
        pictures.append(picture(target.stem, "difference", sides, labels, window, target))
    for other in others:
        steps = by_sample[samples[0]]
        sides = [(conditions[name][0], steps) for name in (first, other)]
        target = out / f"difference_{other}.png"
        pictures.append(picture(target.stem, "difference", sides, (first, other), window, target))
        weights = {name: weights_by_connection(conditions[name][1]) for name in (other, first)}
        pictures.append(picture("weights", "weight_distributions", out, weights))
    return pictures


def _steps_by(rows: Sequence[Mapping[str, Any]], name: str) -> dict[Any, list[int]]:
    """Dict of value -> steps of the rows that have it."""
    found: dict[Any, list[int]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row["step"])
    return found
