"""Independent truth for the tests: the published equations, one neuron and one line at a time.

Written from the equations (Chen, Scherr & Maass 2022) in float64 numpy, without looking at how the
package computes them.
"""

import numpy as np

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.v1.network.v1_network import Glif3Parameters, Synapses, V1Network


def simulate_glif3(p, synapses, currents, *, max_delay=5, hard_reset=False, dt=1.0):
    """Spikes (time, neuron) bool and membrane potentials (time, neuron) mV of one sample.

    `currents` is (time, neuron, receptor), already divided by V_th - E_L, as `p` is not.
    """
    n_steps, n = currents.shape[:2]
    s = p.V_th - p.E_L
    v_th, e_l, v_reset = 1.0, 0.0, (p.V_reset - p.E_L) / s
    tau_m = p.C_m / p.g
    delay = np.clip(np.rint(synapses.delay / dt), 1, max_delay).astype(int)
    weight = synapses.weight.astype(np.float64) / s[synapses.target]

    v, r = v_reset.copy(), np.zeros(n)
    a = np.zeros((n, 2))
    psc_rise, psc = np.zeros((n, 4)), np.zeros((n, 4))
    z_at = np.zeros((n_steps + max_delay, n))  # z_at[t + max_delay] are the spikes of step t
    potentials = np.zeros((n_steps, n))
    for t in range(n_steps):
        z = z_at[t + max_delay - 1]
        i = currents[t].astype(np.float64).copy()
        arriving = weight * z_at[t + max_delay - delay, synapses.source]
        np.add.at(i, (synapses.target, synapses.receptor), arriving)

        new_rise = psc_rise * np.exp(-dt / p.tau_syn) + i * np.e / p.tau_syn
        new_psc = psc * np.exp(-dt / p.tau_syn) + dt * np.exp(-dt / p.tau_syn) * psc_rise
        new_r = np.maximum(r + z * p.t_ref - dt, 0)
        new_a = a * np.exp(-dt * p.k) + z[:, None] * p.asc_amps / s[:, None]
        drive = psc.sum(1) + a.sum(1) + p.g * e_l
        new_v = v * np.exp(-dt / tau_m) + (1 - np.exp(-dt / tau_m)) * tau_m / p.C_m * drive
        new_v = np.where(z > 0, v_reset, new_v) if hard_reset else new_v + z * (v_reset - v_th)

        v, r, a, psc_rise, psc = new_v, new_r, new_a, new_rise, new_psc
        z_at[t + max_delay] = (v > v_th) & ~(r > 0)
        potentials[t] = v * s + p.E_L
    return z_at[max_delay:] > 0, potentials


def input_currents(network, x):
    """(time, neuron, receptor) currents of one sample (time, channel), divided by V_th - E_L."""
    table, scale = network.inputs, network.parameters.V_th - network.parameters.E_L
    currents = np.zeros((network.n_neurons, 4, len(x)))
    sent = x[:, table.source].T * (table.weight / scale[table.target])[:, None]
    np.add.at(currents, (table.target, table.receptor), sent)
    return currents.transpose(2, 0, 1)


def random_parameters(n, rng):
    """GLIF3 parameters of the size of the fitted cells, all different."""
    e_l = rng.uniform(-80, -65, n)
    return Glif3Parameters(
        V_th=e_l + rng.uniform(20, 35, n),
        E_L=e_l,
        V_reset=e_l + rng.uniform(-2, 2, n),
        g=rng.uniform(3, 10, n),
        C_m=rng.uniform(50, 80, n),
        t_ref=rng.uniform(1, 6, n),
        k=rng.choice([0.003, 0.1, 0.3], (n, 2)),
        asc_amps=rng.uniform(-200, 60, (n, 2)),
        tau_syn=np.tile([5.5, 8.5, 2.8, 5.8], (n, 1)) * rng.uniform(0.9, 1.1, (n, 4)),
    )


def synapse_table(source, target, receptor, weight, delay, n_sources, n_targets):
    """`Synapses` from columns in any order."""
    order = np.lexsort((source, target * 4 + receptor))
    return Synapses(
        source=source[order].astype(np.int32),
        target=target[order].astype(np.int32),
        receptor=receptor[order].astype(np.int8),
        weight=weight[order].astype(np.float32),
        delay=delay[order].astype(np.float32),
        n_sources=n_sources,
        n_targets=n_targets,
    )


def random_synapses(n_synapses, n_sources, n_targets, rng, scale=30.0, receptors=4):
    """Synapses with delays 0.5 to 6.4 ms, all receptors, both signs and some duplicates."""
    return synapse_table(
        rng.integers(0, n_sources, n_synapses),
        rng.integers(0, n_targets, n_synapses),
        rng.integers(0, receptors, n_synapses),
        rng.normal(0, scale, n_synapses),
        rng.uniform(0.5, 6.4, n_synapses),
        n_sources,
        n_targets,
    )


def random_network(n=50, n_input=40, n_synapses=800, seed=0, background=True):
    """A small `V1Network` that fires at some tens of Hz when its input is on."""
    rng = np.random.default_rng(seed)
    inputs = random_synapses(10 * n, n_input, n, rng, receptors=1)
    inputs = synapse_table(
        inputs.source, inputs.target, inputs.receptor.astype(int), np.abs(inputs.weight) * 4,
        np.zeros(10 * n), n_input, n,
    )  # fmt: skip
    noise = np.zeros((n, 4), np.float32)
    if background:
        noise[:, 0] = rng.uniform(5, 15, n)
        noise[::3, 2] = rng.uniform(1, 2, len(noise[::3]))
    names = np.array(["e23Cux2", "i4Pvalb", "e5IT", "i6Sst"])[np.arange(n) % 4]
    return V1Network(
        parameters=random_parameters(n, rng),
        populations=Populations.from_names(names),
        x=rng.uniform(-100, 100, n),
        y=rng.uniform(100, 800, n),
        z=rng.uniform(-100, 100, n),
        node_ids=np.arange(n),
        node_types=np.arange(n) % 4,
        recurrent=random_synapses(n_synapses, n, n, rng),
        inputs=inputs,
        background_weights=noise,
        input_channel_of=np.arange(n_input, dtype=np.int32),
        readout_groups={g: np.arange(g, n, 15)[:3] for g in range(15)} if n >= 45 else {},
        target_rates=rng.gamma(1.0, 5.0, 500),
    )
