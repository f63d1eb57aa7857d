"""The equations of the GLIF3 neuron in discrete time.

The neuron is GLIF3 of Teeter et al. (2018), with the four synaptic currents of Billeh et al.
(2020); the discrete equations and the surrogate derivative are those of Chen, Scherr & Maass,
Science Advances 8:eabq7592 (2022), Methods. In continuous time, for one neuron:

- membrane potential: C_m dV/dt = -g (V - E_L) + sum of I_asc + sum of I_syn; mV, pF, nS, pA, ms
  (`Glif3Equations.new_potential`);
- after-spike currents, j = 1, 2: dI_j/dt = -k_j I_j, and I_j grows by A_j at each spike; pA, 1/ms
  (`Glif3Equations.new_asc`);
- synaptic currents, for each receptor an alpha function: dI/dt = C - I / tau_syn and
  dC/dt = -C / tau_syn, and C grows by e / tau_syn times the weight when a spike arrives; pA, ms
  (`Glif3Equations.new_psc`, `Glif3Equations.new_psc_rise`);
- spike: V > V_th, unless the neuron is refractory (`Glif3Equations.new_spikes`);
- reset: V falls by V_th - V_reset, or with `hard_reset` to V_reset (`Glif3Equations.reset`);
- refractory period: no spike for t_ref after a spike; ms (`Glif3Equations.new_refractory`);
- surrogate derivative: dz/dv = dampening_factor exp(-((v - 1) / gauss_std)^2)
  (`surrogate_derivative`; 0 while refractory: `Glif3Equations.surrogate`).

Potentials are normalised per neuron: v = (V - E_L) / (V_th - E_L), so that rest is 0 and threshold
is 1; synaptic weights and after-spike amplitudes are divided by the same V_th - E_L of the (target)
neuron. `Glif3Constants` holds the factors of a time step. With `CellOptions.as_published` the same
equations are rounded in the order of the published code. `cells.py` has those of other simulators.

Arrays hold the neurons of all samples as (neuron, sample), receptor currents as
(neuron * 4 + receptor, sample), after-spike currents as (2, neuron, sample).
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.surrogate import surrogate_derivative
from keras_v1_activity.v1.network.glif3_constants import V_TH
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Glif3Parameters


class Glif3Equations:
    """The neurons' constants in normalised units, and each equation of a time step.

    Args:
        parameters: `Glif3Parameters` of n neurons, in physical units; not changed.
        neurons: `Neurons` that capture and figures take populations and thresholds from.
        options: `CellOptions`; the default ones if None.
        dtype: of the state; float32 in training, whatever the model's precision policy.

    Attributes:
        parameters, neurons, options, dtype: as given.
        dynamics: name of `DYNAMICS` whose equations these are; None for those above.
        recurrent_gradient: part of the gradient that passes through synapses to spikes.
        dt, max_delay, dampening_factor, gauss_std, hard_reset, as_published: as of `CellOptions`.
        voltage_scale, e_l_mv: (n, 1) V_th - E_L and E_L, mV, for potentials as they are shown.
        v_reset, decay, current_factor, t_ref: (n, 1), asc_change, asc_decay, asc_amps: (2, n, 1),
            syn_decay, psc_initial: (4 n, 1), as of `Glif3Constants`.
        steps_to_potential: time steps from the arrival of a current to the first potential that
            it changes.

    Raises:
        ValueError: the options ask for other dynamics.

    Example:
        >>> equations = Glif3Equations(network.parameters)
        >>> below, above = tf.fill((200, 1), 0.9), tf.fill((200, 1), 1.1)
        >>> fired = equations.new_spikes(above, r=tf.zeros((200, 1)))
        >>> float(tf.reduce_mean(fired)), bool(tf.reduce_all(equations.reset(below, 0.0) == below))
        (1.0, True)
    """

    dynamics: ClassVar[str | None] = None
    recurrent_gradient: ClassVar[float] = 1.0
    # By the slope of the synaptic current, and the synaptic current itself.
    steps_to_potential: ClassVar[int] = 2

    def __init__(
        self,
        parameters: Glif3Parameters,
        neurons: Neurons | None = None,
        options: CellOptions | None = None,
        *,
        dtype: str = "float32",
    ) -> None:
        self.parameters: Glif3Parameters = parameters
        self.neurons: Neurons | None = neurons
        self.options: CellOptions = options or CellOptions(dynamics=self.dynamics)
        if self.options.dynamics != self.dynamics:
            raise ValueError(
                f"options must have dynamics={self.dynamics!r}, as {type(self).__name__} has them; "
                f"got {self.options.dynamics!r}: make_cell takes the class that they need."
            )
        self.dt: float = self.options.dt
        self.max_delay: int = self.options.max_delay
        self.dampening_factor: float = self.options.dampening_factor
        self.gauss_std: float = self.options.gauss_std
        self.hard_reset: bool = self.options.hard_reset
        self.as_published: bool = self.options.as_published
        self.dtype: tf.DType = tf.as_dtype(dtype)
        constants = self.options.constants(parameters)
        self.voltage_scale: tf.Tensor = self._column(constants.voltage_scale)
        self.e_l_mv: tf.Tensor = self._column(parameters.E_L)
        self.v_reset: tf.Tensor = self._column(constants.v_reset)
        self.decay: tf.Tensor = self._column(constants.decay)
        self.current_factor: tf.Tensor = self._column(constants.current_factor)
        self.t_ref: tf.Tensor = self._column(constants.t_ref)
        self.asc_change: tf.Tensor = self._column(constants.asc_change.T)
        self.asc_decay: tf.Tensor = self._column(constants.asc_decay.T)
        self.asc_amps: tf.Tensor = self._column(constants.asc_amps.T)
        self.syn_decay: tf.Tensor = self._column(constants.syn_decay.reshape(-1))
        self.psc_initial: tf.Tensor = self._column(constants.psc_initial.reshape(-1))

    def _column(self, values: Any) -> tf.Tensor:
        with tf.init_scope():
            return tf.convert_to_tensor(np.asarray(values)[..., None], self.dtype)

    @property
    def n_neurons(self) -> int:
        """How many neurons."""
        return self.parameters.n_neurons

    def new_psc_rise(self, psc_rise: tf.Tensor, current: tf.Tensor) -> tf.Tensor:
        """(4 n, b) slope C of the synaptic currents after a step in which `current` arrives."""
        return rounded(psc_rise * self.syn_decay) + rounded(current * self.psc_initial)

    def new_psc(self, psc: tf.Tensor, psc_rise: tf.Tensor) -> tf.Tensor:
        """(4 n, b) synaptic currents I_syn after a step, from current and slope before it."""
        if self.as_published:
            return rounded(psc * self.syn_decay) + rounded(self.dt * self.syn_decay * psc_rise)
        # It may be added to in the same compiled program: in the drive of the next step.
        return rounded(self.syn_decay * (psc + rounded(self.dt * psc_rise)))

    def new_refractory(self, r: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """(n, b) ms in which no spike is possible, after a step that follows the spikes `z`."""
        return tf.nn.relu(r + z * self.t_ref - self.dt)

    def new_asc(self, asc: tf.Tensor, z: tf.Tensor, r: tf.Tensor) -> tf.Tensor:
        """(2, n, b) after-spike currents I_asc after a step that follows the spikes `z`.

        `r` is the refractory time before the step, which is of no account here.
        """
        if self.as_published:
            return rounded(self.asc_decay * asc) + z * self.asc_amps
        return asc + rounded(asc * self.asc_change) + z * self.asc_amps

    def drive(self, psc: tf.Tensor, asc: tf.Tensor) -> tf.Tensor:
        """(n, b) sum of the synaptic and after-spike currents of each neuron."""
        # One after the other: the order of a reduction is the compiler's choice.
        received = tf.reshape(psc, (self.n_neurons, N_RECEPTORS, -1))
        total = received[:, 0]
        for receptor in range(1, N_RECEPTORS):
            total += received[:, receptor]
        if self.as_published:
            return total + asc[0] + asc[1]
        return total + (asc[0] + asc[1])

    def new_potential(self, v: tf.Tensor, psc: tf.Tensor, asc: tf.Tensor) -> tf.Tensor:
        """(n, b) membrane potential after a step, before a reset, from what was before the step."""
        driven = rounded(self.current_factor * self.drive(psc, asc))
        return rounded(self.decay * v) + driven

    def reset(self, v: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """Potential `v` after the reset of the neurons that spiked in the step before (`z`)."""
        return v + z * ((self.v_reset - v) if self.hard_reset else (self.v_reset - V_TH))

    def new_spikes(self, v: tf.Tensor, r: tf.Tensor) -> tf.Tensor:
        """(n, b) 1 for a neuron above its threshold that is not refractory, else 0."""
        return tf.cast((v > V_TH) & ~(r > 0), self.dtype)

    def surrogate(self, v: tf.Tensor, refractory: tf.Tensor) -> tf.Tensor:
        """Derivative of a spike by v: a Gaussian around the threshold, 0 while refractory."""
        bump = surrogate_derivative(v, self.dampening_factor, self.gauss_std)
        return tf.where(refractory, tf.zeros_like(bump), bump)


def whole_steps_left(times: tf.Tensor, dt: float) -> tf.Tensor:
    """Times in ms, whole numbers of steps, a step later; what is less than half a step is 0.

    So that the rounding errors of steps such as 0.1 ms do not make one more.

    Args:
        times: ms, of any shape.
        dt: ms per time step.

    Example:
        >>> whole_steps_left(tf.constant([0.3, 0.10000001, 0.0]), 0.1).numpy().round(3).tolist()
        [0.20000000298023224, 0.0, 0.0]
    """
    left = times - dt
    return tf.where(left < 0.5 * dt, tf.zeros_like(left), left)


def rounded(product: tf.Tensor) -> tf.Tensor:
    """The same product, but rounded before anything is added to it.

    Compilers contract a * b + c to one operation with one rounding. The plain formulation, run
    operation by operation, has two; and a potential that differs in its last bit becomes, sooner or
    later, a spike that differs. No product is above the largest float, but the compiler cannot
    know.

    Args:
        product: a product of two tensors.

    Example:
        >>> float(rounded(tf.constant(2.0) * 3.0))
        6.0
    """
    return tf.minimum(product, product.dtype.max)
