"""The network that DPointNet and ours both train: a SONATA folder, an input, and a configuration.

The cells, synapses and LGN of a synthetic V1 network, in the form of the Allen Institute's newer
models, which is that of DPointNet: one weight a synapse, which acts on four receptors by the
factors of its synapse model. The factors are fitted to the four receptors of the network.
"""

import json
from dataclasses import replace
from pathlib import Path

import common
import numpy as np

from keras_v1_activity import v1
from keras_v1_activity.v1.network.sonata.receptors import TAU_BASIS, fit_alphas

TARGET_HZ, VOLTAGE_COST = 5.0, 1.0


def in_basis(network):
    """The same network, whose synapses each act on the four receptors of `TAU_BASIS`."""
    parameters = network.parameters
    taus = parameters.tau_syn[0]
    factors = np.array([fit_alphas((tau,), (1.0,), TAU_BASIS)[0] for tau in taus], np.float32)

    def with_models(table):
        order = np.lexsort((table.receptor, table.source, table.target))
        columns = ("source", "target", "weight", "delay")
        return replace(
            table,
            **{name: getattr(table, name)[order] for name in columns},
            receptor=np.zeros(len(table), np.int8),
            model=table.receptor[order].astype(np.int16),
            factors=factors,
        )

    return replace(
        network,
        parameters=replace(parameters, tau_syn=np.tile(TAU_BASIS, (len(parameters.V_th), 1))),
        recurrent=with_models(network.recurrent),
        inputs=with_models(network.inputs),
        # DPointNet draws its background with a generator of its own.
        background_weights=np.zeros_like(network.background_weights),
        background=None,
    )


def sonata_folder(n_neurons, strength):
    """The folder, in the cache of the benchmarks; `strength` multiplies the input weights."""
    folder = Path(common.__file__).parent / "cache" / f"SONATA_beside_{n_neurons}_{strength:g}"
    if not folder.exists():
        network = common.synthetic_network(n_neurons)
        weight = network.inputs.weight * np.float32(strength)
        network = replace(network, inputs=replace(network.inputs, weight=weight))
        v1.write_sonata(in_basis(network), folder)
    return folder


def draw_input(n_input, batch, seq_len):
    """(batch, time, unit) LGN spikes, 0 or 1, the same at each call."""
    rng = np.random.default_rng(1)
    return (rng.random((batch, seq_len, n_input)) < common.GREY_PROBABILITY).astype(np.float32)


def dpointnet_config(folder, batch, seq_len, train_input=True):
    """What `RNN.from_config` takes, and writes it into a file beside the folder."""
    network, components = folder / "network", folder / "components"

    def files(kind, names):
        return [
            {f"{kind}s_file": f"{network}/{name}_{kind}s.h5",
             f"{kind}_types_file": f"{network}/{name}_{kind}_types.csv"}
            for name in names
        ]  # fmt: skip

    lgn = {"input": "spikes", "module": "poisson_spikes", "node_set": "lgn", "firing_rate": 20.0,
           "trainable": train_input}  # fmt: skip
    losses = {
        "rates": {"module": "TargetFiringRate", "firing_rate": TARGET_HZ},
        "voltage": {"module": "VoltageRegularization", "voltage_cost": VOLTAGE_COST},
    }
    content = {
        "run": {"seq_len": seq_len, "batch_size": batch, "dt": 1.0},
        "rnn_cell_params": {"cell_model": "GLIF3Cell", "tau_basis": list(TAU_BASIS)},
        "networks": {
            "nodes": files("node", ["v1", "lgn"]),
            "edges": files("edge", ["v1_v1", "lgn_v1"]),
        },
        "components": {
            "point_neuron_models_dir": f"{components}/cell_models",
            "synaptic_models_dir": f"{components}/synaptic_models",
            "basis_weights_file": f"{components}/basis_function_weights.csv",
        },
        "training": {
            "n_epochs": 1,
            "steps_per_epoch": 1,
            "training_approach": "single",
            # Every step computes the same.
            "learning_rate": 0.0,
            "optimizer": {"name": "adam"},
            "initial_state": {"module": "zero_state"},
            "parameters": [{"name": "evoked", "inputs": {"lgn": lgn}, "loss_functions": losses}],
        },
    }
    path = folder.with_name(f"{folder.name}_{batch}_{seq_len}_{train_input}.json")
    path.write_text(json.dumps(content))
    return path
