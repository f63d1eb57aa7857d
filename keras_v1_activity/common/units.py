"""The only unit conversions of the package. Times in ms, potentials in mV, rates in Hz."""

import numpy as np

MS_PER_S = 1000.0


def steps_to_ms(steps, dt):
    """Time of each time step: step index times `dt` (ms per step)."""
    return np.asarray(steps, dtype=np.float64) * dt


def ms_to_steps(ms, dt):
    """Number of whole time steps nearest to `ms`, at `dt` ms per step."""
    return np.rint(np.asarray(ms, dtype=np.float64) / dt).astype(np.int64)


def counts_to_hz(counts, duration_ms, n_neurons=1):
    """Mean firing rate (Hz) of `n_neurons` that fired `counts` spikes in `duration_ms`."""
    return np.asarray(counts, dtype=np.float64) * MS_PER_S / (duration_ms * n_neurons)


def mv_to_normalised(potential_mv, e_l_mv, v_th_mv):
    """Membrane potential in units of V_th - E_L above E_L: 0 at rest, 1 at threshold."""
    return (potential_mv - e_l_mv) / (v_th_mv - e_l_mv)


def normalised_to_mv(v, e_l_mv, v_th_mv):
    """Inverse of `mv_to_normalised`."""
    return v * (v_th_mv - e_l_mv) + e_l_mv
