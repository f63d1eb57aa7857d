"""A synthetic network from a seed: its cells, its synapses, and the background they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.v1_network import Synapses
from keras_v1_activity.v1.synthetic.calibration import calibrate, target_rates
from keras_v1_activity.v1.synthetic.cells import SyntheticCells, make_cells
from keras_v1_activity.v1.synthetic.input_wiring import connect_lgn, shape_of_background
from keras_v1_activity.v1.synthetic.wiring import connect_recurrent


@dataclass(frozen=True, eq=False, kw_only=True)
class SyntheticNetwork:
    """What is written to a folder.

    Attributes:
        cells: the neurons.
        recurrent: `Synapses` among them.
        inputs: `Synapses` from the LGN units.
        background_weights: (n, 4) float32, pA.
        rates: (n_populations,) Hz that each population fires at untrained.

    Example:
        >>> drawn
        SyntheticNetwork(200 neurons, 7,998 recurrent and 20,738 input synapses)
    """

    cells: SyntheticCells
    recurrent: Synapses
    inputs: Synapses
    background_weights: NDArray[np.float32]
    rates: NDArray[np.float64]

    def __repr__(self) -> str:
        return (
            f"SyntheticNetwork({self.cells.n_neurons:,} neurons, {len(self.recurrent):,} recurrent "
            f"and {len(self.inputs):,} input synapses)"
        )


def draw_network(n_neurons: int, seed: int, progress: Callable[[str], object]) -> SyntheticNetwork:
    """Draws a network; each part from a stream of random numbers of its own.

    Args:
        n_neurons: how many.
        seed: the same seed and size give the same network.
        progress: called with a line of text at each stage.

    Example:
        >>> draw_network(200, seed=0, progress=lambda line: None).cells.n_neurons
        200
    """
    streams = np.random.SeedSequence(seed).spawn(4)
    cells_rng, recurrent_rng, lgn_rng, background_rng = map(np.random.default_rng, streams)
    cells = make_cells(n_neurons, cells_rng)
    progress(f"connecting {cells.n_neurons:,} neurons")
    recurrent = connect_recurrent(cells, recurrent_rng)
    progress(f"{len(recurrent):,} recurrent synapses; connecting the LGN")
    inputs = connect_lgn(cells, lgn_rng)
    found, recurrent = calibrate(
        cells, recurrent, inputs,
        shape_of_background(cells, background_rng),
        target_rates(cells.described), seed, progress,
    )  # fmt: skip
    return SyntheticNetwork(
        cells=cells,
        recurrent=recurrent,
        inputs=inputs,
        background_weights=found.background_weights,
        rates=found.rates,
    )
