"""V1Network: the selected part of a GLIF_network folder, frozen, in physical units.

Everything that simulates or draws the network reads this; nothing writes to it. Conversion to the
normalised units of training happens in the cell, on copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.v1.network.lgn_units import LgnUnits as LgnUnits
from keras_v1_activity.v1.network.synapses import N_RECEPTORS as N_RECEPTORS
from keras_v1_activity.v1.network.synapses import ReadOnly
from keras_v1_activity.v1.network.synapses import Synapses as Synapses
from keras_v1_activity.v1.network.table_cache import TableCache
from keras_v1_activity.v1.network.task_readouts import readout_of

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Floating-point numbers, of the precision in which a file or a program gave them."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Glif3Parameters(ReadOnly):
    """Parameters of n GLIF3 neurons (Teeter et al. 2018), under the names of NEST's glif_psc.

    The arrays become read-only. Those of a folder are float64.

    Attributes:
        V_th: (n,) threshold potential, mV.
        E_L: (n,) resting potential, mV.
        V_reset: (n,) potential to which a spike resets, mV.
        g: (n,) membrane conductance, nS.
        C_m: (n,) membrane capacitance, pF.
        t_ref: (n,) refractory period, ms.
        k: (n, 2) decay rate of each after-spike current, 1/ms.
        asc_amps: (n, 2) amount by which a spike raises each after-spike current, pA.
        tau_syn: (n, 4) synaptic time constant of each receptor, ms.

    Example:
        >>> network.parameters
        Glif3Parameters(200 neurons)
        >>> network.parameters.tau_syn[0]
        array([5.5, 8.5, 2.8, 5.8])
    """

    V_th: Floats
    E_L: Floats
    V_reset: Floats
    g: Floats
    C_m: Floats
    t_ref: Floats
    k: Floats
    asc_amps: Floats
    tau_syn: Floats

    @property
    def n_neurons(self) -> int:
        """How many neurons."""
        return len(self.V_th)

    @property
    def voltage_scale(self) -> Floats:
        """(n,) V_th - E_L in mV: what potentials, weights and amplitudes are divided by."""
        return self.V_th - self.E_L

    def __repr__(self) -> str:
        return f"Glif3Parameters({self.n_neurons:,} neurons)"

    def take(self, neurons: ArrayLike | slice) -> Glif3Parameters:
        """Parameters of the chosen neurons, in that order.

        Args:
            neurons: indices, a boolean for each neuron, or a slice.

        Example:
            >>> network.parameters.take([7, 3])
            Glif3Parameters(2 neurons)
        """
        return Glif3Parameters(**{f.name: getattr(self, f.name)[neurons] for f in fields(self)})

    def in_float32(self) -> Glif3Parameters:
        """The same parameters, rounded to single precision as in the published code.

        Example:
            >>> network.parameters.in_float32().voltage_scale.dtype
            dtype('float32')
        """
        return Glif3Parameters(
            **{f.name: getattr(self, f.name).astype(np.float32) for f in fields(self)}
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class V1Network(ReadOnly):
    """The chosen neurons of a GLIF_network folder with all that a simulation needs.

    The arrays become read-only.

    Attributes:
        parameters: `Glif3Parameters` of the n neurons.
        populations: `Populations`, e.g. ``e23Cux2``.
        x: (n,) position along the columns of the LGN's grid, um.
        y: (n,) depth below the pia, um.
        z: (n,) position along the rows of the LGN's grid, um.
        node_ids: (n,) int64, the neurons' ids in the folder, ascending.
        node_types: (n,) int64, row of v1_node_types.csv of each neuron.
        recurrent: `Synapses` among the neurons.
        inputs: `Synapses` from the input channels (LGN units).
        background_weights: (n, 4) float32, pA: the summed weight of the background source on each
            neuron and receptor.
        background: `Synapses` from background sources that fire independently of each other, at
            `background_rate` Hz each; None if there are none.
        background_rate: Hz.
        tuning_angles: (n,) direction that each neuron is tuned to, degrees; None if not known.
        lgn_units: `LgnUnits`, where each unit of the LGN looks; None if not known: the published
            LGN is a grid of 100 x 174 pixels.
        input_channel_of: (n_lgn,) int32, the input channel that each LGN unit was merged into;
            0, 1, 2, ... if none were merged.
        readout_groups: dict of group number -> (neurons_per_output,) int64 ascending neuron
            indices; groups that a small network cannot fill are absent.
        target_rates: (n_rates,) recorded firing rates, Hz, that the rate loss aims at; may be
            empty.
        noise_samples: (n_samples,) float32, samples of the decoded background noise
            (additive_noise.mat), in units of the target's V_th - E_L; or None.
        source: where it was read from, for messages and records.
        settings: the loader's arguments by name, for records.
        tables: `TableCache` for what layers compute from the synapses.

    Example:
        >>> network.n_neurons, network.n_input, network.background_weights.shape
        (200, 17400, (200, 4))
    """

    parameters: Glif3Parameters
    populations: Populations
    x: Floats
    y: Floats
    z: Floats
    node_ids: NDArray[np.int64]
    node_types: NDArray[np.int64]
    recurrent: Synapses
    inputs: Synapses
    background_weights: NDArray[np.float32]
    input_channel_of: NDArray[np.int32]
    readout_groups: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    target_rates: Floats = field(default_factory=lambda: np.zeros(0))
    noise_samples: NDArray[np.float32] | None = None
    background: Synapses | None = None
    background_rate: float = 0.0
    tuning_angles: Floats | None = None
    lgn_units: LgnUnits | None = None
    source: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    tables: TableCache = field(default_factory=TableCache)

    def __repr__(self) -> str:
        return (
            f"V1Network({self.n_neurons:,} neurons, {len(self.recurrent):,} recurrent and "
            f"{len(self.inputs):,} input synapses, from {self.source!r})"
        )

    @property
    def n_neurons(self) -> int:
        """How many neurons were chosen."""
        return self.parameters.n_neurons

    @property
    def n_input(self) -> int:
        """How many input channels there are after merging."""
        return self.inputs.n_sources

    def class_groups(self, n_output: int) -> NDArray[np.int64]:
        """The readout neurons of each of `n_output` classes, int array (n_output, cells).

        Ten digit classes use groups 5 to 14 (Chen et al. 2022); other counts start at group 0.
        The groups of a published task are given by `task_groups`.

        Args:
            n_output: number of classes.

        Raises:
            ValueError: the network is too small to hold these groups.

        Example:
            >>> from dataclasses import replace
            >>> groups = {0: np.array([3, 8]), 1: np.array([5, 9])}
            >>> replace(network, readout_groups=groups).class_groups(2)
            array([[3, 8],
                   [5, 9]])
        """
        first = 5 if n_output == 10 else 0
        return self._groups(range(first, first + n_output))

    def task_groups(self, task: str) -> NDArray[np.int64]:
        """The readout neurons of a task as published, int array (groups, cells).

        A task of two classes may have one group: the other class is then a constant, see
        `TaskReadout`.

        Args:
            task: its name, such as "garrett".

        Raises:
            ValueError: there is no such task, or the network is too small to hold its groups.

        Example:
            >>> from dataclasses import replace
            >>> groups = {3: np.array([3, 8]), 4: np.array([5, 9])}
            >>> replace(network, readout_groups=groups).task_groups("evidence")
            array([[3, 8],
                   [5, 9]])
        """
        return self._groups(readout_of(task).groups)

    def _groups(self, wanted: Sequence[int]) -> NDArray[np.int64]:
        missing = [group for group in wanted if group not in self.readout_groups]
        if missing:
            many = f"groups {wanted[0]} to {wanted[-1]}"
            needed = many if len(wanted) > 1 else f"group {wanted[0]}"
            raise ValueError(
                f"readout='groups' needs the readout {needed}, but "
                f"these {self.n_neurons:,} neurons cannot fill {missing}: load more neurons, ask "
                "for fewer neurons_per_output, or use readout='linear'."
            )
        return np.stack([self.readout_groups[group] for group in wanted])

    @cached_property
    def neurons(self) -> Neurons:
        """`Neurons` as capture and figures want them, without readout neurons."""
        return Neurons(
            self.populations,
            thresholds=self.parameters.V_th.astype(np.float32),
            resting=self.parameters.E_L.astype(np.float32),
            positions=np.column_stack([self.x, self.y, self.z]).astype(np.float32),
            tuning_angles=self.tuning_angles,
        )
