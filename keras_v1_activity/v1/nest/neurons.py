"""The neurons of a network as nodes of NEST, and the synapses that lead to them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.v1.nest.clock import Clock
from keras_v1_activity.v1.network.v1_network import Glif3Parameters, Synapses

_MODEL = "glif_psc"


def cell_parameters(parameters: Glif3Parameters) -> list[dict[str, Any]]:
    """Parameters of `glif_psc`, a dict for each neuron.

    After-spike currents are on, adapting thresholds off.

    Args:
        parameters: `Glif3Parameters`, whose names and units are those of NEST, except k.

    Example:
        >>> cells = cell_parameters(network.parameters)
        >>> len(cells), cells[0]["V_m"] == cells[0]["V_reset"]
        (200, True)
    """
    p = parameters
    shared = {
        "spike_dependent_threshold": False,
        "after_spike_currents": True,
        "adapting_threshold": False,
        "asc_init": [0.0, 0.0],
        "asc_r": [1.0, 1.0],
    }
    columns = {
        "V_th": p.V_th,
        "E_L": p.E_L,
        "V_reset": p.V_reset,
        "V_m": p.V_reset,
        "g": p.g,
        "C_m": p.C_m,
        "t_ref": p.t_ref,
        "asc_decay": p.k,
        "asc_amps": p.asc_amps,
        "tau_syn": p.tau_syn,
    }
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    return [shared | dict(zip(columns, row, strict=True)) for row in rows]


class NestNeurons:
    """The neurons of one network in NEST's kernel, numbered from 0 as in the network.

    Args:
        nest: the module, as `fresh_kernel` gives it.
        parameters: `Glif3Parameters`.
        clock: `Clock` of the model.

    Attributes:
        nodes: NEST NodeCollection of the neurons, in their order.
        clock: as given.

    Example:
        >>> from keras_v1_activity.v1.nest.kernel import fresh_kernel
        >>> nest = fresh_kernel(resolution=0.1, seed=1, threads=1)
        >>> neurons = NestNeurons(nest, network.parameters, Clock(dt=1.0))
        >>> len(neurons.nodes), neurons.exist
        (200, True)
    """

    def __init__(self, nest: Any, parameters: Glif3Parameters, clock: Clock) -> None:
        self.clock = clock
        self._nest = nest
        self._parameters = parameters
        self.nodes: Any = nest.Create(
            _MODEL, parameters.n_neurons, params=cell_parameters(parameters)
        )
        self._first: int = self.nodes[0].global_id

    @property
    def exist(self) -> bool:
        """Whether NEST still has them: it loses them when its kernel is reset."""
        try:
            self.nodes[0].get("V_m")
        except self._nest.NESTError:
            return False
        return True

    def numbers_of(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Number from 0 of the neuron of each of NEST's ids."""
        return np.asarray(ids).astype(np.int64) - self._first

    def reset_potentials(self) -> None:
        """Sets every membrane potential to V_reset."""
        self.nodes.V_m = self._parameters.V_reset.tolist()

    def connect_each_other(self, synapses: Synapses, max_delay: int) -> None:
        """Makes the recurrent synapses.

        Args:
            synapses: `Synapses` between the neurons, weights in pA.
            max_delay: longest delay in time steps; longer ones are clipped.
        """
        sources = synapses.source.astype(np.int64) + self._first
        delays = self.clock.delays(synapses.delay, max_delay)
        self.connect(sources, synapses.target, synapses.receptor, synapses.weight, delays)

    def connect(
        self,
        source_ids: NDArray[np.integer[Any]],
        targets: NDArray[np.integer[Any]],
        receptors: NDArray[np.integer[Any]],
        weights: NDArray[np.floating[Any]],
        delays_ms: ArrayLike,
    ) -> None:
        """Makes synapses, all in one call of NEST.

        Args:
            source_ids: (n,) NEST's ids of the sources.
            targets: (n,) numbers of the neurons they lead to.
            receptors: (n,) receptors from 0.
            weights: (n,) pA.
            delays_ms: (n,) or one for all.
        """
        n = len(source_ids)
        if not n:
            return
        self._nest.Connect(
            source_ids.astype(np.int64),
            targets.astype(np.int64) + self._first,
            conn_spec="one_to_one",
            syn_spec={
                "synapse_model": "static_synapse",
                "weight": weights.astype(np.float64),
                "delay": np.broadcast_to(np.asarray(delays_ms, np.float64), n).copy(),
                "receptor_type": receptors.astype(np.int64) + 1,
            },
        )
