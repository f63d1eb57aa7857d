"""One time step of the plain formulation, for each of the dynamics; see `reference.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.dpointnet_cell import RECURRENT_GRADIENT, VOLTAGE_GRADIENT
from keras_v1_activity.v1.engine.dynamics import DPOINTNET, NEST, V1_GLIF_MODEL
from keras_v1_activity.v1.engine.nest_constants import NestConstants
from keras_v1_activity.v1.engine.surrogate import surrogate_derivative
from keras_v1_activity.v1.network.glif3_constants import V_TH
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Glif3Parameters


class PlainState(NamedTuple):
    """v, r: (batch, n). asc: (batch, n, 2). psc_rise, psc: (batch, 4 n)."""

    v: tf.Tensor
    r: tf.Tensor
    asc: tf.Tensor
    psc_rise: tf.Tensor
    psc: tf.Tensor


Step: TypeAlias = Callable[[PlainState, tf.Tensor, tf.Tensor], tuple[PlainState, tf.Tensor]]
"""From the state, the spikes before and the current that arrives to the new state and spikes."""


def plain_step(parameters: Glif3Parameters, options: CellOptions, dtype: tf.DType) -> Step:
    """The step of the dynamics that the options name.

    Args:
        parameters: `Glif3Parameters` of n neurons.
        options: `CellOptions`.
        dtype: tf.float32 or tf.float64.

    Example:
        >>> step = plain_step(network.parameters, CellOptions(), tf.float32)
        >>> nothing = tf.zeros((1, 200))
        >>> currents = tf.zeros((1, 800))
        >>> state = PlainState(nothing, nothing, tf.zeros((1, 200, 2)), currents, currents)
        >>> float(tf.reduce_sum(step(state, nothing, currents)[1]))
        0.0
    """
    steps = {NEST: _nest_step, V1_GLIF_MODEL: _v1_glif_model_step, DPOINTNET: _v1_glif_model_step}
    return steps.get(options.dynamics, _published_step)(parameters, options, dtype)


def heard(spikes: tf.Tensor, options: CellOptions) -> tf.Tensor:
    """Spikes as recurrent synapses carry them: the same, but maybe with less of a gradient.

    Example:
        >>> heard(tf.ones((1, 2)), CellOptions(dynamics="dpointnet")).numpy().tolist()
        [[1.0, 1.0]]
    """
    return _with_part_of_its_gradient(spikes, options, RECURRENT_GRADIENT)


def _with_part_of_its_gradient(x: tf.Tensor, options: CellOptions, part: float) -> tf.Tensor:
    if options.dynamics != DPOINTNET:
        return x
    return part * x + tf.stop_gradient((1.0 - part) * x)


class _Constants:
    """Those of `Glif3Constants`, as tensors of a dtype, receptors in one axis."""

    def __init__(self, parameters: Glif3Parameters, options: CellOptions, dtype: tf.DType) -> None:
        self.dtype = dtype
        c = options.constants(parameters)
        self.decay, self.current_factor = self.of(c.decay), self.of(c.current_factor)
        self.syn_decay = self.of(c.syn_decay.reshape(-1))
        self.psc_initial = self.of(c.psc_initial.reshape(-1))
        self.asc_change, self.asc_decay = self.of(c.asc_change), self.of(c.asc_decay)
        self.asc_amps = self.of(c.asc_amps)
        self.v_reset, self.t_ref = self.of(c.v_reset), self.of(c.t_ref)

    def of(self, values: Any) -> tf.Tensor:
        return tf.constant(np.asarray(values), self.dtype)


def _published_step(parameters: Glif3Parameters, options: CellOptions, dtype: tf.DType) -> Step:
    c, dt, spike = _Constants(parameters, options, dtype), options.dt, _spike_function(options)

    def step(state: PlainState, z: tf.Tensor, i: tf.Tensor) -> tuple[PlainState, tf.Tensor]:
        v, r, asc, psc_rise, psc = state
        drive = tf.reduce_sum(tf.reshape(psc, (*v.shape, N_RECEPTORS)), -1)
        if options.as_published:
            drive = drive + asc[..., 0] + asc[..., 1]
        else:
            drive = drive + tf.reduce_sum(asc, -1)
        v = c.decay * v + c.current_factor * drive
        v = v + z * ((c.v_reset - v) if options.hard_reset else (c.v_reset - V_TH))
        # TensorFlow's graphs rewrite psc * decay + dt * decay * psc_rise to this, and sums of more
        # than two terms to one of their own order: written so, eager runs have the same last bit.
        if options.as_published:
            psc = psc * c.syn_decay + dt * c.syn_decay * psc_rise
            asc = c.asc_decay * asc + z[..., None] * c.asc_amps
        else:
            psc = c.syn_decay * (psc + dt * psc_rise)
            asc = asc + asc * c.asc_change + z[..., None] * c.asc_amps
        psc_rise = psc_rise * c.syn_decay + i * c.psc_initial
        r = tf.nn.relu(r + z * c.t_ref - dt)
        new = tf.where(r > 0, tf.zeros_like(v), spike(v))
        return PlainState(v, r, asc, psc_rise, psc), new

    return step


def _v1_glif_model_step(parameters: Glif3Parameters, options: CellOptions, dtype: tf.DType) -> Step:
    c, dt, spike = _Constants(parameters, options, dtype), options.dt, _spike_function(options)

    def step(state: PlainState, z: tf.Tensor, i: tf.Tensor) -> tuple[PlainState, tf.Tensor]:
        v, r, asc, psc_rise, psc = state
        z = tf.stop_gradient(z)
        drive = tf.reduce_sum(tf.reshape(psc, (*v.shape, N_RECEPTORS)), -1)
        drive = drive + tf.reduce_sum(asc, -1)
        v = _with_part_of_its_gradient(v, options, VOLTAGE_GRADIENT)
        v = c.decay * v + c.current_factor * drive + z * (c.v_reset - V_TH)
        r = _steps_left(r + z * c.t_ref, dt)
        if options.hard_reset:
            v = tf.where(r > 0, c.v_reset * tf.ones_like(v), v)
        asc = asc + asc * c.asc_change + z[..., None] * c.asc_amps
        psc = c.syn_decay * (psc + dt * psc_rise)
        psc_rise = psc_rise * c.syn_decay + i * c.psc_initial
        new = tf.where(r > 0, tf.zeros_like(v), spike(v))
        return PlainState(v, r, asc, psc_rise, psc), new

    return step


def _nest_step(parameters: Glif3Parameters, options: CellOptions, dtype: tf.DType) -> Step:
    c, dt, spike = _Constants(parameters, options, dtype), options.dt, _spike_function(options)
    own = NestConstants.of(parameters, dt)
    rise_gain, psc_gain = c.of(own.rise_gain.reshape(-1)), c.of(own.psc_gain.reshape(-1))
    asc_gain, at_spike = c.of(own.asc_gain), c.of(own.asc_change_at_spike)

    def step(state: PlainState, z: tf.Tensor, i: tf.Tensor) -> tuple[PlainState, tf.Tensor]:
        v, r, asc, psc_rise, psc = state
        fired, held = z > 0, r > 0
        received = tf.reshape(rise_gain * psc_rise + psc_gain * psc, (*v.shape, N_RECEPTORS))
        driven = tf.reduce_sum(received, -1) + tf.reduce_sum(asc_gain * asc, -1)
        v = c.decay * v + driven
        v = v + z * (c.v_reset - v)
        v = tf.where(held & ~fired, c.v_reset * tf.ones_like(v), v)
        new = tf.where(held | fired, tf.zeros_like(v), spike(v))
        change = tf.where(held[..., None], tf.zeros_like(c.asc_change), c.asc_change)
        change = tf.where(fired[..., None], at_spike, change)
        asc = asc + asc * change + z[..., None] * c.asc_amps
        psc = c.syn_decay * (psc + dt * psc_rise)
        psc_rise = psc_rise * c.syn_decay + i * c.psc_initial
        r = _steps_left(r + z * c.t_ref, dt)
        return PlainState(v, r, asc, psc_rise, psc), new

    return step


def _steps_left(r: tf.Tensor, dt: float) -> tf.Tensor:
    left = r - dt
    return tf.where(left < 0.5 * dt, tf.zeros_like(left), left)


def _spike_function(options: CellOptions) -> Callable[[tf.Tensor], tf.Tensor]:
    """1 above the threshold, 0 below, with a Gaussian or a triangle for its derivative."""

    @tf.custom_gradient
    def spike(v: tf.Tensor) -> Any:
        def grad(upstream: tf.Tensor) -> tf.Tensor:
            if options.dynamics == DPOINTNET:
                height = tf.maximum(1.0 - tf.abs(v - V_TH), 0.0)
                return upstream * options.dampening_factor * height
            slope = surrogate_derivative(v, options.dampening_factor, options.gauss_std)
            return upstream * slope

        return tf.cast(v > V_TH, v.dtype), grad

    return spike
