"""Trials of a whole network by the equations of Chen et al. 2022, with scipy's sparse products."""

import numpy as np
import pytest

from keras_v1_activity.v1.synthetic.calibration import standard_trial


def bars(angle, phase=0.0):
    """An image (100, 174) of broad bars at `angle` degrees."""
    row, column = np.mgrid[:100, :174]
    along = row * np.cos(np.radians(angle)) + column * np.sin(np.radians(angle))
    return (np.sin(2 * np.pi * along / 40.0 + phase) > 0.6).astype(float)


def simulate(net, trials, spiking, seed):
    """Spikes (trial, time, neuron) by the equations of Chen et al. 2022, with scipy's products.

    `trials` are lists of (steps, probability per LGN channel).
    """
    sparse = pytest.importorskip("scipy.sparse")
    p, rng, n = net.parameters, np.random.default_rng(seed), net.n_neurons
    s = p.V_th - p.E_L
    syn = net.recurrent

    def matrix(table, keep):
        weight = table.weight[keep] / s[table.target[keep]]
        shape = (table.n_sources, 4 * n)
        return sparse.csr_matrix((weight, (table.source[keep], table.row[keep])), shape=shape)

    def arriving(spikes, matrix):
        """Few of the sources fire in a step: only their synapses are gone through."""
        return (sparse.csr_matrix(spikes.T, dtype=float) @ matrix).toarray().T

    # One product for all delays: the spikes of 1 to 5 steps before, side by side.
    by_delay = sparse.vstack([matrix(syn, syn.delay == d) for d in range(1, 6)], format="csr")
    w_in = matrix(net.inputs, slice(None))
    w_background = (10 * net.background_weights / s[:, None]).reshape(-1, 1)
    tau = p.tau_syn.reshape(-1, 1)
    decay_syn, decay_asc = np.exp(-1 / tau), np.exp(-p.k)
    decay_m = np.exp(-p.g / p.C_m)[:, None]
    factor = (1 - decay_m) / p.g[:, None]
    reset = ((p.V_reset - p.V_th) / s)[:, None]
    amps = (p.asc_amps / s[:, None])[:, :, None]
    k = len(trials)
    v = np.tile(((p.V_reset - p.E_L) / s)[:, None], (1, k))
    r, asc = np.zeros((n, k)), np.zeros((n, 2, k))
    rise, psc = np.zeros((4 * n, k)), np.zeros((4 * n, k))
    segments = [np.repeat(np.arange(len(trial)), [m for m, _ in trial]) for trial in trials]
    changes = {0, *np.flatnonzero(np.diff(segments).any(0)) + 1}
    spikes = np.zeros((5 + len(segments[0]), n, k))  # those of step t stand at place t + 5
    for t in range(len(segments[0])):
        if t in changes:
            now = [trial[at[t]][1] for trial, at in zip(trials, segments, strict=True)]
            probability = np.stack(now, 1)
            shown = w_in.T @ (1.3 * probability)
        if spiking:
            shown = arriving(rng.random(probability.shape) < probability, w_in)
        noise = (rng.random((10, k)) < 0.1).sum(0) / 10
        i = shown + w_background * noise
        i += arriving(spikes[t : t + 5][::-1].reshape(5 * n, k), by_delay)
        z = spikes[t + 4]
        total = psc.reshape(n, 4, k).sum(1) + asc.sum(1)
        v = v * decay_m + factor * total + z * reset
        psc = psc * decay_syn + decay_syn * rise
        rise = rise * decay_syn + i * np.e / tau
        r = np.maximum(r + z * p.t_ref[:, None] - 1, 0)
        asc = asc * decay_asc[:, :, None] + z[:, None] * amps
        spikes[t + 5] = (v > 1) & ~(r > 0)
    return spikes[5:].transpose(2, 0, 1)


def standard(image):
    return list(standard_trial(image).segments)
