"""Builders of synthetic `Activity` objects for the tests."""

import dataclasses
import functools

import numpy as np

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.activity import Activity, BatchView
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations


def v1_names(n_neurons):
    """`n_neurons` population names in the proportions of mouse V1."""
    table = facts.table("populations")
    density = np.array([float(row["areal_density_per_mm2"]) for row in table])
    edges = np.rint(np.cumsum(density) / density.sum() * n_neurons).astype(int)
    return np.repeat([row["pop_name"] for row in table], np.diff(edges, prepend=0))


def poisson_spikes(n_steps, n_neurons, rate_hz, dt, rng):
    """(n_steps, n_neurons) bool, each neuron firing independently at `rate_hz` (one or each)."""
    probability = np.asarray(rate_hz, np.float32) * dt / 1000
    return rng.random((n_steps, n_neurons), dtype=np.float32) < probability


def potentials(spikes, thresholds, dt, rng):
    """(n_steps, k) float32 mV: noisy integration towards threshold, crossed only at spikes."""
    n_steps, k = spikes.shape
    v = np.empty((n_steps, k), np.float32)
    now = thresholds - 20.0
    for t in range(n_steps):
        now = now + dt * (thresholds - 9 - now) / 15 + rng.normal(0, 1.0, k)
        now = np.where(spikes[t], thresholds + 1.5, np.minimum(now, thresholds - 0.5))
        v[t] = now
        now = np.where(spikes[t], thresholds - 25.0, now)
    return v


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return (e / e.sum(axis=-1, keepdims=True)).astype(np.float32)


def make_activity(
    n_neurons=50, n_steps=600, dt=1.0, rate_hz=7.0, *, named=True, names=None, n_voltages=5,
    n_inputs=400, n_outputs=10, n_chunks=12, label=3, batch=0, spikes=None, seed=0, **others,
):  # fmt: skip
    """An `Activity` like that of a V1 network; `spikes` (time, neuron) replaces the random ones."""
    rng = np.random.default_rng(seed)
    if names is None and named:
        names = rng.permutation(v1_names(n_neurons))
    populations = Populations.unnamed(n_neurons) if names is None else Populations.from_names(names)
    thresholds = rng.uniform(-55, -38, n_neurons).astype(np.float32)
    readout = populations.order[:: max(n_neurons // 25, 1)][2:22] if n_neurons > 10 else []
    neurons = Neurons(populations, thresholds, np.sort(np.asarray(readout, np.int64)))
    if spikes is None:
        spikes = poisson_spikes(n_steps, n_neurons, rate_hz, dt, rng)
    n_steps = len(spikes)
    chosen = populations.spread(n_voltages)
    logits = rng.normal(0, 0.7, (n_chunks, n_outputs)) if n_outputs else None
    if logits is not None and label is not None:
        logits[:, label] += np.linspace(0, 2, n_chunks)
    outputs = None if logits is None else softmax(logits)
    fields = dict(
        dt=dt,
        step=200,
        neurons=neurons,
        voltages=potentials(spikes[:, chosen], thresholds[chosen], dt, rng),
        voltage_neurons=chosen,
        label=label,
        outputs=outputs,
        confidence=None if outputs is None else outputs.mean(axis=0),
        **input_fields(n_steps, n_inputs, rng),
        batch=batch_view(populations, n_steps, batch, max(n_outputs, 2), dt, rng)
        if batch
        else None,
    )
    return Activity.from_dense(spikes, **{**fields, **others})


def input_fields(n_steps, n_inputs, rng):
    """Image-like input: grey, an image from 1/12 to 1/4 of the time, grey; at most 200 rows."""
    if not n_inputs:
        return {}
    group = -(-n_inputs // 200)
    rows = -(-n_inputs // group)
    image = 0.03 * np.abs(np.sin(np.linspace(0, 9, rows))) ** 2
    on = np.zeros(n_steps)
    on[n_steps // 12 : n_steps // 4] = 1
    inputs = 0.01 + on[:, None] * image + rng.normal(0, 0.001, (n_steps, rows))
    return {"inputs": np.maximum(inputs, 0).astype(np.float32), "n_inputs": n_inputs}


def batch_view(populations, n_steps, n_samples, n_classes, dt, rng):
    """`n_samples` samples of at most 400 neurons with labels 0, 1, 2, ..., some of them missed."""
    shown = populations.spread(400)
    labels = np.arange(n_samples) % n_classes
    logits = rng.normal(0, 1, (n_samples, n_classes))
    logits[np.arange(n_samples), labels] += 1.5
    rates = 4 + 3 * np.arange(n_samples)
    spikes = np.stack([poisson_spikes(n_steps, len(shown), r, dt, rng) for r in rates])
    return BatchView(np.arange(n_samples), shown, spikes, labels, softmax(logits))


def placed(activity, seed=1):
    """The activity with its neurons in a disc of 400 um."""
    rng = np.random.default_rng(seed)
    n = activity.n_neurons
    radius, angle = 400 * np.sqrt(rng.random(n)), 2 * np.pi * rng.random(n)
    columns = radius * np.cos(angle), rng.uniform(0, 800, n), radius * np.sin(angle)
    neurons = dataclasses.replace(
        activity.neurons, positions=np.column_stack(columns).astype(np.float32)
    )
    return dataclasses.replace(activity, neurons=neurons)


@functools.cache
def trials(n_neurons=200, n=3, rate_hz=10.0, named=True):
    base = placed(make_activity(n_neurons, named=named, n_inputs=0, n_voltages=0))
    return tuple(
        Activity.from_dense(
            poisson_spikes(600, n_neurons, rate_hz * (1 + i / 5), 1.0, np.random.default_rng(i)),
            neurons=base.neurons,
            step=100 * (i + 1),
            label=3,
            confidence=base.confidence,
        )
        for i in range(n)
    )
