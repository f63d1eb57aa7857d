"""A run that is handed on to a sink, resumed in between, and what must be found there."""

from functools import partial

from looks import make_look

from keras_v1_activity import load_activity
from keras_v1_activity.alarms import Alarm
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.run_alarms import RunAlarms
from keras_v1_activity.sinks.deliveries import Deliveries

NAME = "too loud"
TEXT = "Look at <b>it</b>."
POPULATION = "e23Cux2"
CURVES = {
    "scalars/loss": ("scalars", "loss"),
    f"rate_hz/{POPULATION}": ("population_rates_hz", POPULATION),
    f"sparseness/{POPULATION}": ("statistics", "populations", POPULATION, "sparseness"),
}
STEPS = [10, 20, 30]


def loud(history):
    """Fires at the first step, and stands."""
    return Alarm(NAME, "red", POPULATION, 41.0, 40.0, int(history.steps[-1]), TEXT)


def record(folder, sink, steps, next_step):
    plan = RecordPlan(figures=("raster",), report=True)
    how = {"settings": plan.settings(), "alarms": RunAlarms([loud]), "sinks": Deliveries(sink)}
    recorder = Recorder(folder, plan, background=False, **how)
    recorder.open(next_step)
    for step in steps:
        recorder.record_made(step, partial(make_look, step), scalars={"loss": 1 / step})
    recorder.close()
    failed = {name: n for name, n in recorder.counts.items() if n and "sink" in name}
    assert not failed, recorder.counts


def record_and_resume(folder, make_sink):
    """Records `STEPS`, the last one as a program that goes on with the run would."""
    record(folder, make_sink(), STEPS[:2], 1)
    record(folder, make_sink(), STEPS[2:], 21)


def curves(folder):
    """{name in a sink: {step: number that the run has}}"""
    with load_activity(folder) as run:
        assert run.steps.tolist() == STEPS
        return {
            name: dict(zip(STEPS, run.history.series(*path).tolist(), strict=True))
            for name, path in CURVES.items()
        }


def picture(folder, step):
    return (folder / f"step_{step:06d}" / "raster.png").read_bytes()
