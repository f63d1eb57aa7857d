"""What needs TensorFlow says so in one sentence where it is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PARTS: Final = ("tensorflow", "keras")


class TensorFlowMissing(ModuleNotFoundError):
    """TensorFlow or Keras is not installed here, and what was asked for needs it.

    Example:
        >>> raise TensorFlowMissing("v1.create_model needs TensorFlow and Keras")
        Traceback (most recent call last):
        keras_v1_activity.common.needs_tensorflow.TensorFlowMissing: v1.create_model needs \
TensorFlow and Keras
    """


@contextmanager
def needs_tensorflow(what: str) -> Iterator[None]:
    """A block that needs TensorFlow and Keras: where they are missing, one sentence says so.

    Args:
        what: what needs them, as the user called it.

    Raises:
        TensorFlowMissing: a `ModuleNotFoundError`; one of the two is not installed.

    Example:
        >>> try:
        ...     with needs_tensorflow("v1.create_model"):
        ...         raise ModuleNotFoundError("No module named 'keras'", name="keras")
        ... except ModuleNotFoundError as error:
        ...     print(str(error)[:47])
        v1.create_model needs TensorFlow and Keras, and
    """
    try:
        yield
    except TensorFlowMissing:
        raise
    except ModuleNotFoundError as error:
        if error.name not in _PARTS:
            raise
        raise TensorFlowMissing(
            f"{what} needs TensorFlow and Keras, and {error.name} is not installed here: pip "
            "install tensorflow keras. NetworkActivityLogger, load_activity, figures and the "
            "commands inspect, figures and compare work without them.",
            name=error.name,
        ) from None
