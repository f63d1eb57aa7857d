"""The neurons of bmtk's DPointNet, which took them over from V1_GLIF_model."""

from __future__ import annotations

from typing import Final

import tensorflow as tf

from keras_v1_activity.v1.engine.dynamics import DPOINTNET
from keras_v1_activity.v1.engine.glif3_cell import Adjoint
from keras_v1_activity.v1.engine.surrogate import triangular_derivative
from keras_v1_activity.v1.engine.v1_glif_model_cell import V1GlifModelCell

VOLTAGE_GRADIENT: Final = 0.5
"""Part of the gradient that passes from a potential to that before: 1 - its dampening."""
RECURRENT_GRADIENT: Final = 0.5
"""Part of the gradient that passes through recurrent synapses to the spikes that they carry."""


class DPointNetCell(V1GlifModelCell):
    """`V1GlifModelCell` by the rules of DPointNet (bmtk 1.2), with the defaults of its GLIF3Cell.

    The equations are the same. What the gradient takes for the derivative of a step differs:

    - of the gradient of a potential, `VOLTAGE_GRADIENT` passes to the potential before it
      (``voltage_gradient_dampening``);
    - of the gradient of recurrent currents, `RECURRENT_GRADIENT` passes to the spikes that caused
      them (``recurrent_dampening_factor``); the gradient of the weights is whole;
    - the surrogate derivative is a triangle of half-width 1, `triangular_derivative`.

    Args:
        parameters, neurons, options, dtype: as of `Glif3Equations`; `gauss_std` is not used.

    Example:
        >>> cell = DPointNetCell(network.parameters)
        >>> v = tf.fill((cell.n_neurons, 1), 0.5)
        >>> float(cell.surrogate(v, refractory=v > 1)[0, 0]) == 0.5 * cell.dampening_factor
        True
    """

    dynamics = DPOINTNET
    recurrent_gradient = RECURRENT_GRADIENT

    def surrogate(self, v: tf.Tensor, refractory: tf.Tensor) -> tf.Tensor:
        """Derivative of a spike by v: a triangle around the threshold, 0 while refractory."""
        slope = triangular_derivative(v, self.dampening_factor)
        return tf.where(refractory, tf.zeros_like(slope), slope)

    def linear_adjoint(
        self, after: Adjoint, grad_v: tf.Tensor, grad_z_before: tf.Tensor
    ) -> Adjoint:
        """As of `Glif3Cell`, with less of it for the potential."""
        before = super().linear_adjoint(after, grad_v, grad_z_before)
        return before._replace(v=before.v * VOLTAGE_GRADIENT)
