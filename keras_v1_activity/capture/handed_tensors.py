"""What a custom step hands to its tap, as tensors; the counterpart of `handed.py` in a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from keras_v1_activity.capture.handed import checked_traces
from keras_v1_activity.capture.kept_names import READOUT_PREFIX, TRACE_PREFIX

_NAMES_OF_READOUT = ("outputs", "predictions", "labels", "sample_weight")


class HandedTensors:
    """What `NetworkActivityLogger.tap` was given, checked as far as shapes are known.

    Args:
        spikes: (batch, time, neuron) or (time, neuron).
        voltages: as spikes, mV, or None.
        inputs: (batch, time, channels...) or without batch, or None.
        outputs, predictions, labels, sample_weight: see `NetworkActivityLogger.log_step`.
        traces: dict of name -> (batch, time, k) or (time, k), or None.

    Attributes:
        n_neurons: neurons.

    Raises:
        ValueError: one sentence that names the argument, its shape and the one expected.

    Example:
        >>> batch = HandedTensors(tf.eye(5), labels=3)
        >>> batch.n_neurons, sorted(batch.tensors())
        (5, ['readout/labels', 'spikes'])
    """

    n_neurons: int

    def __init__(
        self,
        spikes: Any,
        voltages: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        predictions: Any = None,
        labels: Any = None,
        sample_weight: Any = None,
        traces: Mapping[str, Any] | None = None,
    ) -> None:
        self._spikes = _numeric(spikes, "spikes")
        rank = self._spikes.shape.rank
        if rank not in (2, 3):
            raise ValueError(
                "spikes must have shape (batch, time, neuron) or (time, neuron); got "
                f"{self._spikes.shape}."
            )
        self._is_batch = rank == 3
        self._shape = self._spikes.shape if self._is_batch else tf.TensorShape([1, *spikes.shape])
        if self._shape[2] is None:
            raise ValueError(
                f"spikes have shape {self._shape}, a number of neurons that is unknown before the "
                "step runs: set it, e.g. with tf.ensure_shape."
            )
        self.n_neurons = int(self._shape[2])
        self._tensors: dict[str, Any] = {"spikes": self._batched(self._spikes)}
        self._add_like_spikes(voltages)
        self._add_inputs(inputs)
        self._add_readout(outputs, predictions, labels, sample_weight)
        for name, value in checked_traces(traces).items():
            self._add_trace(name, value)

    def size(self) -> Any:
        """Samples in the batch, an int32 scalar tensor."""
        return tf.shape(self._tensors["spikes"])[0]

    def tensors(self) -> dict[str, Any]:
        """All that was given, by name, each with a batch axis."""
        return self._tensors

    def check_traces(self, n_traced: int) -> None:
        """Refuses traces of another number of neurons.

        Raises:
            ValueError: naming the trace and its shape.
        """
        for name, tensor in self._tensors.items():
            if name.startswith(TRACE_PREFIX) and tensor.shape[2] not in (None, n_traced):
                raise _wrong_trace(name.removeprefix(TRACE_PREFIX), tensor, self._shape)

    def _batched(self, tensor: Any) -> Any:
        return tensor if self._is_batch else tensor[tf.newaxis]

    def _add_like_spikes(self, voltages: Any) -> None:
        if voltages is None:
            return
        tensor = _numeric(voltages, "voltages")
        if not tensor.shape.is_compatible_with(self._spikes.shape):
            raise ValueError(
                f"voltages must have the shape of spikes, {self._spikes.shape}; got {tensor.shape}."
            )
        self._tensors["voltages"] = self._batched(tensor)

    def _add_inputs(self, inputs: Any) -> None:
        if inputs is None:
            return
        tensor = _numeric(inputs, "inputs")
        if not self._is_batch and tensor.shape.rank == 2:
            tensor = tensor[tf.newaxis]
        rank = tensor.shape.rank
        if rank is None or rank < 3 or not tensor.shape[:2].is_compatible_with(self._shape[:2]):
            raise ValueError(
                "inputs must have shape (batch, time, channels) with "
                f"{_words(self._shape)}, as spikes have; got {tensor.shape}."
            )
        self._tensors["inputs"] = tensor

    def _add_readout(self, *values: Any) -> None:
        for name, value in zip(_NAMES_OF_READOUT, values, strict=True):
            if value is None:
                continue
            tensor = self._rows(_numeric(value, name), name)
            if name == "outputs" and tensor.shape.rank not in (2, 3):
                raise ValueError(
                    "outputs must have shape (batch, chunks, classes) or (batch, classes); got "
                    f"{tensor.shape}."
                )
            self._tensors[READOUT_PREFIX + name] = tensor

    def _rows(self, tensor: Any, name: str) -> Any:
        """(batch, ...); one sample may come without its axis."""
        n = self._shape[0]
        # Of a single sample, an axis of unknown length is none of samples.
        known = self._is_batch or (tensor.shape.rank and tensor.shape[0] is not None)
        if known and tensor.shape.rank and tensor.shape[:1].is_compatible_with([n]):
            return tensor
        if n == 1:
            return tensor[tf.newaxis]
        raise ValueError(
            f"{name} must have one entry for each of the {'' if n is None else f'{n} '}samples of "
            f"spikes; got shape {tensor.shape}."
        )

    def _add_trace(self, name: str, value: Any) -> None:
        tensor = _numeric(value, f"traces[{name!r}]")
        tensor = tensor[tf.newaxis] if tensor.shape.rank == 2 else tensor
        if tensor.shape.rank != 3 or not tensor.shape[1:2].is_compatible_with(self._shape[1:2]):
            raise _wrong_trace(name, tensor, self._shape)
        self._tensors[TRACE_PREFIX + name] = tensor


def _numeric(value: Any, name: str) -> Any:
    try:
        tensor = tf.convert_to_tensor(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be a tensor of numbers; got {type(value).__name__} ({error}): give "
            "arrays of PyTorch or JAX to log_step."
        ) from error
    if not (tensor.dtype.is_floating or tensor.dtype.is_integer or tensor.dtype.is_bool):
        raise ValueError(f"{name} must hold numbers; got a tensor of {tensor.dtype.name}.")
    return tensor


def _wrong_trace(name: str, tensor: Any, shape: Any) -> ValueError:
    return ValueError(
        f"traces[{name!r}] must have shape (batch, time, traced neurons) with {_words(shape)}; got "
        f"{tensor.shape}: trace the neurons of trace_neurons, in their order."
    )


def _words(shape: Any) -> str:
    n, length = shape[0], shape[1]
    samples = "the samples" if n is None else f"{n} sample{'' if n == 1 else 's'}"
    return f"{samples} of {'the' if length is None else length} time steps"
