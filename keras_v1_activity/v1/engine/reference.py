"""The V1 network's equations in plain TensorFlow, differentiated by TensorFlow.

For tests and benchmarks only. It follows the published equations line by line, batch first, and
shares no code with `sequence.py`, so that the two can be held against each other, to the last bit:
eager and in a graph, the same operations are rounded in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.surrogate import surrogate_derivative
from keras_v1_activity.v1.network.glif3_constants import V_TH
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Glif3Parameters, Synapses


class _State(NamedTuple):
    """v, r: (batch, n). asc: (batch, n, 2). psc_rise, psc: (batch, 4 n)."""

    v: tf.Tensor
    r: tf.Tensor
    asc: tf.Tensor
    psc_rise: tf.Tensor
    psc: tf.Tensor


def run(
    parameters: Glif3Parameters,
    recurrent: Synapses,
    weights: tf.Tensor,
    currents: tf.Tensor,
    options: CellOptions | None = None,
    *,
    dtype: tf.DType = tf.float32,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Simulates a network from rest.

    Args:
        parameters: `Glif3Parameters`.
        recurrent: `Synapses`; their order is that of `weights`.
        weights: (n_synapses,) normalised recurrent weights.
        currents: (batch, time, 4 * neuron) normalised input currents.
        options: `CellOptions`; the default ones if None.
        dtype: tf.float32 or tf.float64.

    Returns:
        spikes and normalised potentials, (batch, time, neuron) each.

    Example:
        >>> weights = np.zeros(len(network.recurrent), np.float32)
        >>> currents = np.zeros((1, 5, 4 * network.n_neurons), np.float32)
        >>> spikes, v = run(network.parameters, network.recurrent, weights, currents)
        >>> spikes.shape
        TensorShape([1, 5, 200])
    """
    options = options or CellOptions()
    n = parameters.n_neurons
    step = _step_of(parameters, options, dtype)
    matrix = _matrix_of(recurrent, weights, options)
    batch, n_steps = currents.shape[:2]
    zeros = tf.zeros((batch, n), dtype)
    no_current = tf.zeros((batch, N_RECEPTORS * n), dtype)

    def one_step(t: Any, state: _State, buffer: Any, spikes: Any, potentials: Any) -> Any:
        arriving = tf.sparse.sparse_dense_matmul(matrix, tf.concat(buffer, 1), adjoint_b=True)
        state, new = step(state, buffer[0], tf.transpose(arriving) + currents[:, t])
        spikes, potentials = spikes.write(t, new), potentials.write(t, state.v)
        return t + 1, state, (new, *buffer[:-1]), spikes, potentials

    v_reset = tf.constant(options.constants(parameters).v_reset, dtype)
    rest = _State(zeros + v_reset, zeros, tf.zeros((batch, n, 2), dtype), no_current, no_current)
    kept = (tf.TensorArray(dtype, n_steps), tf.TensorArray(dtype, n_steps))
    # A loop of the framework, as in the published code: unrolled, it would hold the gradient of
    # every step at once.
    *_, spikes, potentials = tf.while_loop(
        lambda t, *_: t < n_steps,
        one_step,
        (tf.constant(0), rest, (zeros,) * options.max_delay, *kept),
        maximum_iterations=n_steps,
    )
    return tuple(tf.transpose(kept.stack(), (1, 0, 2)) for kept in (spikes, potentials))


def _matrix_of(recurrent: Synapses, weights: tf.Tensor, options: CellOptions) -> tf.SparseTensor:
    """The recurrent weights: from (delay, neuron) to the currents (neuron, receptor)."""
    n, delay = recurrent.n_targets, options.delay_steps(recurrent)
    # The order of the published table, by which a row is summed; it leaves open which of two
    # synapses of one source onto one receptor comes first: here the one of shorter delay.
    doubles = np.arange(len(delay)) if options.as_published else delay
    order = np.lexsort((doubles, recurrent.source, recurrent.row))
    columns = (delay - 1) * n + recurrent.source
    return tf.SparseTensor(
        np.stack([recurrent.row, columns], 1)[order],
        tf.gather(weights, order),
        (N_RECEPTORS * n, options.max_delay * n),
    )


def _step_of(
    parameters: Glif3Parameters, options: CellOptions, dtype: tf.DType
) -> Callable[[_State, tf.Tensor, tf.Tensor], tuple[_State, tf.Tensor]]:
    """A function of the state, the spikes before and the current, that gives state and spikes."""
    c, dt = options.constants(parameters), options.dt

    def const(values: Any) -> tf.Tensor:
        return tf.constant(np.asarray(values), dtype)

    decay, current_factor = const(c.decay), const(c.current_factor)
    syn_decay = const(c.syn_decay.reshape(-1))
    psc_initial = const(c.psc_initial.reshape(-1))
    asc_change, asc_decay, asc_amps = const(c.asc_change), const(c.asc_decay), const(c.asc_amps)
    v_reset, t_ref = const(c.v_reset), const(c.t_ref)
    spike = _spike_function(options)

    def step(state: _State, z: tf.Tensor, i: tf.Tensor) -> tuple[_State, tf.Tensor]:
        v, r, asc, psc_rise, psc = state
        drive = tf.reduce_sum(tf.reshape(psc, (*v.shape, N_RECEPTORS)), -1)
        if options.as_published:
            drive = drive + asc[..., 0] + asc[..., 1]
        else:
            drive = drive + tf.reduce_sum(asc, -1)
        v = decay * v + current_factor * drive
        v = v + z * ((v_reset - v) if options.hard_reset else (v_reset - V_TH))
        # TensorFlow's graphs rewrite psc * decay + dt * decay * psc_rise to this, and sums of more
        # than two terms to one of their own order: written so, eager runs have the same last bit.
        if options.as_published:
            psc = psc * syn_decay + dt * syn_decay * psc_rise
            asc = asc_decay * asc + z[..., None] * asc_amps
        else:
            psc = syn_decay * (psc + dt * psc_rise)
            asc = asc + asc * asc_change + z[..., None] * asc_amps
        psc_rise = psc_rise * syn_decay + i * psc_initial
        r = tf.nn.relu(r + z * t_ref - dt)
        new = tf.where(r > 0, tf.zeros_like(v), spike(v))
        return _State(v, r, asc, psc_rise, psc), new

    return step


def _spike_function(options: CellOptions) -> Callable[[tf.Tensor], tf.Tensor]:
    """1 above the threshold, 0 below, with a Gaussian for its derivative."""

    @tf.custom_gradient
    def spike(v: tf.Tensor) -> Any:
        def grad(upstream: tf.Tensor) -> tf.Tensor:
            slope = surrogate_derivative(v, options.dampening_factor, options.gauss_std)
            return upstream * slope

        return tf.cast(v > V_TH, v.dtype), grad

    return spike
