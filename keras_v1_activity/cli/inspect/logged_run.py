"""What the folder of a run, or of training, holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_v1_activity.alarms import RED
from keras_v1_activity.alarms.table import table
from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.common.checks import counted, shown
from keras_v1_activity.common.reading import one_line
from keras_v1_activity.measures import notes
from keras_v1_activity.storage import load_activity
from keras_v1_activity.storage.layout import INDEX, RUN, own_entries

if TYPE_CHECKING:
    from keras_v1_activity.activity.activity import Activity
    from keras_v1_activity.storage.run import Run

_LAST_STEPS = 15
_LARGEST = 10**18
_LONG = 1000


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
        yield from _result_lines(result)
    else:
        yield "  no result.json: still training, or killed; go on with --restore_from"
    for file in sorted((path / "checkpoints").glob("*.weights.h5")):
        yield f"  checkpoint {file}"
    if is_run(path / "activity"):
        yield from run_lines(path / "activity")


def _result_lines(result: Mapping[str, Any]) -> Iterator[str]:
    settings, epochs, steps = (_dict(result.get(k)) for k in ("settings", "epochs", "steps"))
    yield f"  task {_text(result.get('task'))}, ended: {_text(result.get('ended'))}"
    yield f"  epochs done {_text(epochs.get('last'))}, steps done {_text(steps.get('last'))}"
    for name in ("training", "validation"):
        values = {k: v for k, v in _dict(result.get(name)).items() if v is not None}
        if values:
            yield f"  {name}: " + ", ".join(f"{k} {_text(v)}" for k, v in values.items())
    yield f"  chance {_text(result.get('chance', 0))}, best epoch {_text(result.get('best_epoch'))}"
    yield f"  {_text(settings.get('neurons'), '')} neurons, seed {_text(settings.get('seed'), '')}"


def _dict(value: object) -> dict[str, Any]:
    """`value` if it is a dict: a file of others may hold anything."""
    return value if isinstance(value, dict) else {}


def _text(value: object, thousands: str = ",") -> str:
    """A value of a file as a line shows it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value) if value is None or isinstance(value, (bool, str)) else shown(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return format(value, thousands) if abs(value) < _LARGEST else shown(value)


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
        yield from _alarm_lines(run)
        logged = run.info.get("steps")
        if not len(run):
            n_logged = len(logged) if isinstance(logged, list) else 0
            yield f"{n_logged:,} steps logged, no activity stored"
            return
        first, last = run.steps[0], run.steps[-1]
        yield f"steps stored: {len(run):,}, from {first:,} to {last:,}"
        yield f"  {'step':>8} {'spikes':>9} {'rate Hz':>8} {'label':>6} {'predicted':>9}  notes"
        yield from _step_lines(run)


def has_red_alarm(path: Path) -> bool:
    """Whether a red alarm stands in a run.

    Example:
        >>> steps = load_activity("logs").steps
        >>> has_red_alarm(Path("logs"))
        False
    """
    with load_activity(_folder(path)) as run:
        return any(alarm.stands and alarm.level == RED for alarm in run.alarms)


def _alarm_lines(run: Run) -> Iterator[str]:
    if run.alarms:
        standing = sum(alarm.stands for alarm in run.alarms)
        yield f"alarms: {len(run.alarms):,} fired, {standing:,} stand"
        yield from table(run.alarms)
    if "stopped_by" in run.info:
        yield f"training was ended by an alarm: {run.info['stopped_by']}"


def _setting_lines(run: Run) -> Iterator[str]:
    for name, value in _dict(run.info.get("settings")).items():
        yield f"  {name} {value if isinstance(value, (int, float, str)) else str(value)[:_LONG]}"
    counts = _dict(run.info.get("counts"))
    if counts:
        yield "counts: " + ", ".join(f"{name} {_text(count)}" for name, count in counts.items())
    for kind, cause in _dict(run.info.get("first_causes")).items():
        yield f"failed ({kind}): {cause}"
    resumed = run.info.get("resumed")
    if resumed and isinstance(resumed, list):
        yield f"resumed {len(resumed)} times, last {_text(resumed[-1])}"


def _step_lines(run: Run) -> Iterator[str]:
    """A line for each of the last steps, and what is known of the last one that can be read."""
    steps, last, bad = run.steps[-_LAST_STEPS:], None, 0
    for step in steps:
        try:
            activity = run[int(step)]
            yield _step_line(int(step), activity)
            last = activity
        except Exception as error:  # a damaged file can fail in any way; the others are told
            bad += 1
            yield f"  {step:>8,} {one_line(error)}"
    if bad:
        yield f"{bad} of {counted(len(steps), 'step')} shown cannot be read"
    if last is not None:
        yield from _rate_lines(last)


def _step_line(step: int, activity: Activity) -> str:
    label, prediction = (
        "-" if value is None else value for value in (activity.label, activity.prediction)
    )
    return (
        f"  {step:>8,} {activity.n_spikes:>9,} {activity.mean_rate:>8.2f} {label:>6} "
        f"{prediction:>9}  {'; '.join(notes(activity))}"
    ).rstrip()


def _rate_lines(activity: Activity) -> Iterator[str]:
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
