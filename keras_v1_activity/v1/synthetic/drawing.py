"""Drawing a synthetic network from a seed: its cells and synapses, before its rates are set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.v1_network import Synapses
from keras_v1_activity.v1.synthetic.cells import SyntheticCells, make_cells
from keras_v1_activity.v1.synthetic.input_wiring import connect_lgn, shape_of_background
from keras_v1_activity.v1.synthetic.wiring import connect_recurrent


@dataclass(frozen=True, eq=False, kw_only=True)
class DrawnNetwork:
    """Cells and synapses.

    Attributes:
        cells: the neurons.
        recurrent: `Synapses` among them, pA.
        inputs: `Synapses` from the LGN units, pA.
        unit_background: (n, 4) float32, pA: background that alone brings each neuron to threshold.

    Example:
        >>> drawn
        DrawnNetwork(200 neurons, 7,998 recurrent and 20,738 input synapses)
    """

    cells: SyntheticCells
    recurrent: Synapses
    inputs: Synapses
    unit_background: NDArray[np.float32]

    def __repr__(self) -> str:
        return (
            f"DrawnNetwork({self.cells.n_neurons:,} neurons, {len(self.recurrent):,} recurrent "
            f"and {len(self.inputs):,} input synapses)"
        )


def draw_network(n_neurons: int, seed: int, progress: Callable[[str], object]) -> DrawnNetwork:
    """Draws a network; each part from a stream of random numbers of its own.

    Args:
        n_neurons: how many.
        seed: the same seed and size give the same network.
        progress: called with a line of text at each stage.

    Example:
        >>> draw_network(200, seed=0, progress=print).cells.n_neurons
        connecting 200 neurons
        7,998 recurrent synapses; connecting the LGN
        200
    """
    streams = np.random.SeedSequence(seed).spawn(4)
    cells_rng, recurrent_rng, lgn_rng, background_rng = map(np.random.default_rng, streams)
    cells = make_cells(n_neurons, cells_rng)
    progress(f"connecting {cells.n_neurons:,} neurons")
    recurrent = connect_recurrent(cells, recurrent_rng)
    progress(f"{len(recurrent):,} recurrent synapses; connecting the LGN")
    return DrawnNetwork(
        cells=cells,
        recurrent=recurrent,
        inputs=connect_lgn(cells, lgn_rng),
        unit_background=shape_of_background(cells, background_rng),
    )
