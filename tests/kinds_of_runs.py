"""Runs of every kind that a report must cope with; a function of each writes it."""

import numpy as np
import reported_runs
from looks import make_look
from stored_runs import write

from keras_v1_activity import NetworkActivityLogger
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.history import History
from keras_v1_activity.report import ReportedRun

HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    '"><img src=x onerror=hacked()>',
    "a&amp;",
    "\u202egnitirw \u05e9\u05dd",
    "a name far longer than there is room for " * 8,
)


def hostile_run(parent):
    folder = parent / "<b>run & 'co'"
    names = np.array(HOSTILE)[np.arange(30) % len(HOSTILE)]
    neurons = reported_runs.v1_neurons(30, np.random.default_rng(0), names)
    write(folder, *(reported_runs.look(s, neurons, n_steps=20, n_voltages=2) for s in (1, 2)))
    return folder


def silent_run(folder):
    write(folder, *(make_look(s, spikes=np.zeros((20, 9), bool)) for s in (1, 2)))
    return folder


def nan_run(folder):
    nothing = {name: np.full((20, 4), np.nan) for name in ("voltages", "inputs")}
    outputs = {"outputs": np.full((3, 10), np.nan), "confidence": np.full(10, np.nan)}
    write(folder, make_look(1, 20, 9), make_look(2, 20, 9, **nothing, **outputs))
    return folder


def bare_run(folder):
    """Nothing is known but spikes."""
    write(folder, Activity.from_dense(np.eye(7, dtype=bool), step=5))
    return folder


def numbers_only_run(folder):
    """Recorded with save_data=False."""
    with NetworkActivityLogger(folder, 1, figures=(), background=False, save_data=False) as logger:
        for _ in range(3):
            logger.log_step(spikes=np.eye(6)[None])
    return folder


def flat_run(folder):
    with NetworkActivityLogger(folder, 1, figures=(), background=False) as logger:
        for _ in range(3):
            logger.log_step(spikes=np.eye(6)[None], scalars={"loss": float("nan")})
    return folder


def long_run():
    """A `ReportedRun` of 3,000 looks."""
    look = Activity.from_dense(np.eye(20, 40, dtype=bool))
    rows = History({"step": s, "mean_rate_hz": s / 7} for s in range(1, 3001))
    return ReportedRun("long", rows, lambda step: look, range(1, 3001))


KINDS = {
    "hostile names": hostile_run, "silent": silent_run, "NaN": nan_run, "bare": bare_run,
    "numbers only": numbers_only_run, "flat": flat_run,
}  # fmt: skip
