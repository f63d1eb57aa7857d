"""Looks whose data are stored, but not all that is made of them, and how they are found."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.drawing.products import HISTORY, file_of, is_made
from keras_v1_activity.plan import LOOK_FIGURES, figures_of
from keras_v1_activity.storage.codec import stored_details
from keras_v1_activity.storage.further_looks import further_places
from keras_v1_activity.storage.layout import LAYOUTS, Layout, absolute, step_files
from keras_v1_activity.storage.run_file import RunMark


class StoredLook(NamedTuple):
    """A stored look and the names of its figures that are missing, or of its numbers.

    Attributes:
        layout: where the files of the look lie.
        step: the logged step.
        names: names of the figures; see `products`.
        run: which run they belong to; None draws them in any case.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> look = StoredLook(make_layout("flat", "logs"), 100, ("raster",))
        >>> [(name, path.name) for name, path in look.figures]
        [('raster', 'raster_step_100.png')]
    """

    layout: Layout
    step: int
    names: tuple[str, ...]
    run: RunMark | None = None

    @property
    def figures(self) -> tuple[tuple[str, Path], ...]:
        """(name, path of the file) of each."""
        return tuple((name, file_of(self.layout, self.step, name)) for name in self.names)


def find_missing(
    log_dir: str | os.PathLike[str],
    figures: Sequence[str],
    trace_neurons: Sequence[int] = (),
    *,
    run: RunMark | None = None,
    steps: Collection[int] | None = None,
) -> list[StoredLook]:
    """Looks that are stored in a folder and lack figures, by ascending step, with further looks.

    Args:
        log_dir: folder of the run.
        figures: names of what each look should have; see `products`.
        trace_neurons: ids of neurons whose figures a look should have if it was traced.
        run: which run they belong to; None draws them in any case.
        steps: only these steps; None for all.

    Example:
        >>> [look.step for look in find_missing("logs", ["raster"])]
        [100, 200]
        >>> from keras_v1_activity import load_activity
        >>> load_activity("logs").steps
        array([100, 200])
    """
    traces = [f"trace_neuron_{neuron}" for neuron in trace_neurons]
    found = []
    for step, layout in _places(log_dir):
        if steps is not None and step not in steps:
            continue
        traced = bool(traces) and layout.traces(step).exists()
        names = [*figures, *(traces if traced else ())]
        lacking = tuple(name for name in names if not is_made(name, file_of(layout, step, name)))
        lacking = figures_of(lacking, partial(_details, layout, step))
        if lacking:
            found.append(StoredLook(layout, step, lacking, run))
    return found


def _details(layout: Layout, step: int) -> Mapping[str, Any]:
    """The details of a look; its summary has them too, and is read in a fraction of the time."""
    return read_json(layout.summary(step)) or stored_details(layout.data(step))


def _places(log_dir: str | os.PathLike[str]) -> list[tuple[int, Layout]]:
    """Step and place of every stored look, by ascending step, further looks after the first."""
    layouts = {name: make(log_dir) for name, make in LAYOUTS.items()}
    first = [
        (step, layouts["flat" if path.parent.name == "activity" else "folders"])
        for step, path in step_files(log_dir).items()
    ]
    return sorted(first + further_places(log_dir), key=lambda place: place[0])


def wanted_figures(settings: object) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Figures and traced neurons that a run was set to, from the settings in its run.json.

    Args:
        settings: what run.json says, of any kind; what makes no sense is left out.

    Returns:
        Names of the figures of each look, all of them if the settings name none; ids of the traced
        neurons.

    Example:
        >>> wanted_figures({"figures": ["raster", "pie"], "trace_neurons": [17]})
        (('raster',), (17,))
        >>> wanted_figures("damaged")[0] == LOOK_FIGURES
        True
    """
    settings = settings if isinstance(settings, Mapping) else {}
    figures, traced = _list(settings.get("figures")), _list(settings.get("trace_neurons"))
    names = tuple(name for name in LOOK_FIGURES if figures is None or name in figures)
    ids = (n for n in traced or () if isinstance(n, int) and not isinstance(n, bool) and n >= 0)
    return names, tuple(ids)


def wants_history(settings: object) -> bool:
    """Whether a run was set to draw its history; as for `wanted_figures`.

    Example:
        >>> wants_history({"figures": ["history"]}), wants_history({"figures": ["raster"]})
        (True, False)
    """
    figures = _list(settings.get("figures")) if isinstance(settings, Mapping) else None
    return figures is None or HISTORY in figures


def wants_numbers(settings: object) -> bool:
    """Whether a run was set to compute the numbers of its looks; as for `wanted_figures`.

    Example:
        >>> wants_numbers({"statistics": True}), wants_numbers({"figures": ["raster"]})
        (True, False)
    """
    return isinstance(settings, Mapping) and settings.get("statistics") is True


def _list(value: Any) -> list[Any] | None:
    return value if isinstance(value, list) else None


def folder_of(run: RunMark) -> Path:
    """Absolute path of the folder of a run.

    Example:
        >>> folder_of(RunMark("logs/run.json", "")).name
        'logs'
    """
    return absolute(os.path.dirname(run.path))
