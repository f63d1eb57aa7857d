"""Every current into a few neurons, rebuilt from what the whole network did.

What a neuron receives and how it recovers from its spikes depends only on input currents, weights
and spikes. So the after-spike and synaptic currents of k neurons follow from one pass over the
synapses onto them, without keeping the state of all others.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.v1.engine.glif3 import Glif3Equations
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Synapses


def trace_neurons(
    cell: Glif3Equations,
    recurrent: Synapses,
    input_rows: ArrayLike,
    weights: tf.Tensor,
    currents: tf.Tensor,
    spikes: tf.Tensor,
    neurons: ArrayLike,
) -> dict[str, tf.Tensor]:
    """Currents and refractory time of chosen neurons, from rest.

    Args:
        cell: `Glif3Cell` of the network, or its equations.
        recurrent: its `Synapses`.
        input_rows: ascending ids (neuron * 4 + receptor) of the rows of `currents`.
        weights: (n_synapses,) normalised recurrent weights.
        currents: (batch, time, rows) normalised input currents.
        spikes: (batch, time, n) spikes of all neurons, 0 or 1.
        neurons: (k,) neuron ids.

    Returns:
        Dict of float32 tensors (batch, time, k): input_current, recurrent_current, asc_1, asc_2,
        psc_1 to psc_4 (pA), refractory (ms), as they stand after each step.

    Example:
        >>> equations = Glif3Equations(network.parameters)
        >>> rows, weights = np.arange(4 * network.n_neurons), tf.zeros((len(network.recurrent),))
        >>> currents, spikes = np.zeros((1, 5, len(rows))), np.zeros((1, 5, 200))
        >>> traced = trace_neurons(
        ...     equations, network.recurrent, rows, weights, currents, spikes, [3, 17]
        ... )
        >>> traced["asc_1"].shape
        TensorShape([1, 5, 2])
    """
    neurons = np.asarray(neurons, np.int64)
    currents, spikes = tf.cast(currents, tf.float32), tf.cast(spikes, tf.float32)
    from_input = _input_currents(currents, input_rows, neurons)
    from_neurons = _recurrent_currents(cell, recurrent, weights, spikes, neurons)
    own = tf.gather(spikes, neurons, axis=2)
    asc, psc, refractory = _run(cell, neurons, from_input + from_neurons, own)
    scale = tf.constant(cell.parameters.voltage_scale[neurons], tf.float32)
    traced = {
        "input_current": tf.reduce_sum(from_input, 3) * scale,
        "recurrent_current": tf.reduce_sum(from_neurons, 3) * scale,
        "refractory": refractory,
    }
    traced |= {f"asc_{j + 1}": asc[..., j] * scale for j in range(2)}
    return traced | {f"psc_{j + 1}": psc[..., j] * scale for j in range(N_RECEPTORS)}


def _input_currents(
    currents: tf.Tensor, input_rows: ArrayLike, neurons: NDArray[np.int64]
) -> tf.Tensor:
    """(batch, time, k, 4) of the rows that reach the neurons; 0 for receptors without input."""
    input_rows = np.asarray(input_rows)
    rows = (neurons[:, None] * N_RECEPTORS + np.arange(N_RECEPTORS)).reshape(-1)
    # A column of zeros behind the last stands for receptors that no input reaches.
    reached = np.isin(rows, input_rows)
    columns = np.where(reached, np.searchsorted(input_rows, rows), len(input_rows))
    padded = tf.pad(currents, [[0, 0], [0, 0], [0, 1]])
    taken = tf.gather(padded, columns.astype(np.int32), axis=2)
    return tf.reshape(taken, (*_batch_and_time(currents), len(neurons), N_RECEPTORS))


def _recurrent_currents(
    cell: Glif3Equations,
    recurrent: Synapses,
    weights: tf.Tensor,
    spikes: tf.Tensor,
    neurons: NDArray[np.int64],
) -> tf.Tensor:
    """(batch, time, k, 4): sum over the synapses of each receptor of w z(t - delay)."""
    # Synapses stand in the order of their targets.
    first = np.searchsorted(recurrent.target, neurons, "left")
    last = np.searchsorted(recurrent.target, neurons, "right")
    synapses = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
    synapses = synapses.astype(np.int64)
    owner = np.repeat(np.arange(len(neurons)), last - first)
    delay = cell.options.delay_steps(recurrent)[synapses]
    batch, n_steps = _batch_and_time(spikes)
    depth = cell.max_delay
    padded = tf.pad(spikes, [[0, 0], [depth, 0], [0, 0]])
    total = tf.zeros((len(neurons) * N_RECEPTORS, batch, n_steps))
    for d in np.unique(delay):
        mine = np.flatnonzero(delay == d)
        chosen = synapses[mine]
        sent = padded[:, depth - d : depth - d + n_steps]
        sent = tf.transpose(tf.gather(sent, recurrent.source[chosen], axis=2), (2, 0, 1))
        arriving = tf.gather(weights, chosen)[:, None, None] * sent
        rows = owner[mine] * N_RECEPTORS + recurrent.receptor[chosen].astype(np.int64)
        total += tf.math.unsorted_segment_sum(arriving, rows, len(neurons) * N_RECEPTORS)
    shape = (len(neurons), N_RECEPTORS, batch, n_steps)
    return tf.transpose(tf.reshape(total, shape), (2, 3, 0, 1))


def _run(
    cell: Glif3Equations, neurons: NDArray[np.int64], arriving: tf.Tensor, own_spikes: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """After-spike currents (batch, time, k, 2), psc (..., 4) and refractory time (batch, time, k).

    Of the cell's equations those that need no potential.
    """
    few = type(cell)(cell.parameters.take(neurons), options=cell.options)
    k = few.n_neurons
    batch, n_steps = _batch_and_time(own_spikes)
    # As a cell has them, the sample last. In a step act the spikes of the step before.
    arriving = tf.reshape(tf.transpose(arriving, (1, 2, 3, 0)), (n_steps, N_RECEPTORS * k, batch))
    before = tf.transpose(own_spikes, (1, 2, 0))
    before = tf.concat([tf.zeros_like(before[:1]), before[:-1]], 0)

    def step(t, asc, rise, psc, r, *arrays):
        z = before[t]
        asc, r = few.new_asc(asc, z, r), few.new_refractory(r, z)
        rise, psc = few.new_psc_rise(rise, arriving[t]), few.new_psc(psc, rise)
        kept = zip(arrays, (asc, psc, r), strict=True)
        return (t + 1, asc, rise, psc, r, *(array.write(t, x) for array, x in kept))

    none, no_current = tf.zeros((2, k, batch)), tf.zeros_like(arriving[0])
    arrays = [
        tf.TensorArray(tf.float32, n_steps, element_shape=x.shape)
        for x in (none, no_current, before[0])
    ]
    start = (tf.constant(0), none, no_current, no_current, tf.zeros_like(before[0]))
    *_, asc, psc, r = tf.while_loop(
        lambda t, *_: t < n_steps, step, (*start, *arrays), maximum_iterations=n_steps
    )
    psc = tf.reshape(psc.stack(), (n_steps, k, N_RECEPTORS, batch))
    return (
        tf.transpose(asc.stack(), (3, 0, 2, 1)),
        tf.transpose(psc, (3, 0, 1, 2)),
        tf.transpose(r.stack(), (2, 0, 1)),
    )


def _batch_and_time(x: tf.Tensor) -> tuple[int | tf.Tensor, ...]:
    """Batch size and number of steps, as numbers if they are known."""
    dynamic = tf.shape(x)
    return tuple(dynamic[i] if x.shape[i] is None else x.shape[i] for i in range(2))
