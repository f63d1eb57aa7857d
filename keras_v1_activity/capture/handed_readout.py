"""What a custom loop says of a batch's classes: outputs, predictions, labels and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.capture.arrays import shape_of, to_numpy
from keras_v1_activity.capture.handed_layout import HandedLayout
from keras_v1_activity.capture.readout import MOST_CLASSES, Readout, confidence_of, label_of
from keras_v1_activity.common.protocols import AnyArray


class HandedReadout:
    """The classes that the network chose and the true ones, for each sample of a batch.

    Args:
        batch_size: samples in the batch.
        outputs, predictions, labels, weights: see `NetworkActivityLogger.log_step`.
        n_classes: classes that there are at least.
        n_steps: time steps of spikes; errors name the layout that they may have instead.
        layout: `HandedLayout`, by which (chunks, batch, classes) may come for outputs.

    Attributes:
        shapes: shape of each array that was given, batch first.

    Raises:
        ValueError: one sentence that names the argument, its shape and the one expected.

    Example:
        >>> readout = HandedReadout(2, predictions=[1, 0], labels=[1, 1])
        >>> outputs, confidence, label = readout.of(0)
        >>> confidence, label
        (array([0., 1.], dtype=float32), 1)
    """

    def __init__(
        self,
        batch_size: int,
        outputs: AnyArray | None = None,
        predictions: AnyArray | None = None,
        labels: AnyArray | None = None,
        weights: AnyArray | None = None,
        n_classes: int = 0,
        n_steps: int = 0,
        layout: HandedLayout | None = None,
    ) -> None:
        self._least_classes = n_classes
        self._batch_size, self._n_steps = batch_size, n_steps
        self._layout = HandedLayout() if layout is None else layout
        self._outputs = self._output_rows(outputs)
        self._labels = self._rows(labels, "labels")
        self._weights = self._rows(weights, "sample_weight")
        self._predictions = self._rows(predictions, "predictions", self._layout.batch_axis)
        given = (self._outputs, self._labels, self._weights, self._predictions)
        self.shapes: list[tuple[int, ...]] = [rows.shape for rows in given if rows is not None]

    def of(self, sample: int) -> Readout:
        """(outputs, confidence, label) of one sample."""
        weights = None if self._weights is None else self._weights[sample].reshape(-1)
        outputs = None if self._outputs is None else self._outputs[sample]
        confidence = confidence_of(outputs, weights)
        if self._predictions is not None:
            predicted = self._predictions[sample]
            if _is_class(predicted):
                majority = _majority(predicted, weights)
                confidence = _agreeing(confidence, majority, self._n_classes())
            else:
                rows = np.atleast_2d(predicted).astype(np.float32)
                outputs = rows if outputs is None else outputs
                confidence = confidence_of(rows, weights)
        return outputs, confidence, self._label(sample, outputs, confidence, weights)

    def _n_classes(self) -> int:
        """Classes there are at least, the same for all samples of the batch."""
        most = 2 if self._outputs is None else self._outputs.shape[2]
        most = max(most, self._least_classes)
        for classes in (self._predictions, self._labels):
            if classes is not None and np.isfinite(classes).all():
                greatest = int(classes.max(initial=0))
                most = max(most, greatest + 1) if greatest < MOST_CLASSES else most
        return most

    def _label(
        self,
        sample: int,
        outputs: NDArray[np.float32] | None,
        confidence: NDArray[np.float32] | None,
        weights: NDArray[Any] | None,
    ) -> int | None:
        if self._labels is None:
            return None
        target = self._labels[sample]
        n_chunks, n_classes = (1, 1) if outputs is None else outputs.shape
        if n_classes == 1 and confidence is not None:
            n_classes = len(confidence)
        label = label_of(target, n_chunks, n_classes, weights)
        if label is None and outputs is not None and target.shape == (n_classes,) != (n_chunks,):
            # It says of each class of the readout whether it is true: none is, or several are.
            return None
        if label is None and target.ndim:
            # There is no readout that it fits: one-hot in the last axis, or one class a chunk.
            label = label_of(target, len(target), target.shape[-1], weights)
        if label is None and target.ndim == 1:
            label = label_of(target, len(target), 1, weights)
        return label

    def _rows(self, value: AnyArray | None, name: str, axis: int = 0) -> NDArray[Any] | None:
        """Per-sample rows as a numpy array (batch, ...); one sample may come without its axis.

        Only an array of three axes has time, and its batch at `axis`.
        """
        if value is None:
            return None
        array = to_numpy(value, name)
        axis = axis if array.ndim == 3 else 0
        if array.ndim and array.shape[axis] == self._batch_size:
            return np.moveaxis(array, axis, 0)
        if self._batch_size == 1:
            return array[None]
        found = array.shape[axis] if array.ndim else 0
        hint = self._layout.exchanged(found, self._batch_size, self._n_steps)
        raise ValueError(
            f"{name} must have one entry for each of the {self._batch_size} samples of spikes; "
            f"got shape {array.shape}{hint}."
        )

    def _output_rows(self, outputs: AnyArray | None) -> NDArray[np.float32] | None:
        """(batch, chunks, classes) float32, or None."""
        rows = self._rows(outputs, "outputs", self._layout.batch_axis)
        if rows is None:
            return None
        rows = rows[:, None] if rows.ndim == 2 else rows
        if rows.ndim != 3:
            raise ValueError(
                f"outputs must have shape {self._layout.words('classes', 'chunks')} or (batch, "
                f"classes); got {shape_of(outputs, 'outputs')}."
            )
        return rows.astype(np.float32)


def _is_class(predicted: NDArray[Any]) -> bool:
    """Whether a sample's prediction is class ids rather than probabilities."""
    if predicted.ndim == 0 or predicted.shape == (1,):
        return True
    if predicted.ndim > 1:
        return False
    one_hot = np.isin(predicted, (0, 1)).all() and predicted.sum() == 1
    return bool(predicted.dtype.kind in "iu" and not one_hot)


def _majority(predicted: NDArray[Any], weights: NDArray[Any] | None) -> int | None:
    """The class that most chunks predict."""
    return label_of(predicted, max(predicted.size, 1), 1, weights)


def _agreeing(
    confidence: NDArray[np.float32] | None, predicted: int | None, n_classes: int
) -> NDArray[np.float32] | None:
    """`confidence` if it says the same as the class predicted, else certainty of that class."""
    if predicted is None:
        return confidence
    if confidence is not None and int(np.argmax(confidence)) == predicted:
        return confidence
    if n_classes > MOST_CLASSES:
        return None
    certain = np.zeros(n_classes, np.float32)
    certain[predicted] = 1
    return certain
