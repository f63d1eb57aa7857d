"""The way back through a sequence: the adjoint of each time step, from the last to the first.

In blocks of time steps (`blocks.py`): the gradients of a block's currents are sent back along the
synapses together, to the spikes that could have caused them, and each synapse that did carry a
spike is owed its part. Then follow the adjoints of the steps whose spikes are settled by that: the
step before each of the currents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from keras_v1_activity.v1.engine.blocks import by_spike, heard, heard_long, pack, unpack
from keras_v1_activity.v1.engine.glif3_cell import Adjoint, Glif3Cell, State
from keras_v1_activity.v1.engine.loops import even_pieces, repeat
from keras_v1_activity.v1.engine.receptor_mix import ReceptorMix
from keras_v1_activity.v1.engine.synaptic_sums import Sums


class BackwardPass:
    """Gradients of a run of `RecurrentSequence`.

    Args:
        cell: `Glif3Cell`.
        sums: as of `synaptic_sums`.
        mix: `ReceptorMix` from what the sums give to the currents.
        input_rows: (rows,) int32 tensor, the currents that the input feeds; None: every one.
        length: time steps of a block.

    Example:
        >>> from keras_v1_activity.v1.engine.sequence import RecurrentSequence
        >>> cell, weights = Glif3Cell(network.parameters), tf.ones((len(network.recurrent),))
        >>> run, currents = RecurrentSequence(cell, network.recurrent, [0, 1]), tf.ones((4, 1, 2))
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(currents)
        ...     spikes, v, final = run(weights, currents, cell.initial_state(1))
        ...     loss = tf.reduce_sum(v)
        >>> tape.gradient(loss, currents).shape
        TensorShape([4, 1, 2])
    """

    def __init__(
        self,
        cell: Glif3Cell,
        sums: Sums,
        mix: ReceptorMix,
        input_rows: tf.Tensor | None,
        length: int,
    ) -> None:
        self._cell = cell
        self._sums = sums
        self._mix = mix
        self._input_rows = input_rows
        self._length = length
        # The spikes that a block hears, and those before each of its steps.
        self._n_heard = cell.max_delay + length - 1
        self._n_recent = max(self._n_heard, length + 1)

    def __call__(
        self,
        weights: tf.Tensor,
        saved: Sequence[tf.Tensor],
        z_buffer: tf.Tensor,
        upstream: Sequence[tf.Tensor],
    ) -> tuple[tf.Tensor, ...]:
        """Gradients of the weights, the currents and the parts of the initial state.

        Args:
            weights: (n_synapses,).
            saved: what `RecurrentSequence` keeps of each step.
            z_buffer: (depth, n, b) spikes before the first step.
            upstream: gradients of the spikes (time, n, b), the potentials (time, n, b) and the
                parts of the final state.
        """
        n_steps, length = tf.shape(saved[1])[0], self._length
        n_blocks = -(-n_steps // length)
        pieces = self._pieces(n_blocks, tf.shape(saved[1])[2])
        if pieces is not None:
            n_blocks = pieces[0] * pieces[1]
        # Nothing was sent before the delay buffer: the last blocks may ask for it.
        missing = tf.maximum(n_blocks * length - n_steps, self._n_recent - self._cell.max_delay)
        window = self._windows(saved[0], z_buffer, missing)
        block = self._block_of(weights, saved, upstream, window, n_blocks)
        start = self._start(saved, upstream, window, n_blocks)
        grad_weights, state = self._run(block, window, start, (n_steps, n_blocks, pieces))
        first, _, pending, _, grad_rows = state
        before = tf.slice(pending, ((n_steps - 1) % length, 0, 0), tf.shape(z_buffer))
        newest = tf.concat([first.z_buffer[None], tf.zeros_like(before[1:])], 0)
        grad_initial = State(
            first.v, tf.zeros_like(first.v), first.asc, first.psc_rise, first.psc, before + newest
        )
        grad_rows = grad_rows.stack()[n_blocks * length - n_steps :]
        return self._sums.in_order(grad_weights), grad_rows, *grad_initial

    def _pieces(self, n_blocks: tf.Tensor, batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor] | None:
        """How many pieces of time there are, and blocks in each; None without pieces."""
        most = self._sums.most_columns
        if most is None:
            return None
        return even_pieces(n_blocks, tf.maximum(most // (self._length * batch), 1))

    def _run(self, block, window, start, sizes):
        """The weights' gradient, and the state that `block` leaves after the earliest block."""
        n_steps, n_blocks, pieces = sizes
        sums, length, depth = self._sums, self._length, self._cell.max_delay

        def one_block(k, grad_weights, *state):
            sent = heard(state[3][: self._n_heard], length)
            return k + 1, sums.collect(grad_weights, sent, state[1][-1]), *block(k, *state)

        def one_piece(k, grad_weights, kept, *state):
            newest = n_steps - 1 - k * pieces[1] * length

            def one(j, kept, *state):
                kept = kept.write(j, state[1][-1])
                return j + 1, kept, *block(k * pieces[1] + j, *state)

            _, kept, *state = repeat(pieces[1], one, kept, *state)
            due = kept.stack()
            sent = heard_long(window(newest, depth + tf.shape(due)[0] * length - 1), depth)
            due = tf.reshape(tf.transpose(due, (1, 0, 2)), (sums.n_rows, -1))
            return k + 1, sums.collect(grad_weights, sent, due), kept, *state

        if pieces is None:
            _, grad_weights, *state = repeat(n_blocks, one_block, sums.no_gradient(), *start)
            return grad_weights, state
        kept = tf.TensorArray(self._cell.dtype, pieces[1])
        _, grad_weights, _, *state = repeat(pieces[0], one_piece, sums.no_gradient(), kept, *start)
        return grad_weights, state

    def _start(self, saved, upstream, window, n_blocks):
        """What `block` takes of the newest block."""
        final, length, n_steps = State(*upstream[2:]), self._length, tf.shape(saved[1])[0]
        last = Adjoint(final.v, final.asc, final.psc_rise, final.psc, tf.zeros_like(final.v))
        recent = window(n_steps - 1, self._n_recent)
        after = self._step_of(saved, upstream)(n_steps - 1, last, final.z_buffer[0], recent[0])
        pending = tf.pad(final.z_buffer[1:], [[length, 0], [0, 0], [0, 0]])
        grad_rows = tf.TensorArray(self._cell.dtype, n_blocks * length)
        return after, self._together(n_steps - 1, last, after), pending, recent, grad_rows

    def _block_of(self, weights, saved, upstream, window, n_blocks):
        """A function of the k-th block from the end and the state that it leaves for the next.

        The state: the `Adjoint` before the block's newest step, the gradients of its currents, what
        later currents ask of earlier spikes, the latest spikes before that step, and the gradients
        of the input currents.
        """
        arranged = self._sums.arrange_back(weights)
        n_steps, length = tf.shape(saved[1])[0], self._length
        step = self._step_of(saved, upstream)
        in_pieces = self._sums.most_columns is not None
        n, batch = self._cell.n_neurons, upstream[-1].shape[2]
        columns = -1 if batch is None else length * batch

        def block(k, after, together, pending, recent, grad_rows):
            t = n_steps - 1 - k * length
            caused = self._sums.pull(arranged, together[-1])
            caused = tf.reshape(caused, (self._cell.max_delay, n, columns))
            if self._cell.recurrent_gradient != 1.0:
                caused *= self._cell.recurrent_gradient
            # shifted[d] is what later currents ask of the spikes d steps before step t - 1.
            shifted = tf.concat([pending[length:], tf.zeros_like(pending[:length])], 0)
            shifted += by_spike(caused, length)
            # The last piece may hold blocks before the first step.
            pending = tf.where(t < 0, pending, shifted) if in_pieces else shifted
            for j, due in enumerate(tf.split(together[0], length, axis=1)):
                place = (n_blocks - k) * length - 1 - j
                if self._input_rows is not None:
                    due = tf.gather(due, self._input_rows)
                grad_rows = grad_rows.write(place, tf.transpose(due))
            earlier = after
            for j in range(length):
                earlier, after = after, step(t - 1 - j, after, pending[j], recent[j + 1])
            # Carried over, not computed where it is used: there, it would be once per synapse.
            together = self._together(t - length, earlier, after)
            # Carried over: each is unpacked once.
            recent = tf.concat([recent[length:], window(t - self._n_recent, length)], 0)
            return after, together, pending, recent, grad_rows

        return block

    def _windows(
        self, spikes: tf.Tensor, z_buffer: tf.Tensor, missing: tf.Tensor
    ) -> Callable[[tf.Tensor, int | tf.Tensor], tf.Tensor]:
        """A function of t and k: the k spike vectors before step t, bool, newest first."""
        before = tf.reverse(pack(z_buffer), [0])
        history = tf.pad(tf.concat([before, spikes], 0), [[missing, 0], [0, 0], [0, 0]])
        end = missing + z_buffer.shape[0]

        def window(t, k):
            size = (k, *tf.unstack(tf.shape(spikes)[1:]))
            packed = tf.slice(history, (tf.maximum(t + end - k, 0), 0, 0), size)
            n = self._cell.n_neurons
            known = k if isinstance(k, int) else None
            flags = unpack(tf.reverse(packed, [0]), n)
            return tf.ensure_shape(flags, (known, n, z_buffer.shape[2]))

        return window

    def _step_of(
        self, saved: Sequence[tf.Tensor], upstream: Sequence[tf.Tensor]
    ) -> Callable[[tf.Tensor, Adjoint, tf.Tensor, tf.Tensor], Adjoint]:
        """The adjoint of step t, a function of t, what came after, and what its spikes are asked.

        Its last argument is the spikes of the step before. Before the first step it changes
        nothing.
        """
        _, v, *kept = saved
        grad_spikes, grad_v = upstream[:2]

        def step(t, after, pending, z_before):
            at = tf.maximum(t, 0)
            values = tuple(self._unpacked(x[at]) for x in kept)
            before, _ = self._cell.step_adjoint(
                after,
                self._cell.surrogate(v[at], values[0]),
                tf.cast(z_before, v.dtype),
                values,
                grad_v[at] + after.v,
                grad_spikes[at] + after.z_buffer + pending,
            )
            return Adjoint(*(tf.where(t < 0, a, b) for a, b in zip(after, before, strict=True)))

        return step

    def _unpacked(self, x: tf.Tensor) -> tf.Tensor:
        """Flags as they were before `pack`, and potentials as they are."""
        return unpack(x, self._cell.n_neurons) if x.dtype == tf.uint8 else x

    def _together(self, t: tf.Tensor, after: Adjoint, before: Adjoint) -> tuple[tf.Tensor, ...]:
        """(4 n, length * b) gradients of a block's currents, from that of step t backward.

        If the sums are mixed to currents, then also the gradients of the sums.

        Args:
            t: the block's newest step.
            after, before: of the state after that step and of the one before.
        """
        adjoints = [after, before]
        nothing = tf.zeros_like(after.v)
        while len(adjoints) < self._length:
            # What the spikes are asked reaches these currents by way of later potentials only.
            adjoints.append(self._cell.linear_adjoint(adjoints[-1], nothing, nothing))
        due = [self._cell.current_gradient(x) for x in adjoints[: self._length]]
        due = [tf.where(t - j < 0, tf.zeros_like(x), x) for j, x in enumerate(due)]
        together = tf.concat(due, axis=1)
        return (together, self._mix.adjoint(together)) if self._mix.mixes else (together,)
