"""The layer `input_layer`: from LGN channels and background noise to input currents."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.common.units import MS_PER_S
from keras_v1_activity.v1.engine.cell_options import CellOptions, checked_engine
from keras_v1_activity.v1.layers.dale import KeepSign
from keras_v1_activity.v1.layers.input_product import input_product
from keras_v1_activity.v1.layers.poisson_sources import PoissonSources
from keras_v1_activity.v1.layers.replica_noise import SeedGenerator
from keras_v1_activity.v1.layers.shared_weights import SharedWeights
from keras_v1_activity.v1.network.noise import (
    BACKGROUND_FACTOR,
    BACKGROUND_PROBABILITY,
    FAST_NOISE_SCALE,
    N_BACKGROUND_SOURCES,
    SLOW_NOISE_SCALE,
)
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Synapses, V1Network


def background_rows(network: V1Network) -> NDArray[np.int64]:
    """Ids (neuron * 4 + receptor) of the currents that the background reaches, ascending.

    Example:
        >>> len(background_rows(network)) <= 4 * network.n_neurons
        True
    """
    return np.flatnonzero(network.background_weights.reshape(-1))


def input_rows(network: V1Network) -> NDArray[np.int64]:
    """Ids (neuron * 4 + receptor) of the currents that LGN or background reach, ascending.

    Recorded noise (additive_noise.mat) reaches every receptor.

    Example:
        >>> rows = input_rows(network)
        >>> set(background_rows(network)) <= set(rows)
        True
    """
    if network.noise_samples is not None:
        return np.arange(N_RECEPTORS * network.n_neurons)
    tables = [network.inputs] + ([] if network.background is None else [network.background])
    reached = [_rows_fed(synapses) for synapses in tables]
    return np.unique(np.concatenate([*reached, background_rows(network)]))


def _rows_fed(synapses: Synapses) -> NDArray[np.int64]:
    """Ids of the currents that synapses feed, ascending; those with a model feed four each."""
    if synapses.model is None:
        return np.unique(synapses.row)
    first = N_RECEPTORS * np.unique(synapses.target).astype(np.int64)
    return (first[:, None] + np.arange(N_RECEPTORS)).reshape(-1)


def _places_of(background: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Which background weight each row has; one beyond the last for rows without any."""
    reached = np.searchsorted(rows, background)
    place = np.full(len(rows), len(reached), np.int32)
    place[reached] = np.arange(len(reached))
    return place


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class InputCurrents(keras.layers.Layer):
    """Input currents of the V1 network: ``W_lgn x(t)`` plus background noise.

    Output: float32 (batch, time, rows), normalised by the target's V_th - E_L; the rows are
    `input_rows(network)`, the receptors of neurons that get any input.

    Args:
        network: `V1Network`.
        noise: whether background noise is added. Its draws are shared by all neurons, and differ
            by time step, sample and call. Where the folder has additive_noise.mat, its samples
            are drawn instead, for each neuron and receptor on its own, and added as they are.
        train_input: whether `sparse_input_weights` are trainable.
        train_background: whether `rest_of_brain_weights` are trainable.
        use_dale_law: keep the sign of each weight.
        seed: of the background noise.
        dt: ms per time step, for background sources that fire on their own.
        as_published: weights divided in float32, and products in the order of the published code.
        engine: "xla" or "numba", see `CellOptions`.
        name: layer name; users know ``input_layer``.
        **kwargs: as of keras.layers.Layer.

    Example:
        >>> lgn = np.zeros((1, 20, network.n_input), np.float32)
        >>> currents = InputCurrents(network)(lgn)
        >>> currents.shape[2] == len(input_rows(network))
        True
    """

    def __init__(
        self,
        network: V1Network,
        *,
        noise: bool = True,
        train_input: bool = True,
        train_background: bool = False,
        use_dale_law: bool = True,
        seed: int = 0,
        dt: float = 1.0,
        as_published: bool = False,
        engine: str = CellOptions.engine,
        name: str = "input_layer",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, autocast=False, **kwargs)
        self.network: V1Network = network
        self.noise: bool = noise
        self.train_input: bool = train_input
        self.train_background: bool = train_background
        self.use_dale_law: bool = use_dale_law
        self.as_published: bool = as_published
        self.dt: float = dt
        self.engine: str = checked_engine(engine)
        self.supports_jit = engine == "xla"
        self.rows: NDArray[np.int64] = input_rows(network)
        self._seed_generator = SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        """Creates the weights and the tables of the synapses.

        Raises:
            ValueError: the input has another number of channels than the network.
        """
        if input_shape[-1] != self.network.n_input:
            raise ValueError(
                f"the input has {input_shape[-1]} channels, but the network was loaded with "
                f"n_input={self.network.n_input}: make them agree."
            )
        synapses, parameters = self.network.inputs, self.network.parameters
        summed = len(background_rows(self.network)) > 0
        if self.train_background and synapses.factors is not None and summed:
            raise ValueError(
                "train_background=True would train the four receptors of a background synapse one "
                "by one, which this network does not allow: load it with background='independent', "
                "or leave the background as it is."
            )
        scale = (parameters.in_float32() if self.as_published else parameters).voltage_scale
        weights = synapses.weight / scale[synapses.target]
        self.sparse_input_weights = self._add_synapses(
            "sparse_input_weights", weights, self.train_input
        )
        flat = self._background_weights(scale).reshape(-1)
        self.rest_of_brain_weights = self._add_synapses(
            "rest_of_brain_weights", flat[background_rows(self.network)], self.train_background
        )
        self._shared = SharedWeights(synapses)
        acting = self._shared.acting if self.as_published else synapses
        self._product = input_product(acting, self.rows, self.engine)
        self._sources = self._independent_sources(scale)
        with tf.init_scope():
            self._background_place = tf.convert_to_tensor(
                _places_of(background_rows(self.network), self.rows)
            )

    def _independent_sources(self, scale: NDArray[Any]) -> PoissonSources | None:
        """The background sources that fire on their own, with their weights; None without any."""
        synapses = self.network.background
        if synapses is None:
            return None
        values = synapses.weight / scale[synapses.target]
        self.independent_background_weights = self._add_synapses(
            "independent_background_weights", values, self.train_background
        )
        mean = self.network.background_rate * self.dt / MS_PER_S
        draws = self._seed_generator
        return PoissonSources(synapses, self.rows, mean, draws, engine=self.engine)

    def _background_weights(self, scale: NDArray[Any]) -> NDArray[Any]:
        """(n, 4) weights of the ten background sources together, normalised."""
        weights = self.network.background_weights
        if self.as_published:
            return weights / scale[:, None] * np.float32(BACKGROUND_FACTOR)
        return BACKGROUND_FACTOR * weights / scale[:, None]

    def _add_synapses(self, name: str, values: NDArray[Any], trainable: bool) -> Any:
        keep_sign = self.use_dale_law and trainable
        return self.add_weight(
            shape=values.shape,
            initializer=lambda shape, dtype: tf.constant(values, dtype),
            dtype="float32",
            autocast=False,
            trainable=trainable,
            constraint=KeepSign(values, self.as_published) if keep_sign else None,
            name=name,
        )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """(batch, time, n_input) spikes or real-valued input to (batch, time, rows) currents."""
        x = tf.cast(inputs, tf.float32)
        batch, n_steps = tf.shape(x)[0], tf.shape(x)[1]
        weights = tf.convert_to_tensor(self.sparse_input_weights)
        if self.as_published:
            weights = self._shared(weights)
        moments = tf.reshape(x, (-1, self.network.n_input))
        currents = self._product(weights, moments, inputs.shape[1])
        currents = tf.reshape(currents, (batch, n_steps, len(self.rows)))
        currents = tf.ensure_shape(currents, (*inputs.shape[:2], len(self.rows)))
        if self.noise and self._sources is not None:
            weights = tf.convert_to_tensor(self.independent_background_weights)
            currents += self._sources.currents(weights, batch, n_steps)
        return currents + self._background(batch, n_steps) if self.noise else currents

    def _background(self, batch: tf.Tensor, n_steps: tf.Tensor) -> tf.Tensor:
        """(batch, time, rows) noise current."""
        if self.network.noise_samples is not None:
            return self._recorded_noise(batch, n_steps)
        weights = tf.convert_to_tensor(self.rest_of_brain_weights)
        per_row = tf.gather(tf.concat([weights, tf.zeros((1,))], 0), self._background_place)
        if self.as_published:
            return self._fired_sources(batch, n_steps)[:, :, None] * per_row / N_BACKGROUND_SOURCES
        return self._shared_noise(batch, n_steps)[:, :, None] * per_row

    def _shared_noise(self, batch: tf.Tensor, n_steps: tf.Tensor) -> tf.Tensor:
        """(batch, time) strength of the background, shared by all neurons of a sample."""
        return self._fired_sources(batch, n_steps) / N_BACKGROUND_SOURCES

    def _fired_sources(self, batch: tf.Tensor, n_steps: tf.Tensor) -> tf.Tensor:
        """(batch, time) how many of the background's sources fire in a time step."""
        draws = keras.random.uniform(
            (batch, n_steps, N_BACKGROUND_SOURCES), seed=self._seed_generator
        )
        fired = tf.cast(draws < BACKGROUND_PROBABILITY, tf.float32)
        return tf.reduce_sum(fired, -1)

    def _recorded_noise(self, batch: tf.Tensor, n_steps: tf.Tensor) -> tf.Tensor:
        """(batch, time, rows): for each row a draw per step and one per trial, no weights."""
        fast = FAST_NOISE_SCALE * self._draw((batch, n_steps, len(self.rows)))
        return fast + SLOW_NOISE_SCALE * self._draw((batch, 1, len(self.rows)))

    def _draw(self, shape: tuple[Any, ...]) -> tf.Tensor:
        samples = tf.constant(self.network.noise_samples.reshape(-1), tf.float32)
        places = keras.random.randint(
            shape, 0, samples.shape[0], dtype="int32", seed=self._seed_generator
        )
        return tf.gather(samples, places)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """Symbolic (batch, time, rows), float32."""
        return keras.KerasTensor((*inputs.shape[:2], len(self.rows)), dtype="float32")
