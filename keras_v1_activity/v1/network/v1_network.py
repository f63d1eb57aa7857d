"""V1Network: the selected part of a GLIF_network folder, frozen, in physical units.

Everything that simulates or draws the network reads this; nothing writes to it. Conversion to the
normalised units of training happens in the cell, on copies.
"""

from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.v1.network.table_cache import TableCache

N_RECEPTORS = 4


def _freeze(instance):
    for entry in fields(instance):
        value = getattr(instance, entry.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class Glif3Parameters:
    """Parameters of n GLIF3 neurons (Teeter et al. 2018), under the names of NEST's glif_psc.

    Attributes:
        V_th, E_L, V_reset: (n,) threshold, resting and reset potential, mV.
        g: (n,) membrane conductance, nS.
        C_m: (n,) membrane capacitance, pF.
        t_ref: (n,) refractory period, ms.
        k: (n, 2) decay rates of the after-spike currents, 1/ms.
        asc_amps: (n, 2) after-spike current added at each spike, pA.
        tau_syn: (n, 4) synaptic time constant of each receptor, ms.
    """

    V_th: np.ndarray
    E_L: np.ndarray
    V_reset: np.ndarray
    g: np.ndarray
    C_m: np.ndarray
    t_ref: np.ndarray
    k: np.ndarray
    asc_amps: np.ndarray
    tau_syn: np.ndarray

    def __post_init__(self):
        _freeze(self)

    @property
    def n_neurons(self):
        """How many neurons."""
        return len(self.V_th)

    @property
    def voltage_scale(self):
        """(n,) V_th - E_L in mV: what potentials, weights and amplitudes are divided by."""
        return self.V_th - self.E_L

    def __repr__(self):
        return f"Glif3Parameters({self.n_neurons:,} neurons)"

    def take(self, neurons):
        """Parameters of the chosen neurons, in that order."""
        return Glif3Parameters(**{f.name: getattr(self, f.name)[neurons] for f in fields(self)})


@dataclass(frozen=True, eq=False, kw_only=True)
class Synapses:
    """A table of synapses with named columns, ordered by (target, receptor, source).

    Attributes:
        source: (n,) int32 index of the presynaptic neuron or input channel.
        target: (n,) int32 index of the postsynaptic neuron.
        receptor: (n,) int8, from 0 to 3.
        weight: (n,) float32, pA (file units; the cell divides by the target's V_th - E_L).
        delay: (n,) float32, ms; 0 for input synapses, which have none.
        n_sources: number of possible sources.
        n_targets: number of possible targets.
    """

    source: np.ndarray
    target: np.ndarray
    receptor: np.ndarray
    weight: np.ndarray
    delay: np.ndarray
    n_sources: int
    n_targets: int

    def __post_init__(self):
        _freeze(self)

    def __len__(self):
        return len(self.source)

    def __repr__(self):
        return (
            f"Synapses({len(self):,} from {self.n_sources:,} sources to {self.n_targets:,} neurons)"
        )

    @property
    def row(self):
        """(n,) int64 index of the receiving current: target * 4 + receptor."""
        return self.target.astype(np.int64) * N_RECEPTORS + self.receptor


@dataclass(frozen=True, eq=False, kw_only=True)
class V1Network:
    """The chosen neurons of a GLIF_network folder with all that a simulation needs.

    Attributes:
        parameters: `Glif3Parameters` of the n neurons.
        populations: `Populations`, e.g. ``e23Cux2``.
        x, y, z: (n,) position, um; y is the depth below the pia.
        node_ids: (n,) the neurons' ids in the folder, ascending.
        node_types: (n,) row of v1_node_types.csv of each neuron.
        recurrent: `Synapses` among the neurons.
        inputs: `Synapses` from the input channels (LGN units).
        background_weights: (n, 4) float32, pA: the summed weight of the background source on each
            neuron and receptor.
        input_channel_of: (n_lgn,) int32, the input channel that each LGN unit was merged into;
            the identity where none were merged.
        readout_groups: dict of group number -> (neurons_per_output,) ascending neuron indices;
            groups that a small network cannot fill are absent.
        target_rates: recorded firing rates, Hz, that the rate loss aims at; may be empty.
        noise_samples: samples of the decoded background noise (additive_noise.mat), or None.
        source: where it was read from, for messages and records.
        settings: dict of the loader's arguments, for records.
        tables: `TableCache` for what layers compute from the synapses.
    """

    parameters: Glif3Parameters
    populations: Populations
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    node_ids: np.ndarray
    node_types: np.ndarray
    recurrent: Synapses
    inputs: Synapses
    background_weights: np.ndarray
    input_channel_of: np.ndarray
    readout_groups: dict = field(default_factory=dict)
    target_rates: np.ndarray = field(default_factory=lambda: np.zeros(0))
    noise_samples: np.ndarray | None = None
    source: str = ""
    settings: dict = field(default_factory=dict)
    tables: TableCache = field(default_factory=TableCache)

    def __post_init__(self):
        _freeze(self)

    def __repr__(self):
        return (
            f"V1Network({self.n_neurons:,} neurons, {len(self.recurrent):,} recurrent and "
            f"{len(self.inputs):,} input synapses, from {self.source!r})"
        )

    @property
    def n_neurons(self):
        """How many neurons were chosen."""
        return self.parameters.n_neurons

    @property
    def n_input(self):
        """How many input channels there are after merging."""
        return self.inputs.n_sources

    def class_groups(self, n_output):
        """The readout neurons of each of `n_output` classes, int array (n_output, cells).

        Ten digit classes use groups 5 to 14 (Chen et al. 2022); other counts start at group 0.

        Raises:
            ValueError: the network is too small to hold these groups.
        """
        first = 5 if n_output == 10 else 0
        wanted = range(first, first + n_output)
        missing = [group for group in wanted if group not in self.readout_groups]
        if missing:
            raise ValueError(
                f"readout='groups' needs the readout groups {first} to {first + n_output - 1}, but "
                f"these {self.n_neurons:,} neurons cannot fill {missing}: load more neurons, ask "
                "for fewer neurons_per_output, or use readout='linear'."
            )
        return np.stack([self.readout_groups[group] for group in wanted])

    @cached_property
    def neurons(self):
        """`Neurons` as capture and figures want them, without readout neurons."""
        return Neurons(
            self.populations,
            thresholds=self.parameters.V_th.astype(np.float32),
            positions=np.column_stack([self.x, self.y, self.z]).astype(np.float32),
        )
