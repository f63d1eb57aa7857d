"""From spikes to class scores: the readout by neuron groups, and means over chunks of time."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.network.task_readouts import PUBLISHED_OUTPUTS


def scale_gradient(x: tf.Tensor, factor: float) -> tf.Tensor:
    """`x` itself, whose gradient is multiplied by `factor`.

    Example:
        >>> x = tf.Variable(3.0)
        >>> with tf.GradientTape() as tape:
        ...     y = scale_gradient(x, 2.0)
        >>> float(y), float(tape.gradient(y, x))
        (3.0, 2.0)
    """
    return factor * x + tf.stop_gradient((1.0 - factor) * x)


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class GroupReadout(keras.layers.Layer):
    """Mean spikes of each class's readout neurons times a learned scale, 1 + softplus(b).

    After Chen, Scherr & Maass 2022. The gradient passes to the readout neurons undampened: the
    surrogate's dampening factor is divided out.

    Args:
        groups: int array (groups, neurons_per_output) of neuron indices, class after class.
        dampening_factor: of the layer `rsnn`.
        threshold: mean spikes per time step that the first class always has, times the scale; the
            groups are then those of the classes after it. None: each class has a group.
        train_scale: whether the scale is a weight; otherwise it is 1 + ln 2, as published, where it
            is not trained and not saved.
        task: of a published task, its name, for checkpoints.
        name: layer name.
        **kwargs: as of keras.layers.Layer.

    Example:
        >>> GroupReadout([[0, 1], [2, 3]])(np.ones((1, 5, 4), np.float32)).shape
        TensorShape([1, 5, 2])
    """

    def __init__(
        self,
        groups: ArrayLike,
        dampening_factor: float = CellOptions.dampening_factor,
        *,
        threshold: float | None = None,
        train_scale: bool = True,
        task: str | None = None,
        name: str = "readout",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, autocast=False, **kwargs)
        self.groups: NDArray[np.int32] = np.asarray(groups, np.int32)
        self.threshold: float | None = threshold
        self.train_scale: bool = train_scale
        self.task: str | None = task
        self.scale: Any = None
        self.dampening_factor: float = float(dampening_factor)

    @property
    def n_output(self) -> int:
        """Number of classes."""
        return len(self.groups) + (self.threshold is not None)

    def build(self, input_shape: Any) -> None:
        """Creates the scale's parameter b, one for all classes."""
        if self.train_scale:
            self.scale = self.add_weight(
                shape=(1,), initializer="zeros", autocast=False, name="scale"
            )

    def call(self, spikes: tf.Tensor) -> tf.Tensor:
        """(batch, time, neuron) spikes to (batch, time, n_output) scores."""
        chosen = tf.gather(spikes, self.groups.reshape(-1), axis=2)
        chosen = scale_gradient(chosen, 1.0 / self.dampening_factor)
        by_group = tf.reshape(chosen, (*tf.unstack(tf.shape(spikes))[:2], *self.groups.shape))
        means = tf.reduce_mean(by_group, -1)
        if self.threshold is not None:
            means = tf.concat([tf.fill(tf.shape(means[..., :1]), self.threshold), means], -1)
        return means * (1.0 + tf.nn.softplus(self.scale if self.train_scale else tf.zeros((1,))))

    def compute_output_spec(self, spikes: Any) -> keras.KerasTensor:
        """Symbolic (batch, time, n_output)."""
        return keras.KerasTensor((*spikes.shape[:2], self.n_output), dtype="float32")


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class ChunkMean(keras.layers.Layer):
    """Mean over consecutive chunks of time: (batch, time, k) to (batch, time / steps, k).

    Args:
        steps: time steps in a chunk; the time axis must hold a whole number of chunks.
        scale: the mean is multiplied by it.
        **kwargs: as of keras.layers.Layer.

    Example:
        >>> ChunkMean(2)(np.array([[[1.0], [3.0], [5.0], [5.0]]], np.float32)).numpy().ravel()
        array([2., 5.], dtype=float32)
    """

    def __init__(self, steps: int, scale: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.steps: int = steps
        self.scale: float = scale

    def call(self, x: Any) -> Any:
        """(batch, time, k) to (batch, chunks, k)."""
        shape = (-1, x.shape[1] // self.steps, self.steps, x.shape[2])
        return self.scale * keras.ops.mean(keras.ops.reshape(x, shape), axis=2)


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class PublishedProjection(keras.layers.Dense):
    """The published linear readout: mean spikes per time step to the outputs of all tasks.

    A class of its own, so that a weight file tells it from the readout that counts spikes.

    Args:
        task: whose outputs the model shows.
        **kwargs: as of keras.layers.Dense.

    Example:
        >>> projection = PublishedProjection("evidence")
        >>> projection(np.zeros((1, 5, 200), np.float32)).shape
        TensorShape([1, 5, 18])
    """

    def __init__(self, task: str, **kwargs: Any) -> None:
        kwargs.setdefault("units", PUBLISHED_OUTPUTS)
        super().__init__(**kwargs)
        self.task: str = task
