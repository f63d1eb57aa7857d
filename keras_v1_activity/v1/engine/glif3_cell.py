"""One time step of the GLIF3 neurons, and the adjoint of that step."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from keras_v1_activity.v1.engine.glif3 import Glif3Equations
from keras_v1_activity.v1.network.glif3_constants import V_TH
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS


class State(NamedTuple):
    """State of the neurons between two time steps.

    v: (n, b) membrane potential, normalised. r: (n, b) remaining refractory time, ms.
    asc: (2, n, b) after-spike currents. psc_rise, psc: (4 n, b) synaptic currents.
    z_buffer: (max_delay, n, b) the last spikes, newest first.
    """

    v: tf.Tensor
    r: tf.Tensor
    asc: tf.Tensor
    psc_rise: tf.Tensor
    psc: tf.Tensor
    z_buffer: tf.Tensor


class Adjoint(NamedTuple):
    """Gradient of the loss with respect to each part of a `State`; r has none."""

    v: tf.Tensor
    asc: tf.Tensor
    psc_rise: tf.Tensor
    psc: tf.Tensor
    z_buffer: tf.Tensor


class Glif3Cell(Glif3Equations):
    """The equations of `Glif3Equations` as one step of a state, and the adjoint of that step.

    Args:
        parameters: `Glif3Parameters` of n neurons, in physical units; not changed.
        neurons: `Neurons` that capture and figures take populations and thresholds from.
        options: `CellOptions`; the default ones if None.
        dtype: of the state; float32 in training, whatever the model's precision policy.

    Example:
        >>> cell = Glif3Cell(network.parameters)
        >>> state = cell.initial_state(batch_size=1)
        >>> state, _ = cell.step(state, current=tf.zeros((4 * cell.n_neurons, 1)))
        >>> float(tf.reduce_sum(state.z_buffer))
        0.0
    """

    @property
    def state_size(self) -> dict[str, int]:
        """Numbers kept per sample, by name."""
        n = self.n_neurons
        return {
            "v": n, "r": n, "asc": 2 * n, "psc_rise": N_RECEPTORS * n, "psc": N_RECEPTORS * n,
            "z_buffer": self.max_delay * n,
        }  # fmt: skip

    def initial_state(self, batch_size: int | tf.Tensor) -> State:
        """All at rest: v at v_reset, no currents, no recent spikes."""
        n = self.n_neurons

        def zeros(*shape: int) -> tf.Tensor:
            return tf.zeros((*shape, batch_size), self.dtype)

        return State(
            v=zeros(n) + self.v_reset,
            r=zeros(n),
            asc=zeros(2, n),
            psc_rise=zeros(N_RECEPTORS * n),
            psc=zeros(N_RECEPTORS * n),
            z_buffer=zeros(self.max_delay, n),
        )

    def step(self, state: State, current: tf.Tensor) -> tuple[State, tuple[tf.Tensor, ...]]:
        """One time step.

        Args:
            state: `State` of the step before.
            current: (4 n, b) recurrent plus input current arriving now.

        Returns:
            The new `State`, whose newest spikes are ``z_buffer[0]``, and what else the adjoint
            needs: where no spike was possible, bool (n, b); and with a hard reset the new potential
            (n, b) as it was before the reset.
        """
        z = state.z_buffer[0]
        psc_rise = self.new_psc_rise(state.psc_rise, current)
        psc = self.new_psc(state.psc, state.psc_rise)
        r = self.new_refractory(state.r, z)
        asc = self.new_asc(state.asc, z, state.r)
        v_before_reset = self.new_potential(state.v, state.psc, state.asc)
        v = self.reset(v_before_reset, z)
        z_buffer = tf.concat([self.new_spikes(v, r)[None], state.z_buffer[:-1]], 0)
        kept = (r > 0, v_before_reset) if self.hard_reset else (r > 0,)
        return State(v, r, asc, psc_rise, psc, z_buffer), kept

    def step_adjoint(
        self,
        after: Adjoint,
        spike_slope: tf.Tensor,
        z_before: tf.Tensor,
        kept: tuple[tf.Tensor, ...],
        grad_v: tf.Tensor,
        grad_z: tf.Tensor,
    ) -> tuple[Adjoint, tf.Tensor]:
        """Adjoint of `step`: from the gradient of the new state to that of the old.

        Args:
            after: `Adjoint` of the new state; of its z_buffer all but the newest spikes, which
                `grad_z` holds.
            spike_slope: (n, b) `surrogate` at the new potential.
            z_before: (n, b) newest spikes of the old state.
            kept: as `step` gave it.
            grad_v, grad_z: (n, b) whole gradient arriving at the new v and the new spikes, from
                the layer's outputs and from later steps.

        Returns:
            `Adjoint` of the old state (its z_buffer without what arrives through synapses), and
            the gradient of the current (4 n, b).
        """
        grad_v = grad_v + grad_z * spike_slope
        before = self.state_adjoint(after, z_before, kept, grad_v)
        return before, self.current_gradient(after)

    def state_adjoint(
        self, after: Adjoint, z_before: tf.Tensor, kept: tuple[tf.Tensor, ...], grad_v: tf.Tensor
    ) -> Adjoint:
        """`Adjoint` of the old state, from all that the new potential is asked for.

        Args:
            after, z_before, kept: as for `step_adjoint`.
            grad_v: (n, b) gradient of the new potential, that of the new spikes included.
        """
        if self.hard_reset:
            through_reset = grad_v * (self.v_reset - kept[1])
            grad_v = grad_v * (1.0 - z_before)
        else:
            through_reset = grad_v * (self.v_reset - V_TH)
        grad_z_before = through_reset + tf.reduce_sum(after.asc * self.asc_amps, 0)
        return self.linear_adjoint(after, grad_v, grad_z_before)

    def linear_adjoint(
        self, after: Adjoint, grad_v: tf.Tensor, grad_z_before: tf.Tensor
    ) -> Adjoint:
        """`Adjoint` of the old state, from the gradient of the new potential before its reset.

        Args:
            after: `Adjoint` of the new state.
            grad_v: (n, b) gradient of the new potential as it was before a reset.
            grad_z_before: (n, b) gradient of the newest spikes of the old state.
        """
        grad_drive = grad_v * self.current_factor
        return Adjoint(
            v=self.decay * grad_v,
            asc=after.asc + (after.asc * self.asc_change + grad_drive),
            psc_rise=(after.psc_rise + self.dt * after.psc) * self.syn_decay,
            psc=after.psc * self.syn_decay + tf.repeat(grad_drive, N_RECEPTORS, axis=0),
            z_buffer=grad_z_before,
        )

    def current_gradient(self, after: Adjoint) -> tf.Tensor:
        """(4 n, b) gradient of the current that arrived in the step before the state of `after`."""
        return after.psc_rise * self.psc_initial
