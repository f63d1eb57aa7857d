"""Build a small network with bmtk's builder, train it with DPointNet, and watch it.

    python examples/dpointnet_training.py --out dpointnet_logs

It needs bmtk 1.2 or newer, with TensorFlow 2.16 or newer also tf_keras, and takes
about a minute on two cores.
"""

import argparse
import json
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# DPointNet is written for Keras 2, which TensorFlow has up to 2.15. Later ones take it from
# tf_keras, if they are told so before they are imported.
if find_spec("tf_keras"):
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np
from bmtk.builder.networks import NetworkBuilder

from keras_v1_activity.common.command_line import ArgumentParser

# Part of the neurons; C_m (pF), g (nS), E_L, V_th (mV), t_ref (ms), asc_amps (pA); depth (um).
CELLS = {
    "e23Cux2": (0.40, 114.0, 5.4, -77.9, -42.1, 3.0, (-6.7, -67.0), (150, 300)),
    "i23Pvalb": (0.10, 56.0, 6.9, -73.2, -43.2, 1.4, (-4.0, -80.0), (150, 300)),
    "e4Rorb": (0.40, 102.0, 4.6, -75.1, -46.2, 2.6, (-7.1, -59.0), (300, 450)),
    "i4Pvalb": (0.10, 60.0, 7.3, -72.6, -44.0, 1.3, (-3.1, -90.0), (300, 450)),
}
# Time constants of the synaptic currents, ms, and how much of each a synapse has.
TAU_BASIS = (0.98959, 1.88019, 3.62896, 5.6534)
BASIS_WEIGHTS = {"e2v": (0.3, 0.4, 0.2, 0.1), "i2v": (0.1, 0.2, 0.3, 0.4)}
N_LGN = 60


def build_network(folder: Path, n_neurons: int, seed: int = 0) -> None:
    """Writes a SONATA network: V1 cells of four populations, and LGN units that drive them.

    Args:
        folder: where; made if it is missing.
        n_neurons: how many V1 cells.
        seed: of positions and synapses.
    """
    rng = np.random.default_rng(seed)
    cells, synapses = folder / "components" / "cells", folder / "components" / "synapses"
    for made in (cells, synapses):
        made.mkdir(parents=True, exist_ok=True)
    for name in BASIS_WEIGHTS:
        (synapses / f"{name}.json").write_text("{}")
    rows = [f"{name},{','.join(map(str, weights))}" for name, weights in BASIS_WEIGHTS.items()]
    (folder / "components" / "basis.csv").write_text("\n".join(["name,w0,w1,w2,w3", *rows]))

    v1 = NetworkBuilder("v1")
    for name, (part, *numbers, depth) in CELLS.items():
        names = ("C_m", "g", "E_L", "V_th", "t_ref", "asc_amps")
        parameters = dict(zip(names, numbers, strict=True), asc_decay=[0.003, 0.1])
        parameters["V_reset"] = parameters["E_L"]
        (cells / f"{name}.json").write_text(json.dumps(parameters))
        n = round(part * n_neurons)
        v1.add_nodes(
            N=n, pop_name=name, ei=name[0], model_type="point_neuron",
            model_template="nest:glif_lif_asc_psc", dynamics_params=f"{name}.json",
            x=rng.uniform(-200, 200, n), y=-rng.uniform(*depth, n), z=rng.uniform(-200, 200, n),
            tuning_angle=rng.uniform(0, 360, n),
        )  # fmt: skip
    for ei, weight in (("e", 12.0), ("i", -30.0)):
        v1.add_edges(
            source={"ei": ei}, target=v1.nodes(), syn_weight=weight, delay=1.5,
            dynamics_params=f"{ei}2v.json", model_template="static_synapse",
            connection_rule=lambda source, target: int(rng.random() < 0.1),
        )  # fmt: skip
    lgn = NetworkBuilder("lgn")
    lgn.add_nodes(N=N_LGN, model_type="virtual", pop_name="lgn")
    lgn.add_edges(
        source=lgn.nodes(), target=v1.nodes(), syn_weight=25.0, delay=1.0,
        dynamics_params="e2v.json", model_template="static_synapse",
        connection_rule=lambda source, target: int(rng.random() < 0.25),
    )  # fmt: skip
    for network in (v1, lgn):
        network.build()
        network.save(output_dir=str(folder / "network"))


