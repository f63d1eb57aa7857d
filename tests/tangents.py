"""Derivatives of the published equations by their definition: forward, in float64 numpy.

Every quantity of `oracles.simulate_glif3` is carried with its derivative along K directions at
once. There is no adjoint here and no framework, so that the gradients of the package, which are
taken backward, have an independent truth. As published, the derivative of a spike is a Gaussian of
the potential, 0 while the neuron is refractory, and none passes through the refractory time.
"""

import numpy as np

DAMPENING, SIGMA = 0.5, 0.28


def rest(p, max_delay=5):
    """State of a network at rest: dict of arrays as `simulate` takes them."""
    n = p.n_neurons
    return {
        "v": (p.V_reset - p.E_L) / (p.V_th - p.E_L),
        "r": np.zeros(n),
        "asc": np.zeros((n, 2)),
        "psc_rise": np.zeros((n, 4)),
        "psc": np.zeros((n, 4)),
        "z_buffer": np.zeros((max_delay, n)),
    }


def unit_directions(**values):
    """For each element of the named arrays, the direction that changes it alone.

    Returns:
        dict of name -> (K, *shape) with K the number of elements of all arrays together.
    """
    total, first, directions = sum(np.size(x) for x in values.values()), 0, {}
    for name, value in values.items():
        size = np.size(value)
        block = np.zeros((total, size))
        block[first + np.arange(size), np.arange(size)] = 1.0
        directions[name] = block.reshape(total, *np.shape(value))
        first += size
    return directions


def simulate(p, synapses, weights, currents, state, d, *, hard_reset=False, dt=1.0):
    """Runs one sample, with derivatives.

    Args:
        p: `Glif3Parameters`.
        synapses: `Synapses` among the neurons.
        weights: (n_synapses,) in units of the target's V_th - E_L.
        currents: (time, n, 4) in those units.
        state: dict as of `rest`, whose z_buffer is as long as the longest delay.
        d: dict of directions: `weights` (K, n_synapses), `currents` (K, time, n, 4) and those
            entries of `state` that change, each with a leading K.
        hard_reset, dt: as in the package.

    Returns:
        (spikes, v, final state) and their derivatives, a tuple of the same with a leading K; spikes
        and v are (time, n).
    """
    delay = np.clip(np.rint(synapses.delay / dt), 1, len(state["z_buffer"])).astype(int) - 1
    heard = delay, synapses.source  # place in the buffer that each synapse listens to
    fed = synapses.target, synapses.receptor
    n_directions = len(next(iter(d.values())))

    def derivative(name, like):
        return np.array(d.get(name, np.zeros((n_directions, *np.shape(like)))))

    x = {name: np.array(value, float) for name, value in state.items()}
    dx = {name: derivative(name, value) for name, value in x.items()}
    d_weights, d_currents = derivative("weights", weights), derivative("currents", currents)
    out = [[], [], [], []]
    for t in range(len(currents)):
        sent, d_sent = x["z_buffer"][heard], dx["z_buffer"][(slice(None), *heard)]
        i, di = currents[t].astype(float), d_currents[:, t].copy()
        np.add.at(i, fed, weights * sent)
        np.add.at(di, (slice(None), *fed), d_weights * sent + weights * d_sent)
        x, dx = _step(p, x, dx, i, di, hard_reset, dt)
        newest = x["z_buffer"][0] > 0, x["v"], dx["z_buffer"][:, 0], dx["v"]
        for kept, values in zip(out, newest, strict=True):
            kept.append(values)
    spikes, v, d_spikes, d_v = out
    return (np.stack(spikes), np.stack(v), x), (np.stack(d_spikes, 1), np.stack(d_v, 1), dx)


def _step(p, x, dx, i, di, hard_reset, dt):
    """State and derivatives after one step in which the current i arrives."""
    s = p.V_th - p.E_L
    v_reset = (p.V_reset - p.E_L) / s
    z, dz = x["z_buffer"][0], dx["z_buffer"][:, 0]
    new, d_new = _linear_part(p, s, x, i, z, dt), _linear_part(p, s, dx, di, dz, dt)
    if hard_reset:
        d_new["v"] = d_new["v"] * (1 - z) + dz * (v_reset - new["v"])
        new["v"] = new["v"] * (1 - z) + z * v_reset
    else:
        d_new["v"] = d_new["v"] + dz * (v_reset - 1)
        new["v"] = new["v"] + z * (v_reset - 1)
    new["r"] = np.maximum(x["r"] + z * p.t_ref - dt, 0)
    d_new["r"] = np.zeros_like(dx["r"])
    free = new["r"] == 0
    slope = free * DAMPENING * np.exp(-(((new["v"] - 1) / SIGMA) ** 2))
    spikes = (new["v"] > 1) & free
    new["z_buffer"] = np.concatenate([spikes[None], x["z_buffer"][:-1]])
    older = dx["z_buffer"][:, :-1]
    d_new["z_buffer"] = np.concatenate([(d_new["v"] * slope)[:, None], older], 1)
    return new, d_new


def _linear_part(p, s, x, i, z, dt):
    """The linear equations of a step: the same for values and for derivatives."""
    decay, syn_decay = np.exp(-dt * p.g / p.C_m), np.exp(-dt / p.tau_syn)
    drive = x["psc"].sum(-1) + x["asc"].sum(-1)
    return {
        "v": decay * x["v"] + (1 - decay) / p.g * drive,
        "asc": np.exp(-dt * p.k) * x["asc"] + z[..., None] * p.asc_amps / s[:, None],
        "psc_rise": syn_decay * x["psc_rise"] + i * np.e / p.tau_syn,
        "psc": syn_decay * x["psc"] + dt * syn_decay * x["psc_rise"],
    }


def assert_same(ours, truth):
    """Within 1e-5 of the largest element; each that is not tiny within 1e-3 of itself."""
    largest = np.abs(truth).max()
    np.testing.assert_allclose(ours, truth, rtol=0, atol=1e-5 * largest + 1e-12)
    considerable = np.abs(truth) > 1e-3 * largest
    np.testing.assert_allclose(ours[considerable], truth[considerable], rtol=1e-3)
