"""The neurons of V1_GLIF_model."""

from __future__ import annotations

import tensorflow as tf

from keras_v1_activity.v1.engine.dynamics import V1_GLIF_MODEL
from keras_v1_activity.v1.engine.glif3 import whole_steps_left
from keras_v1_activity.v1.engine.glif3_cell import Adjoint, Glif3Cell, State
from keras_v1_activity.v1.network.glif3_constants import V_TH


class V1GlifModelCell(Glif3Cell):
    """`Glif3Cell` by the rules of V1_GLIF_model.

    The equations are those of `Glif3Equations`, with these differences:

    - t_ref is rounded up to whole steps, and V_reset is E_L (`simulated_parameters`), where the
      potential starts as well;
    - with `hard_reset` the potential is held at V_reset while no spike is possible: in all steps
      after a spike but the last of the refractory period;
    - no gradient passes through the reset, the after-spike currents that a spike adds, and the
      refractory time: a spike acts on its own neuron, but its gradient does not say so.

    Args:
        parameters, neurons, options, dtype: as of `Glif3Equations`.

    Example:
        >>> cell = V1GlifModelCell(network.parameters)
        >>> state, _ = cell.step(cell.initial_state(1), tf.zeros((4 * cell.n_neurons, 1)))
        >>> float(tf.reduce_max(tf.abs(state.v)))
        0.0
    """

    dynamics = V1_GLIF_MODEL

    def new_refractory(self, r: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """(n, b) ms in which no spike is possible, in whole steps."""
        return whole_steps_left(r + z * self.t_ref, self.dt)

    def reset(self, v: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """Potential `v` after the reset of the neurons that spiked in the step before (`z`)."""
        return v + z * (self.v_reset - V_TH)

    def step(self, state: State, current: tf.Tensor) -> tuple[State, tuple[tf.Tensor, ...]]:
        """One time step; see `Glif3Cell.step`."""
        state, (refractory, *_) = super().step(state, current)
        if self.hard_reset:
            # No spike depends on it: a refractory neuron has none.
            state = state._replace(v=tf.where(refractory, self.v_reset, state.v))
        return state, (refractory,)

    def state_adjoint(
        self, after: Adjoint, z_before: tf.Tensor, kept: tuple[tf.Tensor, ...], grad_v: tf.Tensor
    ) -> Adjoint:
        """`Adjoint` of the old state; see `Glif3Cell.state_adjoint`."""
        if self.hard_reset:
            grad_v = tf.where(kept[0], tf.zeros_like(grad_v), grad_v)
        return self.linear_adjoint(after, grad_v, tf.zeros_like(grad_v))
