"""Synapses: a frozen table with named columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_RECEPTORS = 4


class ReadOnly:
    """Base of dataclasses whose arrays become read-only, without a copy.

    numpy forgets that an array is read-only when it is pickled or copied: it is said again then.

    Example:
        >>> network.recurrent.weight.flags.writeable
        False
    """

    def __post_init__(self) -> None:
        for value in vars(self).values():
            for part in value.values() if isinstance(value, dict) else (value,):
                if isinstance(part, np.ndarray):
                    part.setflags(write=False)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__post_init__()


@dataclass(frozen=True, eq=False, kw_only=True)
class Synapses(ReadOnly):
    """A table of synapses with named columns, ordered by (target, receptor, source).

    The arrays become read-only.

    Attributes:
        source: (n,) int32 index of the presynaptic neuron or input channel.
        target: (n,) int32 index of the postsynaptic neuron.
        receptor: (n,) int8, from 0 to 3.
        weight: (n,) float32, pA (file units; the cell divides by the target's V_th - E_L).
        delay: (n,) float32, ms; 0 for input synapses, which have none.
        n_sources: number of possible sources.
        n_targets: number of possible targets.
        model: (n,) int16 synapse model of each; None if each synapse acts on its receptor only.
        factors: (n_models, 4) float32, by which a synapse's weight acts on each receptor of its
            target; `receptor` is then 0. None if `model` is.

    Example:
        >>> network.inputs.n_sources, network.inputs.n_targets
        (17400, 200)
        >>> bool((network.inputs.weight > 0).all())
        True
    """

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    receptor: NDArray[np.int8]
    weight: NDArray[np.float32]
    delay: NDArray[np.float32]
    n_sources: int
    n_targets: int
    model: NDArray[np.int16] | None = None
    factors: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.source)

    def __repr__(self) -> str:
        return (
            f"Synapses({len(self):,} from {self.n_sources:,} sources to {self.n_targets:,} neurons)"
        )

    @property
    def row(self) -> NDArray[np.int64]:
        """(n,) int64 index of the receiving current: target * 4 + receptor."""
        return self.target.astype(np.int64) * N_RECEPTORS + self.receptor

    def by_receptor(self) -> Synapses:
        """The same synapses, each acting on one receptor only.

        A synapse with a model becomes four, one after the other, of its weight times each factor;
        the table is then not ordered by receptor. Others stay as they are.

        Example:
            >>> from dataclasses import replace
            >>> two = replace(
            ...     network.inputs, model=np.zeros(len(network.inputs), np.int16),
            ...     factors=np.array([[0.5, 0.0, 0.25, 0.0]], np.float32),
            ... )
            >>> len(two.by_receptor()) == 4 * len(two)
            True
        """
        if self.model is None or self.factors is None:
            return self
        weight = self.weight[:, None] * self.factors[self.model]
        return Synapses(
            source=np.repeat(self.source, N_RECEPTORS),
            target=np.repeat(self.target, N_RECEPTORS),
            receptor=np.tile(np.arange(N_RECEPTORS, dtype=np.int8), len(self)),
            weight=weight.reshape(-1),
            delay=np.repeat(self.delay, N_RECEPTORS),
            n_sources=self.n_sources,
            n_targets=self.n_targets,
        )
