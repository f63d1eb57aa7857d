"""The weights of a network by class of connection: from LGN, Exc or Inh, to Exc or Inh."""

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.v1_network import V1Network


def weights_by_connection(network: V1Network) -> dict[str, NDArray[np.float32]]:
    """Weights of the synapses of each class of connection.

    Args:
        network: neurons of a population whose name does not say are taken as Exc.

    Returns:
        dict of class, such as ``"Exc to Inh"`` or ``"LGN to Exc"`` -> (n_synapses,) weights, pA;
        classes without synapses are left out.

    Example:
        >>> sorted(weights_by_connection(network))
        ['Exc to Exc', 'Exc to Inh', 'Inh to Exc', 'Inh to Inh', 'LGN to Exc', 'LGN to Inh']
    """
    members = network.populations.members
    inhibitory = np.array([m.excitatory is False for m in members])[network.populations.index]
    recurrent, inputs = network.recurrent, network.inputs
    weights: dict[str, NDArray[np.float32]] = {}
    for to_inhibitory, target in enumerate(("Exc", "Inh")):
        reached = inhibitory[recurrent.target] == bool(to_inhibitory)
        for from_inhibitory, source in enumerate(("Exc", "Inh")):
            of = reached & (inhibitory[recurrent.source] == bool(from_inhibitory))
            weights[f"{source} to {target}"] = recurrent.weight[of]
        weights[f"LGN to {target}"] = inputs.weight[
            inhibitory[inputs.target] == bool(to_inhibitory)
        ]
    return {name: values for name, values in weights.items() if len(values)}
