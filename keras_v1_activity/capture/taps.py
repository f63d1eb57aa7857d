"""Taps: what a training step does besides, on its way through the layer, the model and the loss."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import tensorflow as tf

from keras_v1_activity.capture import models
from keras_v1_activity.capture.health.occupancy import occupancy_counts
from keras_v1_activity.capture.health.tap import HealthTap
from keras_v1_activity.capture.methods import noted_calls, replaced_methods
from keras_v1_activity.capture.reduce import reduce_layer, reduce_loss
from keras_v1_activity.capture.replica_step import ReplicaSteps
from keras_v1_activity.capture.replica_variables import ReplicaVariables
from keras_v1_activity.capture.replicas import Part
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.capture.step_batch import StepBatch
from keras_v1_activity.capture.target import RecordedLayer
from keras_v1_activity.capture.traces import reduce_traces
from keras_v1_activity.capture.troubles import Troubles
from keras_v1_activity.common.protocols import Model


class Taps:
    """Methods for one layer and one model that also write what is wanted into variables.

    Args:
        model: the model whose `train_step`, `call` and `compute_loss` are replaced.
        layer: `RecordedLayer`, the layer of it whose `call` is replaced. One that is not made yet
            is noticed by its name, as soon as it is called.
        variables: `ReplicaVariables` that are written.
        folder: of the stored looks, to tell two captures of one model apart; or None.

    Attributes:
        variables: `ReplicaVariables`.
        folder: as given.
        selection: `Selection` of the layer; None until it has been called.
        refusal: why the layer cannot be captured, as its call found out; or None.
        troubles: `Troubles`, why labels, predictions or traces could not be taken.
        health: `HealthTap`; None if gradients and weights are not asked for.

    Example:
        >>> from keras_v1_activity.capture.target import CaptureRequest
        >>> from keras_v1_activity.plan import RecordPlan
        >>> variables = ReplicaVariables()
        >>> layer = CaptureRequest("rsnn", RecordPlan()).layer_of(model)
        >>> variables.arm(step=1, due=True)
        >>> with Taps(model, layer, variables).applied():
        ...     output = model.get_layer("rsnn")(x)
        >>> arrays, step = variables.read()
        >>> int(arrays["n_steps"])
        12
    """

    variables: ReplicaVariables
    folder: Path | None
    selection: Selection | None
    refusal: ValueError | None
    troubles: Troubles
    health: HealthTap | None

    def __init__(
        self,
        model: Model,
        layer: RecordedLayer,
        variables: ReplicaVariables,
        folder: Path | None = None,
    ) -> None:
        self.variables = variables
        self.folder = folder
        self.selection = self.refusal = None
        self.troubles = Troubles()
        self.health = HealthTap(model) if layer.plan.health else None
        self._model: Any = model
        self._layer = layer
        self._by_name = layer.layer is None
        self._layer_shape: tuple[int | None, int | None] = (None, None)
        self._steps = ReplicaSteps(layer.plan)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Replaces the methods for the block; functions compiled in it keep the replaced ones."""
        layer, model = self._layer.layer, self._model
        replacements = [
            (model, "train_step", _tapped(model.train_step, self._begin_step, self._end_step)),
            (model, "compute_loss", _tapped(model.compute_loss, self._note_loss)),
        ]
        if self.health is not None:
            replacements += self.health.replacements(lambda: self._steps.here().weights)
        if layer is not model:
            replacements.append((model, "call", _tapped(model.call, after=self._note_outputs)))
        with ExitStack() as stack:
            if self._by_name:
                keras = models.keras_of(model)
                name, inside = self._layer.name, self._steps.are_here
                stack.enter_context(noted_calls(keras, name, self._write_named, inside))
            else:
                replacements.append((layer, "call", _tapped(layer.call, after=self._write_layer)))
            stack.enter_context(replaced_methods(replacements))
            yield

    @tf.autograph.experimental.do_not_convert
    def _begin_step(self, data: Any = None, *_: Any, **__: Any) -> None:
        step = self._steps.begin(StepBatch.of(data))
        if step.part is not None and self.variables.counts_steps:
            self.variables.here().count_step()
        if step.part is not None and self.health is not None:
            with self._health_troubles():
                self.health.begin(step, self.variables.here())

    @tf.autograph.experimental.do_not_convert
    def _end_step(self, *_: Any) -> None:
        """Writes the batch of a step that called no `compute_loss`, and its weights."""
        step = self._steps.end()
        if not step.batch.written:
            self._write_batch(step.batch.within_reach(), step.part)
        if self.health is not None and self.selection is not None and step.part is not None:
            with self._health_troubles():
                self.health.end(step, self.variables.here(), self.selection, self._layer.layer)

    @contextmanager
    def _health_troubles(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # A look without it is worth having, and training must go on.
            self.troubles.note("health", error)

    @tf.autograph.experimental.do_not_convert
    def _note_outputs(self, outputs: Any, *_: Any) -> None:
        self._steps.here().batch.outputs = outputs

    @tf.autograph.experimental.do_not_convert
    def _note_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, **_: Any
    ) -> None:
        step = self._steps.here()
        step.batch.written = True
        self._write_batch(step.batch.as_scored(x, y, y_pred, sample_weight), step.part)

    @tf.autograph.experimental.do_not_convert
    def _write_named(self, layer: Any, args: Any, kwargs: Any, output: Any) -> None:
        self._layer.layer = layer
        self._write_layer(output, args, kwargs)

    @tf.autograph.experimental.do_not_convert
    def _write_layer(self, output: Any, args: Any, kwargs: Any) -> None:
        part = self._steps.here().part
        if part is None:
            return
        try:
            spikes, voltages = self._layer.settle(output)
            self.selection = _selection_of(self._layer, spikes)
        except ValueError as error:
            self.refusal = error
            raise
        if spikes.shape[1] is None and _has_fixed_shapes(self._model):
            self.selection = None
            self.troubles.note("capture", _unknown_length(self._layer, spikes))
            return
        self._layer_shape = tuple(spikes.shape[1:])
        call = (args, kwargs) if self._layer.plan.trace_neurons else None
        reduce = functools.partial(self._reduce_layer, self.selection, part)
        variables = self.variables.here()
        tensors = spikes, voltages, call
        variables.write_if_due(variables.layer, reduce, tensors, holds=part.holds)

    def _reduce_layer(
        self, selection: Selection, part: Part, spikes: Any, voltages: Any, call: Any
    ) -> dict[str, Any]:
        kept = reduce_layer(spikes, voltages, selection, part)
        layer, rest = self._layer.layer, (spikes, voltages, selection, part.sample)
        try:
            traces = reduce_traces(layer, call, *rest)
        except Exception as error:
            # As with labels: what the layer cannot tell must not end the training.
            self.troubles.note("trace", error)
            traces = reduce_traces(layer, None, *rest)
        return {**kept, **traces, **self._occupancy(voltages, part, selection)}

    def _occupancy(self, voltages: Any, part: Part, selection: Selection) -> dict[str, Any]:
        if self.health is None:
            return {}
        (sample, *_) = part.samples(selection.samples)
        with self._health_troubles():
            populations = selection.neurons.populations
            return occupancy_counts(self._layer.layer, voltages, sample, populations)
        return {}

    def _write_batch(self, batch: StepBatch, part: Part | None) -> None:
        if self.selection is None or part is None:
            return
        head = None
        if batch.outputs is not None:
            try:
                head = self._layer.choice.head(
                    self._model, batch.outputs, batch.y, self._layer_shape
                )
            except ValueError as error:
                self.refusal = error
                raise
        reduce = functools.partial(
            reduce_loss,
            selection=self.selection,
            n_steps=self._layer_shape[0],
            head=head,
            part=part,
        )
        if _has_fixed_shapes(self._model):
            batch = batch.of_known_shapes()
        try:
            variables = self.variables.here()
            variables.write_if_due(variables.loss, reduce, batch.parts(), holds=part.holds)
        except Exception as error:
            # Spikes without labels are worth having, and training must go on.
            self.troubles.note("capture", error)


