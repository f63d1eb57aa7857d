"""Losses on the activity itself: firing rates like those recorded, potentials near the threshold.

After Chen, Scherr & Maass 2022. They are added by a layer that passes the spikes on, so that
`model.compile` and `model.fit` need to know nothing of them.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common import units
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.network.v1_network import V1Network


def target_rate_quantiles(
    recorded_hz: ArrayLike,
    n_neurons: int,
    dt: float = CellOptions.dt,
    *,
    random_seed: int | None = None,
) -> NDArray[np.float64]:
    """Ascending target rates for n neurons, from recorded ones, in spikes per time step.

    Args:
        recorded_hz: recorded firing rates, Hz, in any order.
        n_neurons: how many targets are wanted.
        dt: ms per time step.
        random_seed: None takes the middle of each of n equal parts of the distribution; a number
            draws n quantiles at random, as the published code does.

    Returns:
        (n_neurons,) spikes per time step.

    Raises:
        ValueError: no rates.

    Example:
        >>> target_rate_quantiles([5.0, 1.0, 9.0], 3)
        array([0.001, 0.003, 0.007])
    """
    recorded = np.sort(np.asarray(recorded_hz, np.float64).reshape(-1))
    if recorded.size == 0:
        raise ValueError(
            "rate_cost needs recorded rates, but the network folder has no "
            "garrett_firing_rates.pkl: add it, or set rate_cost=0."
        )
    quantile: NDArray[Any] = (np.arange(recorded.size) + 1) / recorded.size
    wanted = (np.arange(n_neurons) + 0.5) / n_neurons
    if random_seed is not None:
        quantile = quantile.astype(np.float32)
        wanted = np.sort(np.random.RandomState(random_seed).uniform(size=n_neurons))
    return np.interp(wanted, quantile, recorded) * dt / units.MS_PER_S


def huber_quantile_loss(error: tf.Tensor, quantile: tf.Tensor, kappa: float) -> tf.Tensor:
    """Quantile regression loss with a quadratic core of width kappa (Dabney et al. 2018).

    Example:
        >>> float(huber_quantile_loss(tf.constant(2.0), tf.constant(0.5), 1.0))
        0.75
    """
    size = tf.abs(error)
    huber = tf.where(size <= kappa, 0.5 * tf.square(error), kappa * (size - 0.5 * kappa))
    asymmetry = tf.abs(quantile - tf.cast(error <= 0, error.dtype))
    return asymmetry * huber / kappa


def rate_distribution_loss(
    spikes: tf.Tensor, targets: tf.Tensor, tie_breaker: tf.Tensor, kappa: float = 0.002
) -> tf.Tensor:
    """Distance of the distribution of mean rates from that of the targets.

    The quantile-Huber loss of u = rate - target, both ranked, with the sign of the published code
    (Chen, Scherr & Maass 2022).

    Args:
        spikes: (batch, time, neuron).
        targets: (neuron,) ascending rates, spikes per time step.
        tie_breaker: (neuron,) random numbers; neurons of equal rate are ranked by it, so that no
            neuron is always the one asked to fire more.
        kappa: width of the quadratic core, spikes per time step.

    Returns:
        Scalar, summed over neurons.

    Example:
        >>> rates = tf.constant([0.0, 1.0])
        >>> float(rate_distribution_loss(tf.constant([[[1.0, 0.0]]]), rates, tf.zeros(2)))
        0.0
    """
    rates = tf.reduce_mean(spikes, (0, 1))
    shuffled = tf.gather(rates, tf.argsort(tie_breaker))
    ranked = tf.gather(shuffled, tf.argsort(tf.stop_gradient(shuffled), stable=True))
    n = targets.shape[0]
    quantile = (tf.range(n, dtype=tf.float32) + 1.0) / n
    return tf.reduce_sum(huber_quantile_loss(ranked - targets, quantile, kappa))


def voltage_loss(v: tf.Tensor, floor: float = 1.0) -> tf.Tensor:
    """Mean over time and batch of the sum over neurons of relu(v - 1)^2 + relu(floor - v)^2.

    Args:
        v: (batch, time, neuron) normalised membrane potential.
        floor: 1 as in the published training loop, which pulls every potential to the threshold;
            -1 as in the published class, which leaves the band from -1 to 1 alone.

    Example:
        >>> float(voltage_loss(tf.constant([[[0.0, 1.0]]])))
        1.0
    """
    outside = tf.square(tf.nn.relu(v - 1.0)) + tf.square(tf.nn.relu(floor - v))
    return tf.reduce_mean(tf.reduce_sum(outside, -1))


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class ActivityLosses(keras.layers.Layer):
    """Passes the spikes of `rsnn` on and adds the rate and the voltage loss to the model's.

    Args:
        network: `V1Network`, for V_th, E_L and the recorded rates.
        rate_cost: factor of the rate loss; 0 leaves it out.
        voltage_cost: factor of the voltage loss; 0 leaves it out.
        voltage_floor: see `voltage_loss`.
        dt: ms per time step.
        seed: of the random ranking of equal rates.
        as_published: draw the quantiles of the targets at random, from the seed of the network.
        name: layer name.
        **kwargs: as of keras.layers.Layer.

    Example:
        >>> layer, nothing = ActivityLosses(network), np.zeros((1, 10, 200), np.float32)
        >>> _ = layer([nothing, nothing - 70.0])
        >>> len(layer.losses)
        2
    """

    def __init__(
        self,
        network: V1Network,
        *,
        rate_cost: float = 0.1,
        voltage_cost: float = 1e-5,
        voltage_floor: float = 1.0,
        dt: float = CellOptions.dt,
        seed: int = 0,
        as_published: bool = False,
        name: str = "activity_losses",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, autocast=False, **kwargs)
        self.rate_cost: float = float(rate_cost)
        self.voltage_cost: float = float(voltage_cost)
        self.voltage_floor: float = float(voltage_floor)
        n = network.n_neurons
        self._n_neurons = n
        self._targets = None
        if self.rate_cost:
            random_seed = int(network.settings.get("seed", seed)) if as_published else None
            self._targets = target_rate_quantiles(
                network.target_rates, n, dt, random_seed=random_seed
            ).astype(np.float32)
        self._parameters = network.parameters
        self._seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        """(spikes, voltages in mV), each (batch, time, neuron), to the spikes."""
        spikes, voltages = inputs
        if self.rate_cost:
            tie_breaker = keras.random.uniform((self._n_neurons,), seed=self._seed_generator)
            rate = rate_distribution_loss(spikes, tf.constant(self._targets), tie_breaker)
            self.add_loss(self.rate_cost * rate)
        if self.voltage_cost:
            p = self._parameters
            e_l, v_th = (tf.constant(x, tf.float32) for x in (p.E_L, p.V_th))
            v = units.mv_to_normalised(voltages, e_l, v_th)
            self.add_loss(self.voltage_cost * voltage_loss(v, self.voltage_floor))
        return spikes

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """The spikes' symbolic shape."""
        return keras.KerasTensor(inputs[0].shape, dtype="float32")
