"""What the model said and what was true, from the numbers that training saw. Numpy only."""

import numpy as np


def confidence_of(outputs, weights=None):
    """Probability of each class for one sample.

    Args:
        outputs: (n_chunks, n_classes) readout, probabilities or logits.
        weights: (n_chunks,) how much training scores each chunk; None: all alike.

    Returns:
        (n_classes,) float32, the chunks' probabilities averaged with those weights; None where the
        model has one output only, which is no choice between classes.
    """
    if outputs is None or outputs.shape[1] < 2:
        return None
    probabilities = outputs if _is_distribution(outputs) else _softmax(outputs)
    return np.average(probabilities, axis=0, weights=_usable(weights, len(outputs))).astype(
        np.float32
    )


def label_of(target, n_chunks, n_classes, weights=None):
    """True class of one sample.

    Args:
        target: what the loss was given for this sample: a class, one class a chunk, or one-hot.
        n_chunks: chunks of the readout.
        n_classes: classes of the readout.
        weights: (n_chunks,) how much training scores each chunk; None: all alike.

    Returns:
        The class, where chunks differ that of the greatest weight; None where the target is not
        a class, as in a regression.
    """
    if target is None or np.size(target) == 0:
        return None
    target = np.asarray(target)
    target = target[..., 0] if target.ndim > 1 and target.shape[-1] == 1 else target
    if target.ndim > 2:
        return None
    if _is_one_hot(target, n_chunks, n_classes):
        target = target.argmax(-1)
    target = np.atleast_1d(target)
    if target.ndim != 1 or not np.all(np.isfinite(target)) or np.any(target != np.rint(target)):
        return None
    if len(target) not in (1, n_chunks) or np.any(target < 0):
        return None
    classes = target.astype(np.int64)
    # An unscored chunk may be labelled anything, so it has no vote.
    votes = np.bincount(classes, weights=_usable(weights, len(classes)), minlength=1)
    return int(votes.argmax())


def _is_one_hot(target, n_chunks, n_classes):
    if n_classes < 2 or target.ndim == 0 or target.shape[-1] != n_classes:
        return False
    if target.ndim == 2:
        return True
    looks_so = np.all((target >= 0) & (target <= 1)) and np.isclose(target.sum(), 1, atol=1e-3)
    return bool(looks_so)


def _is_distribution(outputs):
    finite = outputs[np.isfinite(outputs).all(axis=1)]
    # Half precision leaves sums off by about a thousandth.
    return bool(np.all(finite >= 0) and np.allclose(finite.sum(axis=1), 1, atol=1e-2))


def _softmax(outputs):
    with np.errstate(invalid="ignore"):
        raised = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)


def _usable(weights, n):
    """`weights` as (n,) where they say something, else None."""
    if weights is None:
        return None
    weights = np.asarray(weights, np.float64).reshape(-1)
    if len(weights) != n or not np.all(np.isfinite(weights)) or weights.sum() <= 0:
        return None
    return weights
