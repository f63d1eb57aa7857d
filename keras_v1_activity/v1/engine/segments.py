"""A long run as segments of time, of which only the states at their starts are kept.

The way back takes the segments from the last to the first. Each is run again from the state at its
start, by the same compiled program as before, so that every number is the same; then its own way
back begins. What is kept of all time steps are the input currents; what is kept of each step for
the way back exists for one segment at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from keras_v1_activity.v1.engine.loops import repeat
from keras_v1_activity.v1.engine.padded import detach

Arrays = Sequence[tf.Tensor]


class Segments:
    """Runs a sequence in segments, forward and back.

    Args:
        run: function of weights, currents and state that gives the spikes of each step, what the
            way back needs (with the potentials as its second entry), and the final state.
        run_back: function of weights, what `run` kept, the delay buffer at the start and upstream
            gradients, that gives the gradients of weights, currents and state.
        n_steps: time steps of a segment; the sequence is a whole number of them.

    Example:
        >>> from keras_v1_activity.v1.engine.cell_options import CellOptions
        >>> from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell
        >>> from keras_v1_activity.v1.engine.sequence import RecurrentSequence
        >>> cell = Glif3Cell(network.parameters, options=CellOptions(segment_ms=2))
        >>> run, weights = RecurrentSequence(cell, network.recurrent, [0]), tf.ones(
        ...     (len(network.recurrent),)
        ... )
        >>> run(weights, tf.ones((4, 1, 1)), cell.initial_state(1))[0].shape
        TensorShape([4, 200, 1])
    """

    def __init__(self, run: Callable[..., Any], run_back: Callable[..., Any], n_steps: int) -> None:
        self._run = run
        self._run_back = run_back
        self._n_steps = n_steps

    def forward(
        self, weights: tf.Tensor, currents: tf.Tensor, state: Arrays
    ) -> tuple[tf.Tensor, tf.Tensor, tuple[tf.Tensor, ...], tuple[tf.Tensor, ...]]:
        """Spikes and potentials of all steps, the states at the starts, and the final state."""
        pieces = self._cut(currents)
        number = tf.shape(pieces)[0]

        def one(k, state, kept):
            spikes, saved, final = self._run(weights, pieces[k], state)
            values = (spikes, saved[1], *state)
            return k + 1, tuple(final), [a.write(k, x) for a, x in zip(kept, values, strict=True)]

        kept = [tf.TensorArray(currents.dtype, number) for _ in range(2 + len(state))]
        _, final, kept = repeat(number, one, tuple(state), kept)
        spikes, v = (_joined(array) for array in kept[:2])
        return spikes, v, tuple(array.stack() for array in kept[2:]), tuple(final)

    def backward(
        self, weights: tf.Tensor, currents: tf.Tensor, starts: Arrays, upstream: Arrays
    ) -> tuple[tf.Tensor, ...]:
        """Gradients of the weights, the currents and the parts of the initial state."""
        pieces, grad_spikes, grad_v = (self._cut(x) for x in (currents, *upstream[:2]))
        number = tf.shape(pieces)[0]

        def one(back, grad_state, grad_weights, grad_currents):
            k = number - 1 - back
            state = tuple(start[k] for start in starts)
            _, saved, _ = self._run(weights, pieces[k], state)
            due = (grad_spikes[k], grad_v[k], *grad_state)
            of_weights, of_currents, *of_state = self._run_back(weights, saved, state[-1], due)
            grad_currents = grad_currents.write(k, of_currents)
            return back + 1, tuple(of_state), grad_weights + of_weights, grad_currents

        start = tuple(upstream[2:]), tf.zeros_like(weights), tf.TensorArray(currents.dtype, number)
        _, grad_state, grad_weights, grad_currents = repeat(number, one, *start)
        return grad_weights, _joined(grad_currents), *grad_state

    def _cut(self, x: tf.Tensor) -> tf.Tensor:
        """(segments, time steps of each, ...) from (time, ...)."""
        return tf.reshape(x, tf.concat([[-1, self._n_steps], tf.shape(x)[1:]], 0))


def _joined(pieces: tf.TensorArray) -> tf.Tensor:
    """(time, ...) from the (time steps of a segment, ...) of each segment."""
    stacked = pieces.stack()
    return tf.reshape(stacked, tf.concat([[-1], tf.shape(stacked)[2:]], 0))


def segmented(segments: Segments, arguments: Arrays) -> tuple[tf.Tensor, ...]:
    """Spikes, potentials and final state of weights, currents and state; with their gradient."""

    @tf.custom_gradient
    def sequence(*arguments):
        weights, currents, *state = detach(arguments)
        spikes, v, starts, final = segments.forward(weights, currents, state)
        starts = detach(starts)

        def grad(*upstream):
            return detach(segments.backward(weights, currents, starts, detach(upstream)))

        return (*detach((spikes, v)), *detach(final)), grad

    return sequence(*arguments)
