"""What the model said and what was true, from the numbers that training saw. Numpy only."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.capture.kinds import CLASSES, UNKNOWN, VALUES

# Numbers beyond this are no classes.
MOST_CLASSES: int = 1_000_000

Readout: TypeAlias = tuple[NDArray[np.float32] | None, NDArray[np.float32] | None, int | None]
"""(outputs, confidence, label) of one sample, each None if it is unknown."""


def read_sample(
    outputs: NDArray[Any] | None,
    target: ArrayLike | None,
    weights: ArrayLike | None = None,
    kind: int = UNKNOWN,
    from_logits: bool | None = None,
) -> Readout:
    """What the model said of one sample, and what was true.

    Args:
        outputs: (n_chunks, n_classes) readout; None if there is none.
        target: what the loss was given for this sample, or None.
        weights: (n_chunks,) how much training scores each chunk; None: all alike.
        kind: of the output, `CLASSES`, `VALUES` or `UNKNOWN`. One output of classes is the
            probability of class 1 of two. Values are no classes, unless their target is one-hot.
            Of several classes at once, as in tagging, none is the prediction.
        from_logits: whether the outputs are logits; None tells by their range.

    Example:
        >>> _, confidence, label = read_sample(np.array([[0.75]]), 1, kind=CLASSES)
        >>> confidence, label
        (array([0.25, 0.75], dtype=float32), 1)
        >>> read_sample(np.array([[0.75]]), 1.0, kind=VALUES)
        (array([[0.75]]), None, None)
    """
    n_chunks, n_classes = (1, 1) if outputs is None else outputs.shape
    label = label_of(target, n_chunks, n_classes, weights)
    if outputs is None:
        return None, None, label
    if n_classes == 1:
        if kind == CLASSES:
            return outputs, _of_two(outputs, weights, from_logits), label
        return outputs, None, None if kind == VALUES else label
    if kind == CLASSES:
        several = target is not None and _has_several(np.asarray(target), n_chunks, n_classes)
        chosen = None if several else confidence_of(outputs, weights, from_logits)
        return outputs, chosen, None if several else label
    if kind == VALUES:
        one_hot = _is_one_hot(np.asarray(target), n_classes) if target is not None else None
        label = label if one_hot else None
        chosen = one_hot or (one_hot is None and _is_distribution(outputs))
    else:
        chosen = label is not None or target is None or not _are_values(np.asarray(target))
    return outputs, confidence_of(outputs, weights) if chosen else None, label


def _of_two(
    outputs: NDArray[Any], weights: ArrayLike | None, from_logits: bool | None
) -> NDArray[np.float32]:
    """Probabilities of two classes, of which the model gives that of the second."""
    given = outputs[:, 0].astype(np.float64)
    finite = given[np.isfinite(given)]
    if from_logits is None:
        from_logits = bool(np.any((finite < 0) | (finite > 1)))
    second = 1 / (1 + np.exp(-np.clip(given, -500, 500))) if from_logits else given
    mean = np.average(second, weights=_usable(weights, len(second)))
    return np.array([1 - mean, mean], np.float32)


def _are_values(target: NDArray[Any]) -> bool:
    """Whether a target is plainly a quantity: finite, and no whole number."""
    return bool(np.all(np.isfinite(target)) and np.any(target != np.rint(target)))


def confidence_of(
    outputs: NDArray[Any] | None,
    weights: ArrayLike | None = None,
    from_logits: bool | None = None,
) -> NDArray[np.float32] | None:
    """Probability of each class for one sample.

    Args:
        outputs: (n_chunks, n_classes) readout, probabilities or logits.
        weights: (n_chunks,) how much training scores each chunk; None: all alike.
        from_logits: whether the outputs are logits. Else they are divided by their sum, as Keras
            does; None tells by their sum which they are.

    Returns:
        (n_classes,) float32, the chunks' probabilities averaged with those weights; None if the
        model has one output only, which is no choice between classes.

    Example:
        >>> confidence_of(np.array([[0.25, 0.75], [0.5, 0.5]]), [1, 0])
        array([0.25, 0.75], dtype=float32)
    """
    if outputs is None or outputs.shape[1] < 2:
        return None
    probabilities = outputs if _is_distribution(outputs) else None
    if probabilities is None and from_logits is False:
        probabilities = _shares(outputs)
    if probabilities is None:
        probabilities = _softmax(outputs)
    return np.average(probabilities, axis=0, weights=_usable(weights, len(outputs))).astype(
        np.float32
    )


def label_of(
    target: ArrayLike | None, n_chunks: int, n_classes: int, weights: ArrayLike | None = None
) -> int | None:
    """True class of one sample.

    Args:
        target: what the loss was given for this sample: a class, one class a chunk, or one-hot.
        n_chunks: chunks of the readout.
        n_classes: classes of the readout.
        weights: (n_chunks,) how much training scores each chunk; None: all alike.

    Returns:
        The class, if chunks differ that of the greatest weight; None if the target is not a class,
        as in a regression.

    Example:
        >>> label_of([0, 1, 0], 1, 3), label_of(2, 1, 3), label_of(0.37, 1, 3)
        (1, 2, None)
    """
    if target is None or np.size(target) == 0:
        return None
    given: NDArray[Any] = np.asarray(target)
    given = given[..., 0] if given.ndim > 1 and given.shape[-1] == 1 else given
    if given.ndim > 2:
        return None
    if _is_one_hot(given, n_classes):
        if given.ndim == 2:
            weights = _without_empty(weights, given)
        given = given.argmax(-1)
    given = np.atleast_1d(given)
    if given.ndim != 1 or not np.all(np.isfinite(given)) or np.any(given != np.rint(given)):
        return None
    if len(given) not in (1, n_chunks) or np.any(given < 0) or np.any(given >= MOST_CLASSES):
        return None
    classes = given.astype(np.int64)
    # An unscored chunk may be labelled anything, so it has no vote.
    votes = np.bincount(classes, weights=_usable(weights, len(classes)), minlength=1)
    return int(votes.argmax())


def _has_several(target: NDArray[Any], n_chunks: int, n_classes: int) -> bool:
    """Whether a target says yes or no of each class, and not yes of one alone."""
    if n_classes < 2 or target.shape not in {(n_classes,), (n_chunks, n_classes)}:
        return False
    # One class for each chunk has the same shape if there are as many chunks as classes.
    of_chunks = target.ndim == 1 and n_chunks == n_classes
    yes_or_no = bool(np.all((target == 0) | (target == 1)))
    return yes_or_no and not of_chunks and not _is_one_hot(target, n_classes)


def _without_empty(weights: ArrayLike | None, one_hot: NDArray[Any]) -> NDArray[np.float64]:
    """The weights of the chunks, 0 for a chunk without any class."""
    filled = (one_hot.sum(-1) > 0).astype(np.float64)
    given = _usable(weights, len(filled))
    return filled if given is None or not (given * filled).any() else given * filled


def _is_one_hot(target: NDArray[Any], n_classes: int) -> bool:
    if n_classes < 2 or target.ndim == 0 or target.shape[-1] != n_classes:
        return False
    if not np.all((target >= 0) & (target <= 1)):
        return False
    # A chunk that is not scored may have no class at all.
    sums = np.atleast_1d(target.sum(-1))
    scored = sums > 0 if target.ndim == 2 else np.ones(1, bool)
    return bool(scored.any() and np.allclose(sums[scored], 1, atol=1e-3))


def _is_distribution(outputs: NDArray[Any]) -> bool:
    finite = outputs[np.isfinite(outputs).all(axis=1)]
    # Half precision leaves sums off by about a thousandth.
    return bool(np.all(finite >= 0) and np.allclose(finite.sum(axis=1), 1, atol=1e-2))


def _shares(outputs: NDArray[Any]) -> NDArray[Any] | None:
    """Each output as a part of their sum; None if they are no probabilities."""
    sums = outputs.sum(axis=1, keepdims=True)
    if np.any(outputs < 0) or not (np.all(np.isfinite(sums)) and np.all(sums > 0)):
        return None
    return outputs / sums


def _softmax(outputs: NDArray[Any]) -> NDArray[Any]:
    with np.errstate(invalid="ignore"):
        raised = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)


def _usable(weights: ArrayLike | None, n: int) -> NDArray[np.float64] | None:
    """`weights` as (n,) if they say something, else None."""
    if weights is None:
        return None
    weights = np.asarray(weights, np.float64).reshape(-1)
    if len(weights) != n or not np.all(np.isfinite(weights)) or weights.sum() <= 0:
        return None
    return weights