def make_config(folder: Path, options: argparse.Namespace) -> dict:
    """The configuration of a training; its block `callbacks` is what makes it be watched.

    Args:
        folder: the network, as `build_network` writes it.
        options: of the command line.
    """
    network, components = folder / "network", folder / "components"

    def sets_of(kind: str, pairs: Sequence[str]) -> list[dict[str, str]]:
        return [
            {f"{kind}s_file": f"{network}/{pair}_{kind}s.h5",
             f"{kind}_types_file": f"{network}/{pair}_{kind}_types.csv"}
            for pair in pairs
        ]  # fmt: skip

    def condition(name: str, lgn_hz: float, target_hz: float) -> dict:
        lgn = {"input": "spikes", "module": "poisson_spikes", "node_set": "lgn",
               "firing_rate": lgn_hz, "seed": 1}  # fmt: skip
        losses = {
            "rates": {"module": "TargetFiringRate", "firing_rate": target_hz},
            "voltage": {"module": "VoltageRegularization", "voltage_cost": 1.0},
        }
        return {"name": name, "inputs": {"lgn": lgn}, "loss_functions": losses}

    conditions = [condition("evoked", 80.0, 10.0), condition("spontaneous", 40.0, 3.0)]
    if options.approach == "single":
        conditions = conditions[:1]
    return {
        "run": {"seq_len": options.seq_len, "batch_size": options.batch_size, "dt": 1.0},
        "rnn_cell_params": {
            "cell_model": "GLIF3Cell",
            "tau_basis": list(TAU_BASIS),
            "basis_weights_file": f"{components}/basis.csv",
        },
        "networks": {
            "nodes": sets_of("node", ["v1", "lgn"]),
            "edges": sets_of("edge", ["v1_v1", "lgn_v1"]),
        },
        "components": {
            "point_neuron_models_dir": f"{components}/cells",
            "synaptic_models_dir": f"{components}/synapses",
        },
        "training": {
            "n_epochs": options.epochs,
            "steps_per_epoch": options.steps,
            "training_approach": options.approach,
            "learning_rate": 0.001,
            "optimizer": {"name": "adam"},
            "initial_state": {"module": "zero_state"},
            "callbacks": {
                "class": "V1ActivityCallbacks",
                "log_dir": str(options.out),
                "log_every_n_steps": options.log_every,
                "callbacks_dir": f"{options.out}_tables",
                "verbose": "on_epoch",
            },
            "parameters": conditions,
        },
    }


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; `--help` explains it."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--neurons", type=int, default=300, help="V1 cells in the network")
    add("--epochs", type=int, default=2, help="epochs")
    add("--steps", type=int, default=10, help="training steps in an epoch")
    add("--batch_size", type=int, default=2, help="trials in a batch")
    add("--seq_len", type=int, default=200, help="length of a trial, ms")
    add(
        "--approach", default="series",
        choices=("single", "series", "series_accumulate", "parallel"),
        help="how DPointNet trains several conditions",
    )  # fmt: skip
    add(
        "--out", "--log_dir", type=Path, default=Path("dpointnet_logs"), metavar="DIR",
        help="folder of the figures and data",
    )  # fmt: skip
    add("--log_every", type=int, default=5, help="log every so many steps")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> Any:
    """Builds, trains and logs; returns the trained `RNN`."""
    options = parse_arguments(arguments)
    folder = options.out.absolute().parent / f"SONATA_network_{options.neurons}"
    if not folder.exists():
        build_network(folder, options.neurons)

    from bmtk.simulator import dpointnet

    # This import registers the class that the block "callbacks" names.
    import keras_v1_activity.integrations.dpointnet  # noqa: F401

    config = folder / "config.json"
    config.write_text(json.dumps(make_config(folder, options), indent=2))
    rnn = dpointnet.RNN.from_config(str(config))
    rnn.build()
    rnn.train()
    print(f"figures and data: {options.out}")
    return rnn


if __name__ == "__main__":
    main()
