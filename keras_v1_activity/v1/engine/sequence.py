"""A whole sequence of the recurrent network, with its own gradient.

Forward, one compiled loop over time steps the cell and sums the spikes of the delay buffer into
currents. Backward, one compiled loop runs the adjoint of the cell from the last step to the first.
At each step it sends the gradient of the currents back along the synapses to the spikes that could
have caused them, and adds what each synapse that did carry a spike owes to its weight.

The derivative is that of the equations with the surrogate in place of the spike's, exactly as
automatic differentiation of `reference.py` gives it. There is no second derivative: it is 0.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from keras_v1_activity.v1.engine.glif3_cell import Adjoint, Glif3Cell, State
from keras_v1_activity.v1.engine.padded import detach
from keras_v1_activity.v1.engine.receptor_mix import ReceptorMix
from keras_v1_activity.v1.engine.synaptic_sums import EventSums, synaptic_sums
from keras_v1_activity.v1.engine.table_order import TableOrderSums
from keras_v1_activity.v1.network.table_cache import TableCache
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Synapses


class RecurrentSequence:
    """Runs a `Glif3Cell` network over time.

    Args:
        cell: `Glif3Cell`.
        recurrent: `Synapses` among its neurons; of the weights, only which there are is used here.
        input_rows: ascending ids (neuron * 4 + receptor) of the rows that `currents` brings.
        every_synapse: whether each step computes over all synapses instead of those that carry a
            spike; decided by the device if None, see `synaptic_sums`.
        tables: `TableCache` for the table of the synapses, or None.

    Example:
        >>> from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell
        >>> cell, rows = Glif3Cell(network.parameters), np.arange(4 * network.n_neurons)
        >>> run = RecurrentSequence(cell, network.recurrent, rows)
        >>> weights = tf.zeros((len(network.recurrent),))
        >>> spikes, v, final = run(weights, tf.zeros((3, len(rows), 1)), cell.initial_state(1))
        >>> spikes.shape
        TensorShape([3, 200, 1])
    """

    def __init__(
        self,
        cell: Glif3Cell,
        recurrent: Synapses,
        input_rows: ArrayLike,
        *,
        every_synapse: bool | None = None,
        tables: TableCache | None = None,
    ) -> None:
        self.cell: Glif3Cell = cell
        rows = np.asarray(input_rows, np.int32)
        n, depth = cell.n_neurons, cell.max_delay
        delays = cell.options.delay_steps(recurrent)
        # Where a synapse's spikes come from: a place in the flattened delay buffer.
        origins = (delays - 1) * n + recurrent.source
        self._mix = ReceptorMix(recurrent)
        self._sums = synaptic_sums(
            origins, self._mix.row, depth * n, self._mix.n_rows,
            every_synapse=every_synapse, tables=tables,
        )  # fmt: skip
        if cell.as_published and isinstance(self._sums, EventSums):
            self._sums = TableOrderSums(
                self._sums.outgoing, delays, recurrent.source, self._mix.row, depth, n,
                self._mix.n_rows, tables=tables,
            )  # fmt: skip
        place = np.full(N_RECEPTORS * n, len(rows), np.int32)
        place[rows] = np.arange(len(rows))
        with tf.init_scope():
            self._input_rows = tf.convert_to_tensor(rows)
            self._input_place = tf.convert_to_tensor(place)
        # The outer function keeps an eager GradientTape from differentiating the inner ones.
        self._differentiable = tf.function(
            self._with_own_gradient, reduce_retracing=True, autograph=False
        )
        self._run = tf.function(
            self._forward, jit_compile=True, reduce_retracing=True, autograph=False
        )
        self._run_back = tf.function(
            self._backward, jit_compile=True, reduce_retracing=True, autograph=False
        )
        self._run_trace = tf.function(
            self._trace, jit_compile=True, reduce_retracing=True, autograph=False
        )

    def __call__(
        self, weights: tf.Tensor, currents: tf.Tensor, initial_state: State
    ) -> tuple[tf.Tensor, tf.Tensor, State]:
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

    def trace(
        self, weights: tf.Tensor, currents: tf.Tensor, initial_state: State
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """All states of the run, for looking at currents; no gradient flows through it.

        Args:
            weights, currents, initial_state: as for a call.

        Returns:
            asc (time, 2, neuron, batch), psc_rise and psc (time, 4 neuron, batch), normalised.
        """
        weights, currents, *initial = detach((weights, currents, *initial_state))
        return detach(self._run_trace(weights, currents, initial))

    def _with_own_gradient(self, weights, currents, *initial):
        @tf.custom_gradient
        def sequence(*arguments):
            weights, currents, *initial = detach(arguments)
            saved, final = self._run(weights, currents, initial)
            saved = detach(saved)

            def grad(*upstream):
                upstream = detach(upstream)
                grads = self._run_back(weights, saved, initial[-1], upstream)
                return detach(grads)

            return (*saved[:2], *detach(final)), grad

        return sequence(weights, currents, *initial)

    def _forward(self, weights, currents, initial):
        """What the backward pass needs of each step, spikes and potentials first; final state."""

        def kept(state, for_adjoint):
            return state.z_buffer[0], state.v, *for_adjoint

        return self._steps(weights, currents, initial, kept)

    def _trace(self, weights, currents, initial):
        def kept(state, _):
            return state.asc, state.psc_rise, state.psc

        return self._steps(weights, currents, initial, kept)[0]

    def _steps(self, weights, currents, initial, kept):
        """Runs the cell; `kept(state, what its adjoint needs)` of all steps; the final state."""
        arranged = self._sums.arrange(weights)

        def step(t, state):
            current = self._mix.currents(self._sums.currents(arranged, state.z_buffer))
            return self.cell.step(state, current + self._all_rows(currents[t]))

        n_steps, initial = tf.shape(currents)[0], State(*initial)
        # The compiler drops what is not used of this step: only the kinds of the arrays.
        kinds = [x.dtype for x in kept(*step(0, initial))]
        arrays = [tf.TensorArray(kind, n_steps) for kind in kinds]

        def step_and_keep(t, state, *arrays):
            state, for_adjoint = step(t, state)
            values = kept(state, for_adjoint)
            return t + 1, state, *(a.write(t, x) for a, x in zip(arrays, values, strict=True))

        _, final, *arrays = tf.while_loop(
            lambda t, *_: t < n_steps,
            step_and_keep,
            (tf.constant(0), initial, *arrays),
            maximum_iterations=n_steps,
        )
        return tuple(array.stack() for array in arrays), tuple(final)

    def _all_rows(self, input_current):
        """(4 n, b) from (input rows, b): 0 if no input arrives."""
        nothing = tf.zeros_like(input_current[:1])
        return tf.gather(tf.concat([input_current, nothing], 0), self._input_place)

    def _backward(self, weights, saved, z_buffer, upstream):
        """Gradients of the weights, the currents and the parts of the initial state."""
        spikes, v, *kept = saved
        grad_spikes, grad_v, *grad_final = upstream
        n_steps = tf.shape(v)[0]
        # The delay buffer of step t, oldest spikes first, stands from place t on.
        history = tf.concat([tf.reverse(z_buffer, [0]), spikes], 0)
        arranged = self._sums.outgoing.arrange(weights)
        final = State(*grad_final)

        def arriving(adjoint):
            grad_current = self.cell.current_gradient(adjoint)
            mixed = (self._mix.adjoint(grad_current),) if self._mix.mixes else ()
            return grad_current, *mixed

        def step_back(back, after, arrived, pending, grad_weights, grad_rows):
            t = n_steps - 1 - back
            sent = tf.reverse(tf.slice(history, (t, 0, 0), tf.shape(z_buffer)), [0])
            sent = tf.ensure_shape(sent, z_buffer.shape)
            before, _ = self.cell.step_adjoint(
                after,
                self.cell.surrogate(v[t], kept[0][t]),
                sent[0],
                tuple(values[t] for values in kept),
                grad_v[t] + after.v,
                grad_spikes[t] + after.z_buffer + pending[0],
            )
            grad_weights = self._sums.collect(grad_weights, sent, arrived[-1])
            caused = self._sums.outgoing.pull(arranged, arrived[-1])
            if self.cell.recurrent_gradient != 1.0:
                caused *= self.cell.recurrent_gradient
            # pending[d] is what later currents ask of the spikes d steps before this one.
            pending = tf.concat([pending[1:], tf.zeros_like(pending[:1])], 0)
            pending += tf.reshape(caused, tf.shape(pending))
            grad_rows = grad_rows.write(t, tf.gather(arrived[0], self._input_rows))
            # Carried over, not computed where it is used: there, it would be once per synapse.
            return back + 1, before, arriving(before), pending, grad_weights, grad_rows

        after = Adjoint(final.v, final.asc, final.psc_rise, final.psc, tf.zeros_like(final.v))
        grad_rows = tf.TensorArray(self.cell.dtype, n_steps)
        start = (after, arriving(after), final.z_buffer, tf.zeros_like(arranged))
        _, first, _, pending, grad_weights, grad_rows = tf.while_loop(
            lambda back, *_: back < n_steps,
            step_back,
            (tf.constant(0), *start, grad_rows),
            maximum_iterations=n_steps,
        )
        newest = tf.concat([first.z_buffer[None], tf.zeros_like(pending[1:])], 0)
        grad_initial = State(
            first.v, tf.zeros_like(final.r), first.asc, first.psc_rise, first.psc, pending + newest
        )
        return self._sums.outgoing.in_order(grad_weights), grad_rows.stack(), *grad_initial
