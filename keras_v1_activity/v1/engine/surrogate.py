"""The surrogate derivative: what training uses in place of the derivative of a spike."""

from __future__ import annotations

import tensorflow as tf

from keras_v1_activity.v1.network.glif3_constants import V_TH


def surrogate_derivative(v: tf.Tensor, dampening_factor: float, gauss_std: float) -> tf.Tensor:
    """Derivative of a spike by the membrane potential, a Gaussian around the threshold.

        dz/dv = dampening_factor * exp(-((v - 1) / gauss_std)^2)

    A spike is a step function of the potential: its own derivative is 0 nearly everywhere, so that
    nothing could be learnt. Source: Chen, Scherr & Maass, Science Advances 8:eabq7592 (2022),
    Methods. While a neuron is refractory the derivative is 0, which is left to the caller.

    Args:
        v: membrane potential of any shape, in units of V_th - E_L above rest: the threshold is 1.
        dampening_factor: height, in spikes per V_th - E_L.
        gauss_std: width, in units of V_th - E_L.

    Returns:
        The derivative, of the shape of `v`.

    Example:
        >>> surrogate_derivative(tf.constant([1.0, 1.28]), 0.5, 0.28).numpy().round(3).tolist()
        [0.5, 0.18400000035762787]
    """
    return dampening_factor * tf.exp(-tf.square((v - V_TH) / gauss_std))


def triangular_derivative(v: tf.Tensor, dampening_factor: float) -> tf.Tensor:
    """Derivative of a spike by the membrane potential, a triangle around the threshold.

        dz/dv = dampening_factor * max(1 - |v - 1|, 0)

    Source: Bellec et al., Nature Communications 11:3625 (2020); it is what DPointNet takes.

    Args:
        v: membrane potential of any shape, in units of V_th - E_L above rest: the threshold is 1.
        dampening_factor: height, in spikes per V_th - E_L.

    Returns:
        The derivative, of the shape of `v`.

    Example:
        >>> triangular_derivative(tf.constant([-1.0, 0.5, 1.0]), 0.5).numpy()
        array([0.  , 0.25, 0.5 ], dtype=float32)
    """
    return dampening_factor * tf.nn.relu(1.0 - tf.abs(v - V_TH))
