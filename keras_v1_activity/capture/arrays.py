"""Arrays of any framework as numpy arrays.

Nothing is imported for it: TensorFlow, JAX and PyTorch arrays say themselves what they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import even_array
from keras_v1_activity.common.protocols import AnyArray


def to_numpy(value: AnyArray, name: str) -> NDArray[Any]:
    """`value` as a numpy array of booleans or numbers.

    Args:
        value: numpy array, TensorFlow tensor or variable, JAX array, PyTorch tensor (on any device,
            with or without gradient), number or list. bfloat16 and other types that numpy does not
            have become float32.
        name: argument name, for the error.

    Raises:
        ValueError: a symbolic tensor of a compiled function, or nothing that holds numbers.

    Example:
        >>> to_numpy([1, 2], "labels")
        array([1, 2])
    """
    try:
        array = even_array(_concrete(value))
    except Exception as error:
        raise ValueError(_explain(value, name, error)) from error
    if array.dtype.kind == "V" and array.dtype.names is None:
        # The small float types of ml_dtypes, which numpy knows by name only.
        try:
            array = array.astype(np.float32)
        except (TypeError, ValueError) as error:
            raise ValueError(_explain(value, name, error)) from error
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} must hold numbers; got {type(value).__name__} of type {array.dtype}, shape "
            f"{array.shape}: give a plain array or tensor of fixed shape."
        )
    return array


def shape_of(value: AnyArray, name: str) -> tuple[int, ...]:
    """Shape as a tuple of ints, without conversion if the value tells it.

    Args:
        value: as `to_numpy` takes it.
        name: argument name, for the error.

    Raises:
        ValueError: as `to_numpy`, if it has to be converted for that.

    Example:
        >>> shape_of([[1, 2, 3]], "spikes")
        (1, 3)
    """
    shape = getattr(value, "shape", None)
    try:
        return tuple(int(size) for size in shape)  # type: ignore[union-attr]
    except (TypeError, ValueError):
        return to_numpy(value, name).shape


def sample_of(value: AnyArray, at: int, name: str, axis: int = 0) -> NDArray[Any]:
    """Sample `at` of a batch as a numpy array; only that sample is converted.

    Args:
        value: (batch, ...), as `to_numpy` takes it.
        at: index of the sample.
        name: argument name, for the error.
        axis: which axis is the batch, 0 or 1.

    Raises:
        ValueError: as `to_numpy`.

    Example:
        >>> sample_of(np.array([[1, 2], [3, 4]]), 1, "spikes")
        array([3, 4])
    """
    batch: Any = value
    if hasattr(batch, "shape") and hasattr(batch, "__getitem__"):
        try:
            return to_numpy(batch[:, at] if axis else batch[at], name)
        except (TypeError, NotImplementedError):
            pass
    return to_numpy(value, name).take(at, axis)


def _concrete(value: Any) -> Any:
    """What numpy can take: a tensor of PyTorch is cut off its graph and fetched from its device."""
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        value = value.detach().cpu()
        if str(value.dtype) in ("torch.bfloat16", "torch.float8_e4m3fn", "torch.float8_e5m2"):
            value = value.float()
        return value.numpy()
    if not isinstance(value, np.ndarray) and callable(getattr(value, "numpy", None)):
        return value.numpy()
    return value


def _explain(value: object, name: str, error: Exception) -> str:
    kind = type(value)
    cause = " ".join(str(error).split())[:160]
    return (
        f"{name} must be an array with values; got {kind.__module__}.{kind.__qualname__} "
        f"({type(error).__name__}: {cause}): inside a compiled function (tf.function, jax.jit, "
        "torch.compile) there are none yet, so return it from there and log it outside."
    )
