"""Activities of every kind that the figures must cope with."""

import dataclasses

import numpy as np
from activities import make_activity
from tunings import tuned


def with_nan(activity):
    voltages, outputs, inputs = (
        a.copy() for a in (activity.voltages, activity.outputs, activity.inputs)
    )
    voltages[300:], voltages[:, 0], outputs[5:], inputs[200:, 3] = [np.nan] * 4
    voltages[10, 1] = np.inf
    confidence = np.full(activity.outputs.shape[1], np.nan, np.float32)
    return dataclasses.replace(
        activity, voltages=voltages, outputs=outputs, inputs=inputs, confidence=confidence
    )


def all_nan():
    a = make_activity(20)
    arrays = {n: np.full_like(getattr(a, n), np.nan) for n in ("voltages", "inputs", "outputs")}
    return dataclasses.replace(a, **arrays)


def long_names():
    kinds = ["WWWW population with a long name", "$x_1", "\u795e\u7d93", "two\nlines", "", "%s{}"]
    return [kinds[i % len(kinds)] for i in range(120)]


def runaway():
    a = make_activity(60, n_voltages=8)
    voltages = a.voltages.copy()
    voltages[100:, 3] = 1e9
    return dataclasses.replace(a, voltages=voltages)


def huge():
    a = make_activity(60, n_voltages=4)
    arrays = {n: getattr(a, n).copy() for n in ("voltages", "inputs", "outputs", "confidence")}
    for array in arrays.values():
        array[3:7] = 3e38
        array[8:9] = -3e38
    return dataclasses.replace(a, **arrays)


def constant_input(value):
    return make_activity(30, inputs=np.full((600, 50), value, np.float32), n_inputs=50)


CASES = {
    "50 neurons": lambda: tuned(50, batch=4),
    "2,000 neurons": lambda: tuned(2000, n_past=9, n_voltages=20, n_inputs=17400, batch=4),
    "51,978 neurons": lambda: tuned(51978, n_past=80, n_voltages=50, n_inputs=17400, batch=4),
    "unnamed": lambda: tuned(300, with_places=False, named=False),
    "silent": lambda: tuned(2000, rate_hz=0, n_inputs=100),
    "all fire": lambda: make_activity(500, spikes=np.ones((600, 500), bool)),
    "1 neuron": lambda: tuned(1, n_voltages=1, n_outputs=1, label=0, n_inputs=1),
    "1 time step": lambda: make_activity(50, n_steps=1, n_chunks=1, batch=2),
    "1 step, fires": lambda: make_activity(50, spikes=np.ones((1, 50), bool), n_chunks=1),
    "5,000 steps": lambda: make_activity(1000, n_steps=5000, n_voltages=20, n_chunks=100),
    "NaN": lambda: with_nan(make_activity(100)),
    "all NaN": all_nan,
    "1,000 classes": lambda: make_activity(100, n_outputs=1000, n_chunks=60, label=700, batch=12),
    "111 populations": lambda: tuned(3000, names=[f"pop{i % 111}" for i in range(3000)]),
    "odd names": lambda: tuned(120, n_past=1, names=long_names()),
    "nothing known": lambda: make_activity(
        100, n_voltages=0, n_inputs=0, n_outputs=0, label=None, named=False, step=0
    ),
    "label beyond the classes": lambda: dataclasses.replace(
        make_activity(30, n_outputs=4), label=9
    ),
    "dt 0.1": lambda: make_activity(100, n_steps=1000, dt=0.1),
    "dt 5": lambda: make_activity(100, n_steps=120, dt=5.0),
    "runaway": runaway,
    "numbers beyond reason": huge,
    "constant input": lambda: constant_input(0.02),
    "no input at all": lambda: constant_input(0.0),
    "negative input": lambda: constant_input(-1.5),
}
