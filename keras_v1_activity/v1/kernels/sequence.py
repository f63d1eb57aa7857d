"""A whole sequence of the recurrent network by the loops of this room, with its own gradient."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell, State
from keras_v1_activity.v1.engine.padded import detach
from keras_v1_activity.v1.engine.receptor_mix import sums_of
from keras_v1_activity.v1.kernels.backward import run_back
from keras_v1_activity.v1.kernels.block_shapes import block_shapes
from keras_v1_activity.v1.kernels.constants import GLIF3, NEST, CellConstants
from keras_v1_activity.v1.kernels.forward import Moving, Steps, Wiring, run
from keras_v1_activity.v1.kernels.lanes import WIDTHS
from keras_v1_activity.v1.kernels.memory import aligned, read_only
from keras_v1_activity.v1.kernels.returning import Returning, Upstream
from keras_v1_activity.v1.kernels.table import NEAR_BYTES, SynapseTable, synapse_table
from keras_v1_activity.v1.kernels.threads import one_at_a_time, start_threads
from keras_v1_activity.v1.network.synapses import N_RECEPTORS, Synapses
from keras_v1_activity.v1.network.table_cache import TableCache

MOST_DELAY: Final = 62
"""Longest delay, time steps: the spikes that are on their way are bits of one number."""


class LoopSequence:
    """Runs a `Glif3Cell` network over time, as `RecurrentSequence` does.

    Args:
        cell: `Glif3Cell`.
        recurrent: `Synapses` among its neurons; of the weights, only which there are is used here.
        input_rows: ascending ids (neuron * 4 + receptor) of the rows that the currents bring.
        tables: `TableCache` for the table of the synapses, or None.
        threads: how many; those of numba if None.
        near_bytes: see `synapse_table`.

    Attributes:
        cell: as given.

    Raises:
        ValueError: delays above `MOST_DELAY`.
    """

    def __init__(
        self,
        cell: Glif3Cell,
        recurrent: Synapses,
        input_rows: ArrayLike,
        *,
        tables: TableCache | None = None,
        threads: int | None = None,
        near_bytes: int = NEAR_BYTES,
    ) -> None:
        self.cell: Glif3Cell = cell
        rows, n = np.asarray(input_rows, np.int32), cell.n_neurons
        if cell.max_delay > MOST_DELAY:
            raise ValueError(
                f"engine='numba' knows delays of up to {MOST_DELAY} time steps; got max_delay="
                f"{cell.max_delay}: take engine='xla', or longer time steps."
            )
        if not len(recurrent):
            # Without any, there are no models to sum by.
            recurrent = replace(recurrent, model=None, factors=None)
        target, factors, row = sums_of(recurrent)
        current = np.zeros(0, np.int64)
        if not len(factors):
            # Of the currents, those that synapses feed.
            fed = np.zeros(len(target), bool)
            fed[row] = True
            current, row = np.flatnonzero(fed), (np.cumsum(fed) - 1)[row]
            target = target[current]
        available = start_threads()
        table = synapse_table(
            recurrent.source,
            cell.options.delay_steps(recurrent),
            row,
            target,
            n,
            depth=cell.max_delay,
            n_slots=cell.max_delay + cell.steps_to_potential,
            threads=max(1, min(threads or available, n // 64)),
            near_bytes=near_bytes,
            tables=tables,
        )
        self._table = SynapseTable(*(read_only(array) for array in table))
        target, current = target.astype(np.int32), current.astype(np.int32)
        of_sums = (read_only(x) for x in (target, current, factors, rows))
        self._wiring = Wiring(cell.max_delay, len(factors) > 0, *of_sums)
        self._n_sums = len(target)
        self._constants = CellConstants.of(cell)

    def __call__(
        self, weights: tf.Tensor, currents: tf.Tensor, initial_state: State
    ) -> tuple[tf.Tensor, tf.Tensor, State]:
        """Runs the network.

        Args:
            weights: (n_synapses,) normalised.
            currents: (batch, time, input rows) input currents, normalised.
            initial_state: `State`.

        Returns:
            spikes and normalised potentials, (batch, time, neuron) each, and the final `State`.
            Gradients flow to weights, currents and the initial state (but for its r).
        """

        @tf.custom_gradient
        def sequence(*arguments: tf.Tensor) -> Any:
            arguments = detach(arguments)
            kinds = [tf.float32] * 8 + [tf.uint8, tf.float32]
            results = tf.numpy_function(self._forward, arguments, kinds, stateful=False)
            n, (batch, n_steps) = self.cell.n_neurons, currents.shape[:2]
            for x in results[:2]:
                x.set_shape((batch, n_steps, n))
            for x, given in zip(results[2:8], initial_state, strict=True):
                x.set_shape(given.shape)
            saved = (arguments[0], results[0], results[1], *results[8:], arguments[-1])

            def grad(*upstream: tf.Tensor) -> Any:
                inputs = (*saved, *detach(upstream))
                grads = tf.numpy_function(self._back, inputs, [tf.float32] * 8, stateful=False)
                for x, given in zip(grads, arguments, strict=True):
                    x.set_shape(given.shape)
                return grads

            return tuple(results[:8]), grad

        spikes, v, *final = sequence(weights, currents, *initial_state)
        return spikes, v, State(*final)

    def _forward(self, weights: Any, currents: Any, *initial: Any) -> tuple[Any, ...]:
        (batch, n_steps, _), n, depth = currents.shape, self.cell.n_neurons, self.cell.max_delay
        v, r, asc, rise, psc, recent = (_by_sample(x) for x in initial)
        moving = Moving(
            v, r, asc, rise, psc, recent,
            np.zeros((batch, self._n_sums), np.float32), _heard(recent),
            np.empty((batch, N_RECEPTORS * n), np.float32),
        )  # fmt: skip
        shape = (batch, n_steps, n)
        kept = shape if self._keeps_potential else (*shape[:2], 0)
        steps = Steps(aligned(shape), aligned(shape), aligned(shape, np.uint8), aligned(kept))
        arranged = weights[self._table.position]
        with one_at_a_time():
            run(
                self._constants, self._table, self._wiring, arranged, read_only(currents), moving,
                steps,
            )  # fmt: skip
        recent = np.concatenate([steps.spikes[:, ::-1][:, :depth], recent], axis=1)[:, :depth]
        final = tuple(_by_neuron(x) for x in (*moving[:5], recent))
        return (steps.spikes, steps.v, *final, steps.refractory, steps.before_reset)

    @property
    def _keeps_potential(self) -> bool:
        """Whether the adjoint needs potentials as they were before a reset."""
        return self.cell.hard_reset and self._constants.kind in (GLIF3, NEST)

    def _back(self, weights: Any, *arrays: Any) -> tuple[Any, ...]:
        steps, recent, upstream = arrays[:4], arrays[4], arrays[5:]
        batch, n_steps, n = steps[0].shape
        depth, shapes = self.cell.max_delay, block_shapes(self.cell.steps_to_potential, batch)
        length, width = max(shapes.near, shapes.far), max(shapes.near_width, shapes.far_width)
        of_v, _, of_asc, of_rise, of_psc, of_recent = (_by_sample(x) for x in upstream[2:])
        window = self._n_sums * (depth + shapes.ahead) * batch + 2 * WIDTHS[-1]
        recent = _by_sample(recent)

        def zeros(*shape: int) -> NDArray[np.float32]:
            return np.zeros(shape, np.float32)

        back = Returning(
            of_v, of_asc, of_rise, of_psc, zeros(batch, n), zeros(batch, depth, n),
            aligned((batch, n_steps, len(self._wiring.input_rows))), zeros(len(weights)),
            zeros(2, window), zeros(batch, N_RECEPTORS * n), zeros(batch, length, n),
            zeros(batch, n), zeros(n * width),
        )  # fmt: skip
        with one_at_a_time():
            run_back(
                self._constants, self._table, self._wiring, shapes, weights[self._table.position],
                Steps(*(read_only(x) for x in steps)), recent,
                Upstream(read_only(upstream[0]), read_only(upstream[1]), of_recent), back,
            )  # fmt: skip
        of_weights = np.empty_like(back.weights)
        of_weights[self._table.position] = back.weights
        of_state = (_by_neuron(x) for x in (back.asc, back.rise, back.psc, back.recent))
        of_v = _by_neuron(back.v)
        return (of_weights, back.currents, of_v, np.zeros_like(of_v), *of_state)


def _heard(recent: NDArray[np.float32]) -> NDArray[np.int64]:
    """`Moving.heard` at the first step, of (b, depth, n) spikes before it."""
    worth = np.int64(1) << np.arange(recent.shape[1])
    heard = np.zeros((2, recent.shape[0], recent.shape[2]), np.int64)
    heard[0] = ((recent != 0) * worth[:, None]).sum(1)
    return heard


def _by_sample(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """(b, ...) from (..., b), a copy."""
    return np.array(np.moveaxis(x, -1, 0), order="C")


def _by_neuron(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., b) from (b, ...)."""
    return np.ascontiguousarray(np.moveaxis(x, 0, -1))
