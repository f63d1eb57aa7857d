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

from keras_v1_activity.v1.engine.backward import BackwardPass
from keras_v1_activity.v1.engine.blocks import heard, pack
from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell, State
from keras_v1_activity.v1.engine.loops import repeat
from keras_v1_activity.v1.engine.padded import detach
from keras_v1_activity.v1.engine.receptor_mix import ReceptorMix
from keras_v1_activity.v1.engine.segments import Segments, segmented
from keras_v1_activity.v1.engine.synaptic_sums import EventSums, Sums
from keras_v1_activity.v1.engine.table_order import TableOrderSums
from keras_v1_activity.v1.engine.ways import PIECE_BYTES, synaptic_sums
from keras_v1_activity.v1.network.table_cache import TableCache
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Synapses


class RecurrentSequence:
    """Runs a `Glif3Cell` network over time.

    Args:
        cell: `Glif3Cell`.
        recurrent: `Synapses` among its neurons; of the weights, only which there are is used here.
        input_rows: ascending ids (neuron * 4 + receptor) of the rows that `currents` brings.
        way: in which way sums over the synapses are taken, see `synaptic_sums`; decided by the
            device if None.
        tables: `TableCache` for the table of the synapses, or None.
        piece_bytes: see `synaptic_sums`.

    Attributes:
        cell: as given.
        sums: as of `synaptic_sums`.
        block_length: time steps whose sums are taken together, see `blocks.py`.

    Example:
        >>> from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell
        >>> cell, rows = Glif3Cell(network.parameters), np.arange(4 * network.n_neurons)
        >>> run = RecurrentSequence(cell, network.recurrent, rows)
        >>> weights = tf.zeros((len(network.recurrent),))
        >>> spikes, v, final = run(weights, tf.zeros((3, 1, len(rows))), cell.initial_state(1))
        >>> spikes.shape
        TensorShape([3, 200, 1])
    """

    def __init__(
        self,
        cell: Glif3Cell,
        recurrent: Synapses,
        input_rows: ArrayLike,
        *,
        way: str | None = None,
        tables: TableCache | None = None,
        piece_bytes: int = PIECE_BYTES,
    ) -> None:
        self.cell: Glif3Cell = cell
        rows = np.asarray(input_rows, np.int32)
        n, depth = cell.n_neurons, cell.max_delay
        delays = cell.options.delay_steps(recurrent)
        # Where a synapse's spikes come from: a place in the flattened delay buffer.
        origins = (delays - 1) * n + recurrent.source
        self._mix = ReceptorMix(recurrent)
        self.sums: Sums = synaptic_sums(
            origins, self._mix.row, depth * n, self._mix.n_rows,
            way=way, dtype=cell.options.sums_dtype, tables=tables, piece_bytes=piece_bytes,
        )  # fmt: skip
        if cell.as_published and isinstance(self.sums, EventSums):
            self.sums = TableOrderSums(
                self.sums.outgoing, delays, recurrent.source, self._mix.row, depth, n,
                self._mix.n_rows, dtype=cell.options.sums_dtype, tables=tables,
            )  # fmt: skip
        self.block_length: int = cell.steps_to_potential + 1
        # To follow the spikes of a step costs the same alone as beside those of others.
        self._forward_length = 1 if isinstance(self.sums, EventSums) else self.block_length
        place = np.full(N_RECEPTORS * n, len(rows), np.int32)
        place[rows] = np.arange(len(rows))
        with tf.init_scope():
            self._input_rows = tf.convert_to_tensor(rows)
            self._input_place = tf.convert_to_tensor(place)
        self._every_row = np.array_equal(place, np.arange(N_RECEPTORS * n))
        # The outer function keeps an eager GradientTape from differentiating the inner ones.
        self._differentiable = tf.function(
            self._with_own_gradient, reduce_retracing=True, autograph=False
        )
        self._run = tf.function(
            self._forward, jit_compile=True, reduce_retracing=True, autograph=False
        )
        rows_of_input = None if self._every_row else self._input_rows
        back = BackwardPass(cell, self.sums, self._mix, rows_of_input, self.block_length)
        self._run_back = tf.function(
            back.__call__, jit_compile=True, reduce_retracing=True, autograph=False
        )
        steps = cell.options.segment_steps(None)
        self._segments = None if steps is None else Segments(self._run, self._run_back, steps)
        self._run_trace = tf.function(
            self._trace, jit_compile=True, reduce_retracing=True, autograph=False
        )

    def __call__(
        self, weights: tf.Tensor, currents: tf.Tensor, initial_state: State
    ) -> tuple[tf.Tensor, tf.Tensor, State]:
        """Runs the network.

        Args:
            weights: (n_synapses,) normalised.
            currents: (time, batch, input rows) input currents, normalised: in the order in which a
                layer has them in memory, which one moment is read from at a time.
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
        if self._segments is not None:
            return segmented(self._segments, (weights, currents, *initial))

        @tf.custom_gradient
        def sequence(*arguments):
            weights, currents, *initial = detach(arguments)
            spikes, saved, final = self._run(weights, currents, initial)
            saved = detach(saved)

            def grad(*upstream):
                upstream = detach(upstream)
                grads = self._run_back(weights, saved, initial[-1], upstream)
                return detach(grads)

            return (*detach((spikes, saved[1])), *detach(final)), grad

        return sequence(weights, currents, *initial)

    def _forward(self, weights, currents, initial):
        """What the backward pass needs of each step; spikes, potentials and the final state."""

        def kept(state, for_adjoint):
            z = state.z_buffer[0]
            flags_packed = (pack(x) if x.dtype == tf.bool else x for x in for_adjoint)
            return z, pack(z), state.v, *flags_packed

        (spikes, *saved), final = self._steps(weights, currents, initial, kept)
        return spikes, tuple(saved), final

    def _trace(self, weights, currents, initial):
        def kept(state, _):
            return state.asc, state.psc_rise, state.psc

        return self._steps(weights, currents, initial, kept)[0]

    def _steps(self, weights, currents, initial, kept):
        """Runs the cell; `kept(state, what its adjoint needs)` of all steps; the final state."""
        arranged = self.sums.arrange(weights)
        n_steps, initial = tf.shape(currents)[0], State(*initial)
        n_blocks = -(-n_steps // self._forward_length)

        whole = currents.shape[0] is not None and currents.shape[0] % self._forward_length == 0

        def block(k, state, *arrays):
            states = []
            for j, arriving in enumerate(self._arriving(arranged, state)):
                t = k * self._forward_length + j
                current = arriving + self._all_rows(currents[tf.minimum(t, n_steps - 1)])
                state, for_adjoint = self.cell.step(state, current)
                values = kept(state, for_adjoint)
                arrays = [a.write(t, x) for a, x in zip(arrays, values, strict=True)]
                states.append(state)
            state = states[-1]
            if not whole:
                # What would come behind the last step is no part of the final state.
                for j, earlier in enumerate(states[:-1]):
                    last = k * self._forward_length + j == n_steps - 1
                    state = State(
                        *(tf.where(last, a, b) for a, b in zip(earlier, state, strict=True))
                    )
            return k + 1, state, *arrays

        # The compiler drops what is not used of this step: only the kinds of the arrays.
        one_step = self.cell.step(initial, tf.zeros_like(initial.psc))
        kinds = [x.dtype for x in kept(*one_step)]
        arrays = [tf.TensorArray(kind, n_blocks * self._forward_length) for kind in kinds]
        _, final, *arrays = repeat(n_blocks, block, initial, *arrays)
        return tuple(array.stack()[:n_steps] for array in arrays), tuple(final)

    def _arriving(self, arranged, state):
        """(4 n, b) of each step of a block: what arrives from the network, oldest first."""
        ahead, newest = state, []
        nothing = tf.zeros_like(state.psc)
        # Their spikes are settled: no current that is yet to come reaches these potentials.
        for _ in range(self._forward_length - 1):
            ahead, _ = self.cell.step(ahead, nothing)
            newest.insert(0, ahead.z_buffer[:1])
        sent = heard(tf.concat([*newest, state.z_buffer], 0), self._forward_length)
        arriving = self._mix.currents(self.sums.currents(arranged, sent))
        return tf.split(arriving, self._forward_length, axis=1)[::-1]

    def _all_rows(self, input_current):
        """(4 n, b) from (b, input rows): 0 if no input arrives."""
        if not self._every_row:
            nothing = tf.zeros_like(input_current[:, :1])
            padded = tf.concat([input_current, nothing], 1)
            input_current = tf.gather(padded, self._input_place, axis=1)
        return tf.transpose(input_current)
