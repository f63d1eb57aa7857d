"""What is asked of arrays, models and layers that come from Keras, TensorFlow, JAX or PyTorch.

None of them is imported for a type: an object that has these members will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from numpy.typing import ArrayLike


@runtime_checkable
class Tensor(Protocol):
    """An array of numpy, TensorFlow, JAX or PyTorch."""

    @property
    def shape(self) -> Any:
        """Size of each axis."""
        ...

    @property
    def dtype(self) -> Any:
        """Type of its elements."""
        ...


AnyArray: TypeAlias = ArrayLike | Tensor
"""A tensor of any framework, or what numpy makes an array of."""


class Layer(Protocol):
    """A Keras layer, of Keras 3 or tf-keras."""

    @property
    def name(self) -> str:
        """Name of the layer, unique in its model."""
        ...


class Model(Protocol):
    """A Keras model, of Keras 3 or tf-keras."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def layers(self) -> Sequence[Any]:
        """Its layers, in order."""
        ...

    def save_weights(self, filepath: Any, /) -> Any:
        """Writes the weights of all layers to a file."""
        ...
