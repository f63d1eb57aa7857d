"""The way back through a sequence: the adjoint of each time step, from the last to the first.

In blocks of time steps (`blocks.py`): the gradients of a block's currents are sent back along the
synapses together, to the spikes that could have caused them, and each synapse that did carry a
spike is owed its part. Then follow the adjoints of the steps whose spikes are settled by that: the
step before each of the currents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from keras_v1_activity.v1.engine.blocks import by_spike, heard, pack, unpack
from keras_v1_activity.v1.engine.glif3_cell import Adjoint, Glif3Cell, State
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
        arranged = self._sums.arrange_back(weights)
        # The spikes that a block hears, and those before each of its steps.
        n_heard = self._cell.max_delay + length - 1
        n_recent = max(n_heard, length + 1)
        window = self._windows(saved[0], z_buffer, n_recent)
        step = self._step_of(saved, upstream)

        def block(k, after, together, pending, recent, grad_weights, grad_rows):
            t = n_steps - 1 - k * length
            sent = heard(recent[:n_heard], length)
            grad_weights = self._sums.collect(grad_weights, sent, together[-1])
            caused = tf.reshape(self._sums.pull(arranged, together[-1]), tf.shape(sent))
            if self._cell.recurrent_gradient != 1.0:
                caused *= self._cell.recurrent_gradient
            # pending[d] is what later currents ask of the spikes d steps before step t - 1.
            pending = tf.concat([pending[length:], tf.zeros_like(pending[:length])], 0)
            pending += by_spike(caused, length)
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
            recent = tf.concat([recent[length:], window(t - n_recent, length)], 0)
            return k + 1, after, together, pending, recent, grad_weights, grad_rows

        final = State(*upstream[2:])
        last = Adjoint(final.v, final.asc, final.psc_rise, final.psc, tf.zeros_like(final.v))
        recent = window(n_steps - 1, n_recent)
        after = step(n_steps - 1, last, final.z_buffer[0], recent[0])
        pending = tf.pad(final.z_buffer[1:], [[length, 0], [0, 0], [0, 0]])
        start = (after, self._together(n_steps - 1, last, after), pending, recent)
        grad_rows = tf.TensorArray(self._cell.dtype, n_blocks * length)
        _, first, _, pending, _, grad_weights, grad_rows = tf.while_loop(
            lambda k, *_: k < n_blocks,
            block,
            (tf.constant(0), *start, self._sums.no_gradient(), grad_rows),
            maximum_iterations=n_blocks,
        )
        before = tf.slice(pending, ((n_steps - 1) % length, 0, 0), tf.shape(z_buffer))
        newest = tf.concat([first.z_buffer[None], tf.zeros_like(before[1:])], 0)
        grad_initial = State(
            first.v, tf.zeros_like(final.r), first.asc, first.psc_rise, first.psc, before + newest
        )
        grad_rows = grad_rows.stack()[n_blocks * length - n_steps :]
        return self._sums.in_order(grad_weights), grad_rows, *grad_initial

    def _windows(
        self, spikes: tf.Tensor, z_buffer: tf.Tensor, longest: int
    ) -> Callable[[tf.Tensor, int], tf.Tensor]:
        """A function of t and k: the k spike vectors before step t, bool, newest first."""
        before = tf.reverse(pack(z_buffer), [0])
        # Nothing was sent before the delay buffer: the last block may ask for it.
        missing = longest - z_buffer.shape[0]
        history = tf.concat([before, spikes], 0)
        history = tf.pad(history, [[missing, 0], [0, 0], [0, 0]])

        def window(t, k):
            size = (k, *tf.unstack(tf.shape(spikes)[1:]))
            packed = tf.slice(history, (tf.maximum(t + longest - k, 0), 0, 0), size)
            n = self._cell.n_neurons
            flags = unpack(tf.reverse(packed, [0]), n)
            return tf.ensure_shape(flags, (k, n, z_buffer.shape[2]))

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
