"""The GLIF3 neuron in discrete time, and the adjoint of its step.

Equations of Chen, Scherr & Maass, Science Advances 8:eabq7592 (2022), after Teeter et al. (2018)
and Billeh et al. (2020). Potentials are normalised per neuron: v = (V - E_L) / (V_th - E_L), so
that rest is 0 and threshold is 1; synaptic weights and after-spike amplitudes are divided by the
same V_th - E_L of the (target) neuron.

Arrays hold the neurons of all samples as (neuron, sample), receptor currents as
(neuron * 4 + receptor, sample), after-spike currents as (2, neuron, sample).
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_v1_activity.common import units
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS

V_TH = 1.0  # threshold in normalised units; rest (e_l) is 0


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


class Glif3Cell:
    """The neurons' constants in normalised units, one step, and the adjoint of that step.

    Args:
        parameters: `Glif3Parameters` of n neurons, in physical units; not changed.
        neurons: `Neurons` that capture and figures take populations and thresholds from.
        dt: ms per time step.
        max_delay: longest synaptic delay kept, in time steps.
        dampening_factor, gauss_std: height and width of the surrogate derivative of a spike.
        hard_reset: False subtracts V_th - V_reset at a spike, True sets the potential to V_reset.
        dtype: of the state; float32 in training, whatever the model's precision policy.
    """

    def __init__(
        self,
        parameters,
        neurons=None,
        *,
        dt=1.0,
        max_delay=5,
        dampening_factor=0.5,
        gauss_std=0.28,
        hard_reset=False,
        dtype="float32",
    ):
        self.parameters = parameters
        self.neurons = neurons
        self.dt = float(dt)
        self.max_delay = int(max_delay)
        self.dampening_factor = float(dampening_factor)
        self.gauss_std = float(gauss_std)
        self.hard_reset = bool(hard_reset)
        self.dtype = tf.as_dtype(dtype)
        self._make_constants()

    def _make_constants(self):
        p = self.parameters
        scale = np.asarray(p.voltage_scale, np.float64)
        decay = np.exp(-self.dt * p.g / p.C_m)
        syn_decay = np.exp(-self.dt / p.tau_syn)

        def column(values):
            with tf.init_scope():
                return tf.convert_to_tensor(np.asarray(values)[..., None], self.dtype)

        self.v_reset = column(units.mv_to_normalised(p.V_reset, p.E_L, p.V_th))
        self.decay = column(decay)
        self.current_factor = column((1.0 - decay) / p.g)  # tau_m / C_m is 1 / g
        self.t_ref = column(p.t_ref)
        # exp(-dt k) is so near 1 that its float32 rounding, repeated each step, adds up to
        # micro- and millivolts; what is lost per step, exp(-dt k) - 1, keeps its digits.
        self.asc_change = column(np.expm1(-self.dt * p.k).T)
        self.asc_amps = column((p.asc_amps / scale[:, None]).T)
        self.syn_decay = column(syn_decay.reshape(-1))
        self.psc_initial = column((np.e / p.tau_syn).reshape(-1))
        self.voltage_scale = column(scale)
        self.e_l_mv = column(p.E_L)

    @property
    def n_neurons(self):
        """How many neurons."""
        return self.parameters.n_neurons

    @property
    def state_size(self):
        """Numbers kept per sample, by name."""
        n = self.n_neurons
        return {
            "v": n, "r": n, "asc": 2 * n, "psc_rise": N_RECEPTORS * n, "psc": N_RECEPTORS * n,
            "z_buffer": self.max_delay * n,
        }  # fmt: skip

    def initial_state(self, batch_size):
        """All at rest: v at v_reset, no currents, no recent spikes."""
        n = self.n_neurons

        def zeros(*shape):
            return tf.zeros((*shape, batch_size), self.dtype)

        return State(
            v=zeros(n) + self.v_reset,
            r=zeros(n),
            asc=zeros(2, n),
            psc_rise=zeros(N_RECEPTORS * n),
            psc=zeros(N_RECEPTORS * n),
            z_buffer=zeros(self.max_delay, n),
        )

    def step(self, state, current):
        """One time step.

        Args:
            state: `State` of the step before.
            current: (4 n, b) recurrent plus input current arriving now.

        Returns:
            The new `State`, whose newest spikes are ``z_buffer[0]``, and the new potential (n, b)
            as it was before the reset, which the adjoint of a hard reset needs.
        """
        z = state.z_buffer[0]
        psc_rise = _rounded(state.psc_rise * self.syn_decay) + _rounded(current * self.psc_initial)
        psc = self.syn_decay * (state.psc + _rounded(self.dt * state.psc_rise))
        r = tf.nn.relu(state.r + z * self.t_ref - self.dt)
        asc = state.asc + _rounded(state.asc * self.asc_change) + z * self.asc_amps
        drive = _rounded(self.current_factor * self._drive(state))
        v_before_reset = _rounded(self.decay * state.v) + drive
        v = self.reset(v_before_reset, z)
        spikes = tf.cast((v > V_TH) & ~(r > 0), self.dtype)
        z_buffer = tf.concat([spikes[None], state.z_buffer[:-1]], 0)
        return State(v, r, asc, psc_rise, psc, z_buffer), v_before_reset

    def reset(self, v, z):
        """Potential `v` after the reset of the neurons that spiked in the step before (`z`)."""
        return v + z * ((self.v_reset - v) if self.hard_reset else (self.v_reset - V_TH))

    def _drive(self, state):
        # One after the other: the order of a reduction is the compiler's choice.
        received = tf.reshape(state.psc, (self.n_neurons, N_RECEPTORS, -1))
        total = received[:, 0]
        for receptor in range(1, N_RECEPTORS):
            total += received[:, receptor]
        return total + (state.asc[0] + state.asc[1])

    def surrogate(self, v, refractory):
        """Derivative of a spike by v: a Gaussian around the threshold, 0 while refractory."""
        bump = self.dampening_factor * tf.exp(-tf.square((v - V_TH) / self.gauss_std))
        return tf.where(refractory, tf.zeros_like(bump), bump)

    def step_adjoint(self, after, spike_slope, z_before, v_before_reset, grad_v, grad_z):
        """Adjoint of `step`: from the gradient of the new state to that of the old.

        Args:
            after: `Adjoint` of the new state; of its z_buffer all but the newest spikes, which
                `grad_z` holds.
            spike_slope: (n, b) `surrogate` at the new potential.
            z_before: (n, b) newest spikes of the old state.
            v_before_reset: (n, b) new potential as it was before a hard reset; unused for soft.
            grad_v, grad_z: (n, b) whole gradient arriving at the new v and the new spikes, from
                the layer's outputs and from later steps.

        Returns:
            `Adjoint` of the old state (its z_buffer without what arrives through synapses), and
            the gradient of the current (4 n, b).
        """
        grad_v = grad_v + grad_z * spike_slope
        if self.hard_reset:
            through_reset = grad_v * (self.v_reset - v_before_reset)
            grad_v = grad_v * (1.0 - z_before)
        else:
            through_reset = grad_v * (self.v_reset - V_TH)
        grad_z_before = through_reset + tf.reduce_sum(after.asc * self.asc_amps, 0)
        grad_drive = grad_v * self.current_factor
        before = Adjoint(
            v=self.decay * grad_v,
            asc=after.asc + (after.asc * self.asc_change + grad_drive),
            psc_rise=(after.psc_rise + self.dt * after.psc) * self.syn_decay,
            psc=after.psc * self.syn_decay + tf.repeat(grad_drive, N_RECEPTORS, axis=0),
            z_buffer=grad_z_before,
        )
        return before, self.current_gradient(after)

    def current_gradient(self, after):
        """(4 n, b) gradient of the current that arrived in the step before the state of `after`."""
        return after.psc_rise * self.psc_initial


def _rounded(product):
    """The same product, but rounded before anything is added to it.

    Compilers contract a * b + c to one operation with one rounding. The plain formulation, run
    operation by operation, has two; and a potential that differs in its last bit becomes, sooner or
    later, a spike that differs. No product is above the largest float, but the compiler cannot
    know.
    """
    return tf.minimum(product, product.dtype.max)
