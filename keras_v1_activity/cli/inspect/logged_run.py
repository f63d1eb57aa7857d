"""What the folder of a run, or of training, holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.measures import notes
from keras_v1_activity.storage import load_activity
from keras_v1_activity.storage.layout import INDEX, RUN, own_entries

if TYPE_CHECKING:
    from keras_v1_activity.storage.run import Run

_LAST_STEPS = 15


def is_run(path: Path) -> bool:
    """Whether a run was logged here; ``activity.h5`` and ``run.json`` stand for their folder.

    Example:
        >>> is_run(Path("nowhere"))
        False
    """
    folder = _folder(path)
    return folder.is_dir() and bool(own_entries(folder))


def _folder(path: Path) -> Path:
    return path.parent if path.name in (INDEX, RUN) and path.is_file() else path


def is_results(path: Path) -> bool:
    """Whether this is a results folder of training.

    Example:
        >>> is_results(Path("nowhere"))
        False
    """
    files = ("training.csv", "result.json", "checkpoints/last.weights.h5")
    return any((path / name).is_file() for name in files)


def results_lines(path: Path) -> Iterator[str]:
    """Lines of text on a results folder of training.

    Example:
        >>> for line in results_lines(Path("results")):
        ...     print(line)
        training results results
          no result.json: still training, or killed; go on with --restore_from
    """
    result = read_json(path / "result.json")
    yield f"training results {path}"
    if result:
        settings = result.get("settings", {})
        yield f"  task {result.get('task')}, ended: {result.get('ended')}"
        yield f"  epochs done {result['epochs']['last']}, steps done {result['steps']['last']:,}"
        for name in ("training", "validation"):
            values = {k: v for k, v in result.get(name, {}).items() if v is not None}
            if values:
                yield f"  {name}: " + ", ".join(f"{k} {v:.4g}" for k, v in values.items())
        yield f"  chance {result.get('chance', 0):.4g}, best epoch {result.get('best_epoch')}"
        yield f"  {settings.get('neurons')} neurons, seed {settings.get('seed')}"
    else:
        yield "  no result.json: still training, or killed; go on with --restore_from"
    for file in sorted((path / "checkpoints").glob("*.weights.h5")):
        yield f"  checkpoint {file}"
    if is_run(path / "activity"):
        yield from run_lines(path / "activity")


def run_lines(path: Path) -> Iterator[str]:
    """Lines of text on the folder of a run.

    Example:
        >>> load_activity("logs").steps
        array([100, 200])
        >>> print([line for line in run_lines(Path("logs")) if "stored" in line][0])
        steps stored: 2, from 100 to 200
    """
    with load_activity(_folder(path)) as run:
        yield f"run {run.log_dir}"
        yield from _setting_lines(run)
        logged = run.info.get("steps", [])
        if not len(run):
            yield f"{len(logged):,} steps logged, no activity stored"
            return
        first, last = run.steps[0], run.steps[-1]
        yield f"steps stored: {len(run):,}, from {first:,} to {last:,}"
        yield f"  {'step':>8} {'spikes':>9} {'rate Hz':>8} {'label':>6} {'predicted':>9}  notes"
        for step in run.steps[-_LAST_STEPS:]:
            yield _step_line(run, int(step))
        yield from _rate_lines(run)


def _setting_lines(run: Run) -> Iterator[str]:
    for name, value in run.settings.items():
        yield f"  {name} {value}"
    counts = run.info.get("counts", {})
    if counts:
        yield "counts: " + ", ".join(f"{name} {count:,}" for name, count in counts.items())
    for kind, cause in run.info.get("first_causes", {}).items():
        yield f"failed ({kind}): {cause}"
    if run.info.get("resumed"):
        yield f"resumed {len(run.info['resumed'])} times, last {run.info['resumed'][-1]}"


def _step_line(run: Run, step: int) -> str:
    try:
        activity = run[step]
    except OSError as error:
        return f"  {step:>8,} {error}"
    label, prediction = (
        "-" if value is None else value for value in (activity.label, activity.prediction)
    )
    return (
        f"  {step:>8,} {activity.n_spikes:>9,} {activity.mean_rate:>8.2f} {label:>6} "
        f"{prediction:>9}  {'; '.join(notes(activity))}"
    ).rstrip()


def _rate_lines(run: Run) -> Iterator[str]:
    try:
        activity = run[int(run.steps[-1])]
    except OSError:
        return
    yield (
        f"step {activity.step:,}: {activity.n_neurons:,} neurons, {activity.n_steps:,} steps of "
        f"{activity.dt:g} ms"
    )
    if not activity.populations.named:
        return
    yield f"  {'population':<12} {'rate Hz':>8} {'recorded Hz':>12}"
    for member in activity.populations.members:
        recorded = member.recorded_rate_hz
        yield (
            f"  {member.name:<12} {activity.population_rates[member.name]:>8.2f} "
            f"{'-' if recorded is None else f'{recorded:.2f}':>12}"
        )
