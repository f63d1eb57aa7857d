"""Noting the gradients that an optimizer is given, by methods that stand in for its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

from keras_v1_activity.capture.health.roles import raw
from keras_v1_activity.capture.health.step_weights import StepWeights

Here = Callable[[], "StepWeights | None"]
"""A function that gives the weights of the step that is being compiled or run, or None."""


def noting_methods(optimizer: Any, here: Here) -> list[tuple[object, str, Callable[..., Any]]]:
    """(optimizer, name of a method, function that replaces it), as `replaced_methods` takes it.

    Args:
        optimizer: of Keras 3 or tf-keras; None has no methods.
        here: gives the weights of the step, in which the gradients are noted.

    Example:
        >>> [name for _, name, _ in noting_methods(model.optimizer, lambda: None)]
        ['apply_gradients', 'apply']
    """
    note = functools.partial(_note, optimizer, here)
    makers = {"apply_gradients": _noting_pairs, "apply": _noting_lists}
    methods = {name: getattr(optimizer, name, None) for name in makers}
    return [
        (optimizer, name, makers[name](method, note))
        for name, method in methods.items()
        if method is not None
    ]


def _noting_pairs(method: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    @functools.wraps(method)
    def apply_gradients(grads_and_vars: Any, *args: Any, **kwargs: Any) -> Any:
        # It may be an iterator, which can be gone through once.
        pairs = list(grads_and_vars)
        note(pairs)
        return method(pairs, *args, **kwargs)

    return apply_gradients


def _noting_lists(method: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    """For `apply` of Keras 3, which knows the variables itself if it is given none."""

    @functools.wraps(method)
    def apply(grads: Any, trainable_variables: Any = None, **kwargs: Any) -> Any:
        gradients = list(grads)
        given = None if trainable_variables is None else list(trainable_variables)
        own = getattr(getattr(method, "__self__", None), "_trainable_variables", ())
        note(zip(gradients, own if given is None else given, strict=False))
        return method(gradients, given, **kwargs)

    return apply


@tf.autograph.experimental.do_not_convert
def _note(optimizer: Any, here: Here, pairs: Iterable[tuple[Any, Any]]) -> None:
    weights = here()
    if weights is None:
        return
    weights.scale = _loss_scale(optimizer)
    for gradient, variable in pairs:
        if gradient is not None:
            weights.gradients[id(raw(variable))] = gradient


def _loss_scale(optimizer: Any) -> Any:
    """What the gradients are multiplied by that an optimizer of Keras 3 is given; None for 1.

    tf-keras divides by the scale of the loss before.
    """
    scale_loss = getattr(optimizer, "scale_loss", None)
    if scale_loss is None:
        return None
    one = tf.ones(())
    scaled = scale_loss(one)
    return None if scaled is one else tf.convert_to_tensor(scaled)
