"""A whole sequence of the recurrent network, with its own gradient.

Forward, one compiled loop over time steps the cell and sums the spikes of the delay buffer into
currents. Backward, one compiled loop runs the adjoint of the cell from the last step to the first
and sends each current's gradient back along the synapses to the spikes that caused it. The weights'
gradient is taken once, after the loop: each synapse's is the dot product over time of the gradient
of the current it feeds and the spikes it carried.

The derivative is that of the equations with the surrogate in place of the spike's, exactly as
automatic differentiation of `reference.py` gives it. There is no second derivative: it is 0.
"""

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.glif3 import Adjoint, State
from keras_v1_activity.v1.network import N_RECEPTORS
from keras_v1_activity.v1.padded import PaddedRows, detach, weight_gradient


def delay_steps(synapses, dt, max_delay):
    """Delay of each synapse in whole time steps, rounded and clipped to 1..max_delay."""
    return np.clip(np.rint(synapses.delay / dt), 1, max_delay).astype(np.int64)


class RecurrentSequence:
    """Runs a `Glif3Cell` network over time.

    Args:
        cell: `Glif3Cell`.
        recurrent: `Synapses` among its neurons; only the pattern and delays are used here.
        input_rows: ascending ids (neuron * 4 + receptor) of the rows that `currents` brings.
    """

    def __init__(self, cell, recurrent, input_rows):
        self.cell = cell
        n, depth = cell.n_neurons, cell.max_delay
        # Column of a synapse: the place in the flattened delay buffer that it listens to.
        columns = (delay_steps(recurrent, cell.dt, depth) - 1) * n + recurrent.source
        rows = recurrent.row
        self._forward_table = PaddedRows.build(rows, columns, N_RECEPTORS * n, depth * n)
        self._backward_table = PaddedRows.build(columns, rows, depth * n, N_RECEPTORS * n)
        place = np.full(N_RECEPTORS * n, len(input_rows), np.int32)
        place[input_rows] = np.arange(len(input_rows))
        with tf.init_scope():
            self._rows = tf.convert_to_tensor(rows.astype(np.int32))
            self._columns = tf.convert_to_tensor(columns.astype(np.int32))
            self._input_rows = tf.convert_to_tensor(np.asarray(input_rows, np.int32))
            self._input_place = tf.convert_to_tensor(place)
        # The outer function keeps an eager GradientTape from differentiating the inner ones.
        self._differentiable = tf.function(self._with_own_gradient, reduce_retracing=True)
        self._run = tf.function(self._forward, jit_compile=True, reduce_retracing=True)
        self._run_back = tf.function(self._backward, jit_compile=True, reduce_retracing=True)
        self._run_weights = tf.function(
            self._weights_gradient, jit_compile=True, reduce_retracing=True
        )

    def __call__(self, weights, currents, initial_state):
        """Runs the network.

        Args:
            weights: (n_synapses,) normalised.
            currents: (time, input rows, batch) input currents, normalised.
            initial_state: `State`.

        Returns:
            spikes and normalised potentials, (time, neuron, batch) each, and the final `State`.
            Gradients flow to weights, currents and the initial state (but for its r).
        """
        spikes, v, *final = self._differentiable(weights, currents, *initial_state)
        return spikes, v, State(*final)

    def _with_own_gradient(self, weights, currents, *initial):
        @tf.custom_gradient
        def sequence(*arguments):
            weights, currents, *initial = detach(arguments)
            *saved, final = self._run(weights, currents, initial)
            spikes, v, refractory, v_unreset = detach(saved)

            def grad(*upstream):
                grad_spikes, grad_v, *grad_final = detach(upstream)
                saved = (spikes, v, refractory, v_unreset, initial[-1])
                grad_currents, grad_initial, grad_rows = self._run_back(
                    weights, saved, grad_spikes, grad_v, grad_final
                )
                grad_weights = self._run_weights(*detach((grad_rows, spikes, initial[-1])))
                return detach((grad_weights, grad_currents, *grad_initial))

            return (spikes, v, *detach(final)), grad

        return sequence(weights, currents, *initial)

    def trace(self, weights, currents, initial_state):
        """All states of the run, for looking at currents; no gradient flows through it.

        Returns:
            asc (time, 2, neuron, batch), psc_rise and psc (time, 4 neuron, batch), normalised.
        """
        arranged = self._forward_table.arrange(tf.stop_gradient(weights))
        currents = tf.stop_gradient(currents)
        n_steps = tf.shape(currents)[0]
        arrays = [tf.TensorArray(self.cell.dtype, n_steps) for _ in range(3)]

        def step(t, state, *arrays):
            state, _ = self.cell.step(state, self._current(arranged, state, currents[t]))
            kept = (state.asc, state.psc_rise, state.psc)
            arrays = [array.write(t, x) for array, x in zip(arrays, kept, strict=True)]
            return (t + 1, state, *arrays)

        initial_state = State(*map(tf.stop_gradient, initial_state))
        result = tf.while_loop(
            lambda t, *_: t < n_steps,
            step,
            (tf.constant(0), initial_state, *arrays),
            maximum_iterations=n_steps,
        )
        return tuple(array.stack() for array in result[2:])

    def _current(self, arranged, state, input_current):
        """(4 n, b) what arrives at this step: recurrent sum plus input."""
        sent = tf.reshape(state.z_buffer, (self._forward_table.n_columns, -1))
        recurrent = self._forward_table.product(arranged, sent)
        nothing = tf.zeros_like(input_current[:1])
        return recurrent + tf.gather(tf.concat([input_current, nothing], 0), self._input_place)

    def _forward(self, weights, currents, initial):
        n_steps = tf.shape(currents)[0]
        arranged = self._forward_table.arrange(weights)
        types = (self.cell.dtype, self.cell.dtype, tf.bool, self.cell.dtype)
        arrays = [tf.TensorArray(dtype, n_steps) for dtype in types]

        def step(t, state, *arrays):
            current = self._current(arranged, state, currents[t])
            state, v_unreset = self.cell.step(state, current)
            kept = (state.z_buffer[0], state.v, state.r > 0, v_unreset)
            arrays = [array.write(t, x) for array, x in zip(arrays, kept, strict=True)]
            return (t + 1, state, *arrays)

        _, final, *arrays = tf.while_loop(
            lambda t, *_: t < n_steps,
            step,
            (tf.constant(0), State(*initial), *arrays),
            maximum_iterations=n_steps,
        )
        spikes, v, refractory, v_unreset = (array.stack() for array in arrays)
        return spikes, v, refractory, v_unreset, tuple(final)

    def _backward(self, weights, saved, grad_spikes, grad_v, grad_final):
        spikes, v, refractory, v_unreset, z_buffer = saved
        n_steps = tf.shape(v)[0]
        slope = self.cell.surrogate(v, refractory)
        z_before = tf.concat([z_buffer[:1], spikes[:-1]], 0)
        arranged = self._backward_table.arrange(weights)
        final = State(*grad_final)

        def step_back(back, after, pending, grad_rows):
            t = n_steps - 1 - back
            before, grad_current = self.cell.step_adjoint(
                after,
                slope[t],
                z_before[t],
                v_unreset[t],
                grad_v[t] + after.v,
                grad_spikes[t] + after.z_buffer + pending[0],
            )
            caused = self._backward_table.product(arranged, grad_current)
            # pending[d] is what later currents ask of the spikes d steps before this one.
            pending = tf.concat([pending[1:], tf.zeros_like(pending[:1])], 0)
            pending += tf.reshape(caused, tf.shape(pending))
            return back + 1, before, pending, grad_rows.write(t, grad_current)

        after = Adjoint(final.v, final.asc, final.psc_rise, final.psc, tf.zeros_like(final.v))
        grad_rows = tf.TensorArray(self.cell.dtype, n_steps)
        _, first, pending, grad_rows = tf.while_loop(
            lambda back, *_: back < n_steps,
            step_back,
            (tf.constant(0), after, final.z_buffer, grad_rows),
            maximum_iterations=n_steps,
        )
        grad_rows = grad_rows.stack()
        newest = tf.concat([first.z_buffer[None], tf.zeros_like(pending[1:])], 0)
        grad_initial = State(
            first.v, tf.zeros_like(final.r), first.asc, first.psc_rise, first.psc, pending + newest
        )
        grad_currents = tf.gather(grad_rows, self._input_rows, axis=1)
        return grad_currents, tuple(grad_initial), grad_rows

    def _weights_gradient(self, grad_rows, spikes, z_buffer):
        depth, n = self.cell.max_delay, self.cell.n_neurons
        n_steps = tf.shape(spikes)[0]
        history = tf.concat([tf.reverse(z_buffer, [0]), spikes], 0)
        sent = tf.stack([history[depth - d : depth - d + n_steps] for d in range(1, depth + 1)])
        sent = tf.reshape(tf.transpose(sent, (0, 2, 1, 3)), (depth * n, -1))
        arrived = tf.reshape(tf.transpose(grad_rows, (1, 0, 2)), (N_RECEPTORS * n, -1))
        return weight_gradient(arrived, sent, self._rows, self._columns)
