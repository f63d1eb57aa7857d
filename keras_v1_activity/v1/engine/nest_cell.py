"""The neurons as NEST's glif_psc simulates them."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from keras_v1_activity.v1.engine.dynamics import NEST
from keras_v1_activity.v1.engine.glif3 import rounded, whole_steps_left
from keras_v1_activity.v1.engine.glif3_cell import Adjoint, Glif3Cell, State
from keras_v1_activity.v1.engine.nest_constants import NestConstants
from keras_v1_activity.v1.network.glif3_constants import V_TH
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS


class NestCell(Glif3Cell):
    """`Glif3Cell` by the rules of NEST's glif_psc, of which it gives the spikes.

    The equations are those of `Glif3Equations`, with these differences:

    - the potential follows the synaptic currents exactly within a step, and the mean of the
      after-spike currents over it;
    - a spike sets the potential to V_reset, where it is held for t_ref, rounded up to whole steps;
    - meanwhile after-spike currents stay as they are. Before the spike adds to them, they lose what
      they would lose in t_ref (not rounded).

    The potential of the step of a spike is that above threshold; NEST reports V_reset there.

    Two choices are ours, as NEST has no gradient: the derivative of a reset by its spike is V_reset
    less what the potential would be; and none passes through what a spike changes by way of the
    refractory period, which is the hold and the decay of after-spike currents.

    Args:
        parameters, neurons, options, dtype: as of `Glif3Equations`.

    Example:
        >>> cell = NestCell(network.parameters)
        >>> state, _ = cell.step(cell.initial_state(1), tf.ones((4 * cell.n_neurons, 1)))
        >>> state, _ = cell.step(state, tf.zeros((4 * cell.n_neurons, 1)))
        >>> bool(tf.reduce_all(state.v > cell.v_reset))  # a step earlier than in Glif3Cell
        True
    """

    dynamics = NEST
    # The slope of a synaptic current moves the potential in the same step.
    steps_to_potential = 1

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        own = NestConstants.of(self.parameters, self.dt)
        self.rise_gain: tf.Tensor = self._column(own.rise_gain.reshape(-1))
        self.psc_gain: tf.Tensor = self._column(own.psc_gain.reshape(-1))
        self.asc_gain: tf.Tensor = self._column(own.asc_gain.T)
        self.asc_change_at_spike: tf.Tensor = self._column(own.asc_change_at_spike.T)

    def new_refractory(self, r: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """(n, b) ms for which the potential is still held, in whole steps."""
        return whole_steps_left(r + z * self.t_ref, self.dt)

    def new_asc(self, asc: tf.Tensor, z: tf.Tensor, r: tf.Tensor) -> tf.Tensor:
        """(2, n, b) after-spike currents; `r` is the refractory time before the step."""
        return asc + rounded(asc * self._asc_change_of(z, r > 0)) + z * self.asc_amps

    def _asc_change_of(self, z: tf.Tensor, held: tf.Tensor) -> tf.Tensor:
        """(2, n, b) change of the after-spike currents, as a part of them."""
        unheld = tf.where(held, tf.zeros_like(self.asc_change), self.asc_change)
        return tf.where(z > 0, self.asc_change_at_spike, unheld)

    def integrated(self, state: State) -> tf.Tensor:
        """(n, b) potential after a step that no spike and no refractory period concerns."""
        received = rounded(self.rise_gain * state.psc_rise) + rounded(self.psc_gain * state.psc)
        received = tf.reshape(received, (self.n_neurons, N_RECEPTORS, -1))
        driven = received[:, 0]
        for receptor in range(1, N_RECEPTORS):
            driven += received[:, receptor]
        after_spikes = rounded(self.asc_gain * state.asc)
        driven += after_spikes[0] + after_spikes[1]
        return rounded(self.decay * state.v) + driven

    def step(self, state: State, current: tf.Tensor) -> tuple[State, tuple[tf.Tensor, ...]]:
        """One time step; see `Glif3Cell.step`."""
        z = state.z_buffer[0]
        held = (z > 0) | (state.r > 0)
        v_before_reset = self.integrated(state)
        v = tf.where(held & ~(z > 0), self.v_reset, self.reset(v_before_reset, z))
        spikes = tf.cast((v > V_TH) & ~held, self.dtype)
        after = State(
            v=v,
            r=self.new_refractory(state.r, z),
            asc=self.new_asc(state.asc, z, state.r),
            psc_rise=self.new_psc_rise(state.psc_rise, current),
            psc=self.new_psc(state.psc, state.psc_rise),
            z_buffer=tf.concat([spikes[None], state.z_buffer[:-1]], 0),
        )
        return after, (held, v_before_reset)

    def state_adjoint(
        self, after: Adjoint, z_before: tf.Tensor, kept: tuple[tf.Tensor, ...], grad_v: tf.Tensor
    ) -> Adjoint:
        """`Adjoint` of the old state; see `Glif3Cell.state_adjoint`."""
        held, v_before_reset = kept
        still_held = held & ~(z_before > 0)
        grad_v = tf.where(still_held, tf.zeros_like(grad_v), grad_v)
        through_reset = grad_v * (self.v_reset - v_before_reset)
        grad_v = grad_v * (1.0 - z_before)
        asc_change = self._asc_change_of(z_before, held)
        by_receptor = tf.repeat(grad_v, N_RECEPTORS, axis=0)
        return Adjoint(
            v=self.decay * grad_v,
            asc=after.asc + (after.asc * asc_change + self.asc_gain * grad_v),
            psc_rise=(after.psc_rise + self.dt * after.psc) * self.syn_decay
            + self.rise_gain * by_receptor,
            psc=after.psc * self.syn_decay + self.psc_gain * by_receptor,
            z_buffer=through_reset + tf.reduce_sum(after.asc * self.asc_amps, 0),
        )
