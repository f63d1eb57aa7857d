"""What the model said and what was true, from the numbers that training saw. Numpy only."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Readout: TypeAlias = tuple[NDArray[np.float32] | None, NDArray[np.float32] | None, int | None]
"""(outputs, confidence, label) of one sample, each None if it is unknown."""


def confidence_of(
    outputs: NDArray[Any] | None, weights: ArrayLike | None = None
) -> NDArray[np.float32] | None:
    """Probability of each class for one sample.

    Args:
        outputs: (n_chunks, n_classes) readout, probabilities or logits.
        weights: (n_chunks,) how much training scores each chunk; None: all alike.

    Returns:
        (n_classes,) float32, the chunks' probabilities averaged with those weights; None if the
        model has one output only, which is no choice between classes.

    Example:
        >>> confidence_of(np.array([[0.25, 0.75], [0.5, 0.5]]), [1, 0])
        array([0.25, 0.75], dtype=float32)
    """
    if outputs is None or outputs.shape[1] < 2:
        return None
    probabilities = outputs if _is_distribution(outputs) else _softmax(outputs)
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
        given = given.argmax(-1)
    given = np.atleast_1d(given)
    if given.ndim != 1 or not np.all(np.isfinite(given)) or np.any(given != np.rint(given)):
        return None
    if len(given) not in (1, n_chunks) or np.any(given < 0):
        return None
    classes = given.astype(np.int64)
    # An unscored chunk may be labelled anything, so it has no vote.
    votes = np.bincount(classes, weights=_usable(weights, len(classes)), minlength=1)
    return int(votes.argmax())


def _is_one_hot(target: NDArray[Any], n_classes: int) -> bool:
    if n_classes < 2 or target.ndim == 0 or target.shape[-1] != n_classes:
        return False
    if target.ndim == 2:
        return True
    looks_so = np.all((target >= 0) & (target <= 1)) and np.isclose(target.sum(), 1, atol=1e-3)
    return bool(looks_so)


def _is_distribution(outputs: NDArray[Any]) -> bool:
    finite = outputs[np.isfinite(outputs).all(axis=1)]
    # Half precision leaves sums off by about a thousandth.
    return bool(np.all(finite >= 0) and np.allclose(finite.sum(axis=1), 1, atol=1e-2))


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
