"""Taps: what a training step does besides, on its way through the layer and the loss."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import tensorflow as tf

from keras_v1_activity.capture.live_variables import LiveVariables
from keras_v1_activity.capture.methods import replaced_methods
from keras_v1_activity.capture.reduce import reduce_layer, reduce_loss
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.capture.target import RecordedLayer
from keras_v1_activity.capture.traces import reduce_traces
from keras_v1_activity.capture.troubles import Troubles
from keras_v1_activity.common.protocols import Model


class Taps:
    """Methods for one layer and one model that also write what is wanted into variables.

    Args:
        model: the model whose `compute_loss` and `train_step` are replaced.
        layer: `RecordedLayer`, the layer of it whose `call` is replaced.
        variables: `LiveVariables` that are written.
        folder: of the stored looks, to tell two captures of one model apart; or None.

    Attributes:
        variables: `LiveVariables`.
        folder: as given.
        selection: `Selection` of the layer; None until it has been called.
        refusal: why the layer cannot be captured, as its call found out; or None.
        troubles: `Troubles`, why labels, predictions or traces could not be taken.

    Example:
        >>> from keras_v1_activity.capture.target import CaptureRequest
        >>> from keras_v1_activity.plan import RecordPlan
        >>> variables = LiveVariables()
        >>> layer = CaptureRequest("rsnn", RecordPlan()).layer_of(model)
        >>> variables.arm(step=1, due=True)
        >>> with Taps(model, layer, variables).applied():
        ...     output = model.get_layer("rsnn")(x)
        >>> arrays, step = variables.read()
        >>> int(arrays["n_steps"])
        12
    """

    variables: LiveVariables
    folder: Path | None
    selection: Selection | None
    refusal: ValueError | None
    troubles: Troubles

    def __init__(
        self,
        model: Model,
        layer: RecordedLayer,
        variables: LiveVariables,
        folder: Path | None = None,
    ) -> None:
        self.variables = variables
        self.folder = folder
        self.selection = self.refusal = None
        self.troubles = Troubles()
        self._model: Any = model
        self._layer = layer
        self._n_steps: int | None = None

    def applied(self) -> AbstractContextManager[None]:
        """Replaces the methods for the block; functions compiled in it keep the replaced ones."""
        layer, model = self._layer.layer, self._model
        replacements = [
            (layer, "call", self._tap_layer(layer.call)),
            (model, "compute_loss", self._tap_loss(model.compute_loss)),
        ]
        if self.variables.counts_steps:
            replacements.append((model, "train_step", self._count_steps(model.train_step)))
        return replaced_methods(replacements)

    def _count_steps(self, train_step: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(train_step)
        def counting(*args: Any, **kwargs: Any) -> Any:
            self.variables.count_step()
            return train_step(*args, **kwargs)

        return tf.autograph.experimental.do_not_convert(counting)

    def _tap_layer(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def tapped_call(*args: Any, **kwargs: Any) -> Any:
            output = call(*args, **kwargs)
            self._write_layer(output, (args, kwargs) if self._layer.plan.trace_neurons else None)
            return output

        return tapped_call

    def _tap_loss(self, compute_loss: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(compute_loss)
        def tapped_compute_loss(*args: Any, **kwargs: Any) -> Any:
            self._write_loss(*args, **kwargs)
            return compute_loss(*args, **kwargs)

        return tapped_compute_loss

    @tf.autograph.experimental.do_not_convert
    def _write_layer(self, output: Any, call: Any) -> None:
        try:
            spikes, voltages = self._layer.settle(output)
            self._check_shape(spikes)
            self.selection = self._layer.selection(spikes.shape[2])
            self._n_steps = spikes.shape[1]
            reduce = functools.partial(self._reduce_layer, self.selection)
            self.variables.write_if_due(self.variables.layer, reduce, (spikes, voltages, call))
        except ValueError as error:
            self.refusal = error
            raise

    def _reduce_layer(
        self, selection: Selection, spikes: Any, voltages: Any, call: Any
    ) -> dict[str, Any]:
        kept = reduce_layer(spikes, voltages, selection)
        try:
            traces = reduce_traces(self._layer.layer, call, spikes, voltages, selection)
        except Exception as error:
            # As with labels: what the layer cannot tell must not end the training.
            self.troubles.note("trace", error)
            traces = reduce_traces(self._layer.layer, None, spikes, voltages, selection)
        return {**kept, **traces}

    @tf.autograph.experimental.do_not_convert
    def _write_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, **_: Any
    ) -> None:
        if self.selection is None:
            return
        reduce = functools.partial(
            reduce_loss,
            selection=self.selection,
            n_steps=self._n_steps,
            output_names=getattr(self._model, "output_names", None) or (),
        )
        try:
            self.variables.write_if_due(self.variables.loss, reduce, (x, y, y_pred, sample_weight))
        except Exception as error:
            # Spikes without labels are worth having, and training must go on.
            self.troubles.note("capture", error)

    def _check_shape(self, spikes: Any) -> None:
        found = f"layer '{self._layer.name}' gives {tuple(spikes.shape)}"
        if spikes.shape[2] is None:
            raise ValueError(
                f"{found}, a number of neurons that is unknown before it runs: set the shape of "
                "its output, e.g. with ensure_shape."
            )
        if spikes.shape[1] is None and getattr(self._model, "jit_compile", False):
            raise ValueError(
                f"{found}, a sequence of unknown length, which XLA cannot record: fix the time "
                "dimension, e.g. keras.Input((600, n_inputs)), or compile the model with "
                "jit_compile=False."
            )
