"""The V1 network's equations in plain TensorFlow, differentiated by TensorFlow.

For tests and benchmarks only. It follows the equations line by line (`reference_steps.py`), batch
first, and shares no code with `sequence.py`, so that the two can be held against each other, to the
last bit: eager and in a graph, the same operations are rounded in the same order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.reference_steps import PlainState, heard, plain_step
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Glif3Parameters, Synapses


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
    step = plain_step(parameters, options, dtype)
    matrix = _matrix_of(recurrent, weights, options)
    batch, n_steps = currents.shape[:2]
    zeros = tf.zeros((batch, n), dtype)
    no_current = tf.zeros((batch, N_RECEPTORS * n), dtype)

    def one_step(t: Any, state: PlainState, buffer: Any, spikes: Any, potentials: Any) -> Any:
        sent = heard(tf.concat(buffer, 1), options)
        arriving = tf.sparse.sparse_dense_matmul(matrix, sent, adjoint_b=True)
        state, new = step(state, buffer[0], tf.transpose(arriving) + currents[:, t])
        spikes, potentials = spikes.write(t, new), potentials.write(t, state.v)
        return t + 1, state, (new, *buffer[:-1]), spikes, potentials

    v_reset = tf.constant(options.constants(parameters).v_reset, dtype)
    no_asc = tf.zeros((batch, n, 2), dtype)
    rest = PlainState(zeros + v_reset, zeros, no_asc, no_current, no_current)
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
