"""Runs to report: written as training writes them, of any size, quickly."""

import numpy as np
from activities import v1_names

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.alarms import Alarm
from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import make_layout

_DEPTHS_UM = {"1": 60, "2/3": 200, "4": 360, "5": 520, "6": 720}
N_CLASSES = 10


def v1_neurons(n_neurons, rng, names=None):
    populations = Populations.from_names(
        rng.permutation(v1_names(n_neurons)) if names is None else names
    )
    layers = [_DEPTHS_UM.get(member.layer, 400) for member in populations.members]
    radius, turn = 400 * np.sqrt(rng.random(n_neurons)), rng.uniform(0, 2 * np.pi, n_neurons)
    depth = np.array(layers)[populations.index] + rng.uniform(-60, 60, n_neurons)
    return Neurons(
        populations,
        thresholds=rng.uniform(-50, -40, n_neurons),
        readout_neurons=np.sort(populations.order[:: max(n_neurons // 20, 1)]),
        positions=np.stack([radius * np.cos(turn), depth, radius * np.sin(turn)], axis=1),
        tuning_angles=rng.uniform(0, 360, n_neurons),
    )


def drive(n_steps):
    """How much is fired over time, mean 1: a stimulus after a third of the trial."""
    t = np.arange(n_steps) / max(n_steps, 1)
    shape = 0.5 + 1.5 * ((t > 0.25) & (t < 0.75)) * np.exp(-3 * np.maximum(t - 0.25, 0))
    return shape / shape.mean()


def spikes_of(neurons, n_steps, n_spikes, rng, tuned_to=0.0):
    """Time steps and ids of about `n_spikes` spikes; rates are log-normal over neurons."""
    n = neurons.n_neurons
    if not n_spikes:
        return np.zeros(0, int), np.zeros(0, int)
    own = np.exp(np.random.default_rng(1).normal(0, 0.8, n))
    own *= 1 + 0.7 * np.cos(np.deg2rad(neurons.tuning_angles - tuned_to))
    ids = np.searchsorted(np.cumsum(own) / own.sum(), rng.random(n_spikes))
    times = np.searchsorted(np.cumsum(drive(n_steps)) / n_steps, rng.random(n_spikes))
    place = np.unique(np.minimum(times, n_steps - 1) * n + np.minimum(ids, n - 1))
    return np.divmod(place, n)


def potentials(n_steps, n_neurons, rng):
    """(n_steps, n_neurons) mV, smooth as synaptic currents make them."""
    noise = rng.normal(0, 1, (n_steps + 60, n_neurons))
    for n_ms in (6, 10, 25):
        sums = np.cumsum(noise, axis=0)
        noise = (sums[n_ms:] - sums[:-n_ms]) / np.sqrt(n_ms)
    return (-62 + 1.5 * noise[:n_steps]).astype(np.float32)


def look(step, neurons, n_steps=200, n_spikes=None, n_voltages=20, seed=0, **others):
    """A look like that of a V1 network in training."""
    rng = np.random.default_rng([seed, step])
    n_spikes = neurons.n_neurons * 4 * n_steps // 600 if n_spikes is None else n_spikes
    steps, ids = spikes_of(neurons, n_steps, n_spikes, rng, tuned_to=45.0 * (step // 100 % 8))
    chosen = neurons.populations.spread(n_voltages)
    label = int(rng.integers(N_CLASSES))
    logits = rng.normal(0, 0.6, (12, N_CLASSES))
    logits[:, label] += np.linspace(0, 2, 12)
    outputs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    channels = np.cos(np.linspace(0, 6, 40)) ** 2
    fields = {
        "spike_steps": steps, "spike_neurons": ids, "n_steps": n_steps,
        "n_neurons": neurons.n_neurons, "step": step, "neurons": neurons,
        "voltages": potentials(n_steps, len(chosen), rng), "voltage_neurons": chosen,
        "inputs": np.outer(drive(n_steps), channels) * 0.02 + rng.random((n_steps, 40)) * 0.01,
        "n_inputs": 17_400, "outputs": outputs, "confidence": outputs.mean(axis=0), "label": label,
    }  # fmt: skip
    return Activity(**{**fields, **others})


def row_of(activity, learnt, statistics, rng):
    """The summary of a look, with all that a run can record; `learnt` from 0 to 1."""
    names = activity.populations.names
    parts = ("all", "input", "readout", "recurrent", *names)

    def each(size, keys, fall=2.0):
        scatter = np.exp(rng.normal(0, 0.2, len(keys)) - fall * learnt)
        return {key: float(f"{size * x:.6g}") for key, x in zip(keys, scatter, strict=True)}

    pairs = [f"{pre} -> {post}" for pre in names for post in names][::2]
    columns = {k: each(0.5, pairs, -1.0) for k in ("mean", "kl", "wasserstein")}
    row = measures.summarise(activity)
    loss = 0.1 + 2.3 * np.exp(rng.normal(-3 * learnt, 0.05))
    accuracy = np.clip(0.1 + 0.8 * learnt + rng.normal(0, 0.02), 0, 1)
    row["scalars"] = {"loss": float(loss), "accuracy": float(accuracy)}
    row["statistics"] = statistics
    row["health"] = {
        "gradient_norm": each(0.5, parts),
        "update_ratio": each(0.003, parts),
        "surrogate_occupancy": each(0.4, ("all", *names), 1.0),
        "weights": {pair: {k: columns[k][pair] for k in columns} for pair in pairs},
    }
    if activity.step // 100 % 8 == 0:
        osi = {n: {"osi": 0.1 + 0.2 * learnt, "dsi": 0.1 * learnt} for n in names}
        row["tuning"] = {"directions_deg": [45.0 * k for k in range(8)], "populations": osi}
    return row


def write_run(
    folder, n_looks, n_neurons, *, layout="folders", alarms=(), seed=0, names=None, **others
):
    """Writes a run of looks at steps 100, 200, ... and returns its `Layout`."""
    rng = np.random.default_rng(seed)
    places = make_layout(layout, folder)
    writer = StepWriter(places)
    writer.open()
    neurons, statistics, first = v1_neurons(n_neurons, rng, names), {}, None
    for k in range(n_looks):
        activity = look(100 * (k + 1), neurons, seed=seed, **others)
        if first is None:
            first = activity.rates
            # They take a second for 50,000 neurons; those of the first look stand for all.
            statistics = measures.look_statistics(activity, first)
        row = row_of(activity, k / max(n_looks - 1, 1), statistics, rng)
        writer.write(activity)
        writer.link(activity)
        write_json(places.summary(activity.step), row)
    write_json(places.run, run_content(places, n_looks, alarms))
    return places


def run_content(places, n_looks, alarms):
    return {
        "run_id": "0" * 32,
        "layout": places.name,
        "settings": {"layer_name": "rsnn", "log_every_n_steps": 100, "dt": 1.0, "alarms": True},
        "versions": {"keras_v1_activity": "0.1.0", "python": "3.11.7", "tensorflow": "2.21.0"},
        "started": "2026-11-26T09:12:00+00:00",
        "last_written": "2026-11-27T02:40:00+00:00",
        "counts": {"looks": n_looks, "captures_failed": 0},
        "alarms": [alarm.as_dict() for alarm in alarms],
        "steps": [100 * (k + 1) for k in range(n_looks)],
    }


def some_alarms(n_looks):
    """One that stands, one that is gone."""
    late, early = (100 * max(round(n_looks * share), 1) for share in (0.8, 0.4))
    return (
        Alarm("synchrony", "amber", None, 1.9, 1.7, early, "Neurons fire together.", late),
        Alarm("silent population", "red", "i1Htr3a", 0.0, 0.1, late, "i1Htr3a does not fire."),
    )
