"""The plain formulation: one sparse product a step, differentiated by the framework.

For tests and benchmarks only. It follows the published equations line by line, batch first, and
shares no code with `sequence.py`, so that the two can be held against each other, to the last bit:
eager and in a graph, the same operations are rounded in the same order.
"""

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.engine.sequence import delay_steps
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS


def _spike_function(dampening, sigma):
    @tf.custom_gradient
    def spike(v_scaled):
        def grad(upstream):
            return upstream * dampening * tf.exp(-tf.square(v_scaled) / sigma**2)

        return tf.cast(v_scaled > 0, v_scaled.dtype), grad

    return spike


def run(
    parameters,
    recurrent,
    weights,
    currents,
    *,
    max_delay=5,
    dampening_factor=0.5,
    gauss_std=0.28,
    hard_reset=False,
    dt=1.0,
    dtype=tf.float32,
):
    """Simulates a network from rest.

    Args:
        parameters: `Glif3Parameters`.
        recurrent: `Synapses`; their order is that of `weights`.
        weights: (n_synapses,) normalised recurrent weights.
        currents: (batch, time, 4 * neuron) normalised input currents.
        max_delay, dampening_factor, gauss_std, hard_reset, dt: as in `Glif3Cell`.
        dtype: tf.float32 or tf.float64.

    Returns:
        spikes and normalised potentials, (batch, time, neuron) each.
    """
    n = parameters.n_neurons
    scale = np.asarray(parameters.voltage_scale, np.float64)

    def const(values):
        return tf.constant(np.asarray(values), dtype)

    decay = const(np.exp(-dt * parameters.g / parameters.C_m))
    current_factor = const((1 - np.exp(-dt * parameters.g / parameters.C_m)) / parameters.g)
    syn_decay = const(np.exp(-dt / parameters.tau_syn).reshape(-1))
    psc_initial = const((np.e / parameters.tau_syn).reshape(-1))
    asc_change = const(np.expm1(-dt * parameters.k))  # as in Glif3Cell: float32 keeps its digits
    asc_amps = const(parameters.asc_amps / scale[:, None])
    v_reset = const((parameters.V_reset - parameters.E_L) / scale)
    t_ref = const(parameters.t_ref)
    spike = _spike_function(dampening_factor, gauss_std)

    delay = delay_steps(recurrent, dt, max_delay)
    # The order of the published table, by which a row is summed; it leaves open which of two
    # synapses of one source onto one receptor comes first: here the one of shorter delay.
    order = np.lexsort((delay, recurrent.source, recurrent.row))
    columns = (delay - 1) * n + recurrent.source
    matrix = tf.SparseTensor(
        np.stack([recurrent.row, columns], 1)[order],
        tf.gather(weights, order),
        (N_RECEPTORS * n, max_delay * n),
    )
    batch, n_steps = currents.shape[:2]
    zeros = tf.zeros((batch, n), dtype)
    no_current = tf.zeros((batch, N_RECEPTORS * n), dtype)

    def step(t, v, r, asc, psc_rise, psc, buffer, spikes, potentials):
        z = buffer[0]
        i = tf.transpose(
            tf.sparse.sparse_dense_matmul(matrix, tf.concat(buffer, 1), adjoint_b=True)
        )
        i = i + currents[:, t]
        drive = tf.reduce_sum(tf.reshape(psc, (batch, n, N_RECEPTORS)), -1)
        drive = drive + tf.reduce_sum(asc, -1)
        v = decay * v + current_factor * drive
        v = v + z * ((v_reset - v) if hard_reset else (v_reset - 1.0))
        # TensorFlow's graphs rewrite psc * decay + dt * decay * psc_rise to this, and sums of more
        # than two terms to one of their own order: written so, eager runs have the same last bit.
        psc = syn_decay * (psc + dt * psc_rise)
        psc_rise = psc_rise * syn_decay + i * psc_initial
        r = tf.nn.relu(r + z * t_ref - dt)
        asc = asc + asc * asc_change + z[..., None] * asc_amps
        new = tf.where(r > 0, tf.zeros_like(v), spike(v - 1.0))
        spikes, potentials = spikes.write(t, new), potentials.write(t, v)
        return t + 1, v, r, asc, psc_rise, psc, (new, *buffer[:-1]), spikes, potentials

    # A loop of the framework, as in the published code: unrolled, it would hold the gradient of
    # every step at once.
    *_, spikes, potentials = tf.while_loop(
        lambda t, *_: t < n_steps,
        step,
        (
            tf.constant(0), zeros + v_reset, zeros, tf.zeros((batch, n, 2), dtype), no_current,
            no_current,
            (zeros,) * max_delay, tf.TensorArray(dtype, n_steps), tf.TensorArray(dtype, n_steps),
        ),
        maximum_iterations=n_steps,
    )  # fmt: skip
    return tuple(tf.transpose(kept.stack(), (1, 0, 2)) for kept in (spikes, potentials))
