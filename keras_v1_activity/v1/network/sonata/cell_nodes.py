"""What readers of SONATA nodes say of them, whatever form the synapses have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.optional_files import read_noise_samples, read_target_rates
from keras_v1_activity.v1.network.published_folder import NOISE_FILE, RATES_FILE
from keras_v1_activity.v1.network.raw_tables import NodeFacts
from keras_v1_activity.v1.network.sonata.cells import Cells
from keras_v1_activity.v1.network.sonata.lgn_nodes import units_of
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation
from keras_v1_activity.v1.network.sonata.settings import SonataSettings
from keras_v1_activity.v1.network.v1_network import Floats


class CellNodes:
    """The part of a `FolderReader` that needs no synapses.

    Args:
        cells: `Cells` of the network.
        lgn: the population of the LGN, or None.
        folder: of the network, where recorded rates and noise may lie.
        settings: what the files do not settle.

    Example:
        >>> CellNodes.__name__
        'CellNodes'
    """

    def __init__(
        self, cells: Cells, lgn: NodePopulation | None, folder: Path, settings: SonataSettings
    ) -> None:
        self._cells, self._lgn = cells, lgn
        self._folder, self._settings = folder, settings

    def nodes(self) -> NodeFacts:
        """The nodes whose cell model is known here."""
        return NodeFacts(self._cells.ids, self._cells.tuning_angles(), units_of(self._lgn))

    def positions(self) -> tuple[Floats, Floats, Floats]:
        """(x, y, z) of these nodes, um; y is the depth below the pia.

        Raises:
            ValueError: places that are not finite, or a depth that the signs of y do not tell.
        """
        return self._cells.positions(self._settings.depth)

    def population_names(
        self, node_ids: NDArray[np.integer[Any]], types: NDArray[np.int64], n_types: int
    ) -> NDArray[np.str_]:
        """Population name of each chosen node, (n,): pop_name, else model_name, else ei.

        Args:
            node_ids: (n,) which of these nodes.
            types: (n,) number of the type of each.
            n_types: number of node types.
        """
        return self._cells.names(node_ids, types)

    def target_rates(self) -> NDArray[np.float32]:
        """Recorded firing rates, Hz, ascending; empty without a file of them in the folder."""
        return read_target_rates(self._folder / RATES_FILE)

    def noise_samples(self) -> NDArray[np.float32] | None:
        """Samples of recorded background noise; None without a file of them in the folder."""
        return read_noise_samples(self._folder / NOISE_FILE)
