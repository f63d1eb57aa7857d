"""Which neurons, input channels and readout neurons a network has: the published random draws.

Trained weights fit only if these agree with Chen et al. 2022 draw by draw. Therefore the legacy
`numpy.random.RandomState` is used here, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common.checks import whole_number
from keras_v1_activity.v1.network.v1_network import Floats

CORE_RADIUS_UM = 400.0
READOUT_RADIUS_UM = 55.0
DEFAULT_SEED = 3000
GREATEST_SEED = 2**32 - 1

# Centres (x, z) in um of the fifteen readout groups of Chen et al. 2022.
READOUT_CENTRES_UM: Final = (
    (0, 0), (100, -110), (-100, -110), (-100, 110), (100, 110),
    (0, 260), (180, 230), (-180, 230), (270, 95), (-270, 95),
    (270, -95), (-270, -95), (180, -230), (-180, -230), (0, -260),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which part of a folder is loaded: the arguments of `load_network`, checked.

    Attributes:
        n_neurons: how many neurons; None for all that qualify.
        core_only: only neurons less than 400 um from the axis.
        connected_selection: the neurons nearest to the axis, instead of a random choice.
        n_input: number of input channels; None for one per LGN unit.
        neurons_per_output: cells of each readout group.
        seed: of the random choices.
        published_delay_order: delays in file order beside sorted synapses.
        as_published: this, and synapses sorted as the published code sorts them.

    Raises:
        ValueError: a count or the seed is no whole number, or out of range.

    Example:
        >>> Selection(n_neurons=np.int64(50)).n_neurons
        50
    """

    n_neurons: int | None = None
    core_only: bool = True
    connected_selection: bool = False
    n_input: int | None = None
    neurons_per_output: int = 16
    seed: int = DEFAULT_SEED
    published_delay_order: bool = False
    as_published: bool = False

    def __post_init__(self) -> None:
        if self.n_neurons is not None:
            self._check("n_neurons", 1, "2000 (or None for all)")
        if self.n_input is not None:
            self._check("n_input", 1, "17400 (or None for all)")
        self._check("neurons_per_output", 1, 16)
        self._check("seed", 0, DEFAULT_SEED)
        if self.seed > GREATEST_SEED:
            raise ValueError(f"seed must be at most {GREATEST_SEED}; got {self.seed}.")
        if self.as_published:
            object.__setattr__(self, "published_delay_order", True)

    def _check(self, name: str, least: int, example: int | str) -> None:
        number = whole_number(getattr(self, name), name, least, example)
        object.__setattr__(self, name, number)


def select_neurons(
    x: Floats,
    z: Floats,
    n_neurons: int | None = None,
    *,
    core_only: bool = True,
    connected_selection: bool = False,
    seed: int = DEFAULT_SEED,
) -> NDArray[np.int64]:
    """Node ids of the chosen neurons, ascending.

    Args:
        x, z: (n,) horizontal position of every neuron, um.
        n_neurons: how many; None for all that qualify.
        core_only: only neurons less than 400 um from the axis. Without effect on
            `connected_selection`, which starts from the axis anyway.
        connected_selection: the `n_neurons` nearest to the axis instead of a random choice.
        seed: of the random choice.

    Raises:
        ValueError: fewer than 1 or more neurons asked for than there are.

    Example:
        >>> select_neurons(np.array([0.0, 300.0, 500.0]), np.zeros(3))
        array([0, 1])
    """
    radius = np.sqrt(x**2 + z**2)
    only_core = core_only and not connected_selection
    candidates = np.flatnonzero(radius < CORE_RADIUS_UM) if only_core else np.arange(len(radius))
    if n_neurons is None:
        return candidates
    _check_count(n_neurons, len(candidates), len(radius), only_core)
    if connected_selection:
        chosen = np.argsort(radius)[:n_neurons]
    else:
        chosen = np.random.RandomState(seed).choice(candidates, size=n_neurons, replace=False)
    return np.sort(chosen)


