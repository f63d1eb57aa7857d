"""What is read from a network folder, before a network is made of it: the same for every format.

A `FolderReader` knows one format of folder. It gives tables of plain arrays, in the order of the
files. What comes after (merging input channels, the order of synapses, the files kept for the next
time, the `V1Network`) is shared by all formats; see `assemble.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.lgn_units import LgnUnits
from keras_v1_activity.v1.network.v1_network import Floats, Glif3Parameters


class SynapseColumns(NamedTuple):
    """Synapses as columns of equal length, in any order.

    Attributes:
        source: (n,) int32 index of the presynaptic neuron, LGN unit or input channel.
        target: (n,) int32 index of the postsynaptic neuron among the chosen ones.
        receptor: (n,) int8, from 0 to 3.
        weight: (n,) float32, pA.
        delay: (n,) float32, ms.
        model: (n,) int16 synapse model, a row of `factors` of the tables; None if each synapse acts
            on its receptor only.

    Example:
        >>> one = np.array([0])
        >>> SynapseColumns(one, one, one, np.array([2.5]), np.array([1.0])).weight
        array([2.5])
    """

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    receptor: NDArray[np.int8]
    weight: NDArray[np.float32]
    delay: NDArray[np.float32]
    model: NDArray[np.int16] | None = None


class NodeFacts(NamedTuple):
    """What is known of the nodes, besides their positions.

    Attributes:
        ids: (n,) int64 ids in the folder, ascending.
        tuning_angles: (n,) direction that each is tuned to, degrees; None if not known.
        lgn_units: where the units of the LGN look; None if not known.

    Example:
        >>> NodeFacts(np.arange(2), None).ids
        array([0, 1])
    """

    ids: NDArray[np.int64]
    tuning_angles: Floats | None
    lgn_units: LgnUnits | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class CellTables:
    """The chosen neurons and the synapses among them.

    Attributes:
        types: (n,) int64 node type of each chosen neuron.
        parameters: `Glif3Parameters` of all node types.
        synapses: `SynapseColumns` whose sources are chosen neurons, in the order of the file.
        factors: see `Synapses`.
    """

    types: NDArray[np.int64]
    parameters: Glif3Parameters
    synapses: SynapseColumns
    factors: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class InputTables:
    """What reaches the chosen neurons from outside.

    Attributes:
        n_units: number of LGN units in the folder.
        synapses: `SynapseColumns` whose sources are LGN units, in the order of the file.
        background_weights: (n, 4) float32, pA: summed weight of the background on each receptor.
        published_background: (n, 4) float32, pA: the same as the published code has it, where that
            differs; None if it does not.
        factors: see `Synapses`.
        background: `SynapseColumns` of background sources that fire independently of each other, in
            the order of the file; None if there are none.
        n_background: how many such sources.
        background_rate: how often each of them fires, Hz.
    """

    n_units: int
    synapses: SynapseColumns
    background_weights: NDArray[np.float32]
    published_background: NDArray[np.float32] | None = None
    factors: NDArray[np.float32] | None = None
    background: SynapseColumns | None = None
    n_background: int = 0
    background_rate: float = 0.0


class FolderReader(Protocol):
    """Reads the tables of one folder.

    Nodes are counted in the order of `positions`; `index_of` is the index of each among the chosen
    neurons, or -1.
    """

    @property
    def path(self) -> Path:
        """The folder."""
        ...

    @property
    def cell_files(self) -> Sequence[Path | str]:
        """The files that `cells` depends on, and settings in words."""
        ...

    @property
    def input_files(self) -> Sequence[Path | str]:
        """The files that `inputs` depends on, and settings in words."""
        ...

    def nodes(self) -> NodeFacts:
        """The nodes that `positions` lists."""
        ...

    def positions(self) -> tuple[Floats, Floats, Floats]:
        """(x, y, z) of every node, um, in the order of node ids; y is the depth below the pia."""
        ...

    def cells(self, index_of: NDArray[np.int32]) -> CellTables:
        """The chosen neurons and the synapses among them."""
        ...

    def population_names(
        self, node_ids: NDArray[np.integer], types: NDArray[np.int64], n_types: int
    ) -> NDArray[np.str_]:
        """Population name of each node in `node_ids`, whose types are `types`, (n,)."""
        ...

    def inputs(self, index_of: NDArray[np.int32]) -> InputTables:
        """What reaches the chosen neurons from outside."""
        ...

    def target_rates(self) -> NDArray[np.float32]:
        """Recorded firing rates, Hz, ascending; empty if the folder has none."""
        ...

    def noise_samples(self) -> NDArray[np.float32] | None:
        """Samples of recorded background noise; None if the folder has none."""
        ...
