"""Checks of arguments that several modules share."""

import operator

import numpy as np


def whole_number(value, name, least, example):
    """`value` as int.

    Args:
        value: an int or a numpy integer; booleans, floats and text are refused.
        name: of the argument, for the message.
        least: smallest allowed value.
        example: a good value, for the message.

    Raises:
        ValueError: one sentence that says what was wrong with it.

    Example:
        >>> whole_number(np.int64(5), "n_neurons", 1, 2000)
        5
    """
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}, e.g. {example}; got {value!r}."
        )
    return number


def real_number(value, name, example, *, least=None, above=None):
    """`value` as a finite float.

    Args:
        value: a number; booleans and text are refused.
        name: of the argument, for the message.
        example: a good value, for the message.
        least: smallest allowed value, or None.
        above: a bound that the value must exceed, or None.

    Raises:
        ValueError: one sentence that says what was wrong with it.

    Example:
        >>> real_number(1, "dt", 1.0, above=0)
        1.0
    """
    bounds = [f" of at least {least}"] * (least is not None) + [f" above {above}"] * (
        above is not None
    )
    fits = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if fits:
        fits = np.isfinite(value) and (least is None or value >= least)
        fits = fits and (above is None or value > above)
    if not fits:
        raise ValueError(
            f"{name} must be a number{''.join(bounds)}, e.g. {example}; got {value!r}."
        )
    return float(value)