def _tapped(
    method: Callable[..., Any],
    before: Callable[..., None] | None = None,
    after: Callable[..., None] | None = None,
) -> Callable[..., Any]:
    """A method with a function before it, of its arguments, and one after it.

    The function after it is given (output, arguments, keyword arguments).
    """

    @functools.wraps(method)
    def tapped(*args: Any, **kwargs: Any) -> Any:
        if before is not None:
            before(*args, **kwargs)
        output = method(*args, **kwargs)
        if after is not None:
            after(output, args, kwargs)
        return output

    return tapped


def _has_fixed_shapes(model: Any) -> bool:
    """Whether the step is compiled by XLA, which stores only arrays of known shape."""
    return models.is_compiled_by_xla(model)


def _selection_of(layer: RecordedLayer, spikes: Any) -> Selection:
    if spikes.shape[2] is None:
        raise ValueError(
            f"layer '{layer.name}' gives {tuple(spikes.shape)}, a number of neurons that is "
            "unknown before it runs: set the shape of its output, e.g. with ensure_shape."
        )
    return layer.selection(spikes.shape[2])


def _unknown_length(layer: RecordedLayer, spikes: Any) -> ValueError:
    return ValueError(
        f"layer '{layer.name}' gives {tuple(spikes.shape)}, a sequence of unknown length, which "
        "XLA cannot record: fix the time dimension, e.g. keras.Input((600, n_inputs)), or compile "
        "the model with jit_compile=False."
    )
