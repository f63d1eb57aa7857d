"""What a checkpoint file holds: a list of variables with names, shapes and values, found by name.

One list for every kind of file, so that finding a network's weights is written once. `keras_files`
and `tensorflow_files` make it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.reading import one_line

RECURRENT: Final = "sparse_recurrent_weights"
INPUT: Final = "sparse_input_weights"
BACKGROUND: Final = "rest_of_brain_weights"
INDEPENDENT: Final = "independent_background_weights"
KERNEL: Final = "projection/kernel"
BIAS: Final = "projection/bias"
SCALE: Final = "readout/scale"
# Full-precision copies of the readout, beside the float32 ones that the published code reads.
EXACT: Final = "_float64"

Values: TypeAlias = dict[str, NDArray[Any]]
"""The value of each variable by its published name."""

# Attributes under which the published cell keeps its variables, for files that store no names.
_ATTRIBUTES: Final = {
    RECURRENT: ("recurrent_weight_values",),
    INPUT: ("input_weight_values",),
    BACKGROUND: ("bkg_weights", "bkg_input_weights", "_bkg_weights"),
}


@dataclass(frozen=True)
class SavedVariable:
    """One variable of a file.

    Attributes:
        key: its place in the file.
        name: its name, as far as the file tells, e.g. ``projection/kernel``.
        shape: size of each axis.
        dtype: numpy type name.
        of_optimizer: whether it is an optimizer's, not the network's.

    Example:
        >>> SavedVariable("a", "rsnn/kernel", (3, 2), "float32").is_called("kernel")
        True
    """

    key: str
    name: str
    shape: tuple[int, ...]
    dtype: str
    of_optimizer: bool = False

    def is_called(self, name: str) -> bool:
        """Whether this is the variable `name`, by its own name or by where it is kept.

        Args:
            name: e.g. ``projection/kernel``.
        """
        own = f"/{self.name}".endswith(f"/{name}")
        return own or not set(_ATTRIBUTES.get(name, ())).isdisjoint(self.key.split("/"))


@dataclass(frozen=True, eq=False)
class SavedVariables:
    """All variables of a checkpoint file.

    Attributes:
        path: the file, or the prefix of a TensorFlow checkpoint.
        variables: of the network and of an optimizer.
        counts_spikes: True if the linear readout sees spike counts per chunk, as ours does; False
            if it sees mean spikes per time step, as published.
        read: function from a `SavedVariable` to its value.

    Example:
        >>> one = SavedVariable("a", "projection/bias", (3,), "float32")
        >>> saved = SavedVariables(Path("file.h5"), (one,), True, lambda variable: np.zeros(3))
        >>> saved.find("projection/bias", [(3,)]) is one
        True
    """

    path: Path
    variables: tuple[SavedVariable, ...]
    counts_spikes: bool
    read: Callable[[SavedVariable], NDArray[Any]]

    @property
    def own(self) -> list[SavedVariable]:
        """Those of the network, without an optimizer's."""
        return [v for v in self.variables if not v.of_optimizer]

    def find(self, name: str, shapes: Sequence[tuple[int, ...]]) -> SavedVariable | None:
        """The network's variable `name`: by name, else by shape; None if there is none.

        Args:
            name: e.g. ``sparse_recurrent_weights``.
            shapes: those that the model could use; a variable found by name may have another.

        Raises:
            ValueError: several unnamed variables have the shape.
        """
        own = [v for v in self.own if v.dtype.startswith("float")]
        called = [v for v in own if v.is_called(name)]
        fitting = [v for v in called if v.shape in shapes]
        if called:
            return (fitting or called)[0]
        nameless = [v for v in own if v.shape in shapes and not _is_known(v)]
        if len(nameless) > 1 and self._are_equal(nameless):
            return nameless[0]
        if len(nameless) > 1 and name in (RECURRENT, INPUT):
            raise ValueError(
                f"{self.path} names no variable {name}, and several have its shape "
                f"({', '.join(v.key for v in nameless)}): save it again with the variables' names, "
                "e.g. as a TensorFlow checkpoint."
            )
        return nameless[0] if len(nameless) == 1 else None

    def _are_equal(self, variables: Sequence[SavedVariable]) -> bool:
        """Whether these are one variable, which two layers of the published model share."""
        first = self.read(variables[0])
        return all(np.array_equal(first, self.read(other)) for other in variables[1:])


def _is_known(variable: SavedVariable) -> bool:
    names = (RECURRENT, INPUT, BACKGROUND, INDEPENDENT, KERNEL, BIAS, SCALE)
    return any(variable.is_called(name) for name in names)


def damaged(path: Path | str, error: Exception) -> ValueError:
    """The error for a file that cannot be read.

    Args:
        path: the file.
        error: what failed.

    Example:
        >>> str(damaged("a.h5", KeyError("neurons")))[:60]
        "a.h5 is damaged or no checkpoint of a network (KeyError: 'ne"
    """
    return ValueError(
        f"{path} is damaged or no checkpoint of a network ({type(error).__name__}: "
        f"{one_line(error)}): copy it again, or give another file."
    )
