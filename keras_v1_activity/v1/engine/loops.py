"""Loops whose number of turns the compiler knows, and how much of a long run one turn takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def repeat(number: tf.Tensor, body: Callable[..., Any], *start: Any) -> Any:
    """What a loop over k < `number` leaves; `body` takes and gives k and the rest.

    The number is all that ends the loop. A second condition, such as maximum_iterations, would hide
    it from the compiler, and a GPU would ask the host after each turn whether to go on.

    Example:
        >>> _, total = repeat(tf.constant(4), lambda k, total: (k + 1, total + k), tf.constant(0))
        >>> int(total)
        6
    """
    return tf.while_loop(lambda k, *_: k < number, body, (tf.constant(0), *start))


def even_pieces(n: tf.Tensor, most: int | tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """As few pieces of n as hold `most` each at most; and how many of n each holds.

    Example:
        >>> [int(x) for x in even_pieces(tf.constant(10), 4)]
        [3, 4]
    """
    number = tf.maximum(-(-n // most), 1)
    return number, -(-n // number)