def _check_count(n_neurons: int, n_candidates: int, n_all: int, only_core: bool) -> None:
    if n_neurons < 1:
        raise ValueError(f"n_neurons must be at least 1, or None for all; got {n_neurons}.")
    if n_neurons <= n_candidates:
        return
    if only_core and n_neurons <= n_all:
        raise ValueError(
            f"n_neurons={n_neurons:,}, but only {n_candidates:,} of the folder's {n_all:,} neurons "
            f"lie within {CORE_RADIUS_UM:.0f} um of the axis: ask for at most that many, or pass "
            "core_only=False."
        )
    raise ValueError(
        f"n_neurons={n_neurons:,}, but the folder holds {n_all:,} neurons"
        f"{f', {n_candidates:,} of them in the core' if only_core else ''}: ask for fewer, or None "
        "for all."
    )


def assign_input_channels(
    n_units: int, n_input: int | None = None, *, seed: int = DEFAULT_SEED
) -> NDArray[np.int32]:
    """(n_units,) int32 input channel of each LGN unit.

    Args:
        n_units: number of LGN units in the folder.
        n_input: number of input channels; None or `n_units` keeps each unit a channel of its own,
            fewer merges units at random.
        seed: of the random assignment.

    Raises:
        ValueError: `n_input` below 1 or above `n_units`.

    Example:
        >>> assign_input_channels(5, 2)
        array([0, 1, 0, 1, 0], dtype=int32)
    """
    if n_input is None or n_input == n_units:
        return np.arange(n_units, dtype=np.int32)
    if not 1 <= n_input <= n_units:
        raise ValueError(
            f"n_input must lie between 1 and {n_units:,}, the number of LGN units in the folder; "
            f"got {n_input}."
        )
    return np.random.RandomState(seed).choice(n_input, size=n_units).astype(np.int32)


def find_readout_groups(
    x: Floats,
    y: Floats,
    z: Floats,
    populations: Populations,
    neurons_per_output: int = 16,
    *,
    seed: int = DEFAULT_SEED,
) -> dict[int, NDArray[np.int64]]:
    """Readout groups that these neurons can fill: dict of group number -> ascending neuron indices.

    A group is drawn from the excitatory neurons within 55 um of its centre in the middle of
    layer 5, and strictly between the least and greatest depth of that layer's chosen neurons.

    Args:
        x, y, z: (n,) positions, um; y is depth.
        populations: `Populations` of the n neurons.
        neurons_per_output: cells of each group.
        seed: the choice of every group starts from it.

    Returns:
        dict of group number (0 to 14) -> (neurons_per_output,) neuron indices.

    Raises:
        ValueError: `neurons_per_output` below 1.

    Example:
        >>> on_axis, depth = np.zeros(5), np.array([500.0, 540.0, 550.0, 560.0, 600.0])
        >>> of_layer_5 = Populations.from_names(["e5IT"] * 5)
        >>> find_readout_groups(on_axis, depth, on_axis, of_layer_5, 3)
        {0: array([1, 2, 3])}
    """
    if neurons_per_output < 1:
        raise ValueError(f"neurons_per_output must be at least 1; got {neurons_per_output}.")
    in_layer_5 = np.array([p.layer.startswith("5") for p in populations.members])
    excitatory = np.array([p.excitatory is True for p in populations.members])
    depths = y[in_layer_5[populations.index]]
    if depths.size == 0:
        return {}
    top, bottom = depths.min(), depths.max()
    eligible = np.flatnonzero(excitatory[populations.index] & (y > top) & (y < bottom))
    above_middle = y[eligible] - np.array([top, bottom]).mean()
    groups = {}
    for group, (centre_x, centre_z) in enumerate(READOUT_CENTRES_UM):
        offsets = np.stack((x[eligible] - centre_x, z[eligible] - centre_z, above_middle), -1)
        near = eligible[np.sqrt(np.square(offsets).sum(-1)) < READOUT_RADIUS_UM]
        if len(near) >= neurons_per_output:
            draw = np.random.RandomState(seed)
            groups[group] = np.sort(draw.choice(near, size=neurons_per_output, replace=False))
    return groups
