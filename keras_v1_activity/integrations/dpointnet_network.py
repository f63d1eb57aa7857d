"""What a network of bmtk's DPointNet knows of its neurons, in the order of its spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
from bmtk.simulator.dpointnet.id_maps import TFIDMap
from numpy.typing import NDArray

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common import notices

# Properties of a node that may name its population, the first one that there is.
_NAMES = ("pop_name", "model_name", "ei")


def voltage_range_of(rnn: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """E_L and V_th of each neuron, (n_neurons,) mV: DPointNet's potentials go from 0 to 1 there.

    Args:
        rnn: `bmtk.simulator.dpointnet.RNN`.
    """
    network = rnn.recurrent_network
    types = np.asarray(network["node_type_ids"])
    e_l, v_th = (
        np.asarray(network["node_params"][name], np.float32)[types] for name in ("E_L", "V_th")
    )
    return e_l, v_th


def neurons_of(rnn: Any) -> Neurons:
    """`Neurons` of the recurrent network: populations, thresholds, positions, tuning angles.

    Population names are the nodes' pop_name, else model_name, else ei. Of networks whose y is
    nowhere above 0, y is turned into the depth below the pia. What the files do not tell, or what
    cannot be read from them, is left out.

    Args:
        rnn: `bmtk.simulator.dpointnet.RNN`.
    """
    resting, thresholds = voltage_range_of(rnn)
    n_neurons = len(thresholds)
    try:
        columns = _columns(rnn.get_recurrent_network(), n_neurons)
    except Exception as error:
        # A network from a cache file has no table of nodes.
        notices.tell(f"the populations of the network are not known ({type(error).__name__}).")
        columns = {}
    names = next((columns[name] for name in _NAMES if name in columns), None)
    populations = (
        Populations.unnamed(n_neurons)
        if names is None
        else Populations.from_names([str(name) for name in names])
    )
    return Neurons(
        populations,
        thresholds=thresholds,
        resting=resting,
        positions=_positions(columns),
        tuning_angles=_numbers(columns.get("tuning_angle")),
    )


def _columns(network: Any, n_neurons: int) -> dict[str, NDArray[Any]]:
    """The table of nodes by property, each (n_neurons,) in the order of the spikes."""
    table = network.get_nodes_df()
    places = TFIDMap().bmtk2tf_id_map(network.population_name)[table.index.to_numpy()]
    if sorted(places) != list(range(n_neurons)):
        raise ValueError("the table of nodes is not that of the trained neurons")
    return {str(name): table[name].to_numpy()[np.argsort(places)] for name in table.columns}


def _positions(columns: dict[str, NDArray[Any]]) -> NDArray[np.float32] | None:
    """(n_neurons, 3) um, y the depth below the pia."""
    places = [_numbers(columns.get(name)) for name in "xyz"]
    x, y, z = places
    if x is None or y is None or z is None:
        return None
    return np.stack([x, -y if (y <= 0).all() else y, z], axis=1)


def _numbers(column: NDArray[Any] | None) -> NDArray[np.float32] | None:
    try:
        return None if column is None else column.astype(np.float32)
    except (TypeError, ValueError):
        return None
