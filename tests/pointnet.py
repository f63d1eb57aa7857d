"""A SONATA folder in bmtk's own simulator of point neurons, PointNet, which runs NEST."""

import json
from pathlib import Path

import h5py
import numpy as np

STEP_MS = 1.0
"""NEST's time step here."""


def run_pointnet(folder, x, background=None):
    """Runs the network of a folder that `v1.write_sonata` wrote.

    Args:
        folder: of the network.
        x: (time, n_input) LGN spikes, 0 or 1.
        background: (time,) spikes of the one background source in each step; None for none.

    Returns:
        (time, n_neurons) bool spikes, in the time steps of the model.
    """
    folder = Path(folder)
    sources = {"lgn": x}
    if background is not None:
        sources["bkg"] = np.asarray(background)[:, None]
    for name, counts in sources.items():
        write_spikes(folder / f"{name}_spikes.h5", name, counts)
    simulate(folder, sources, len(x))
    with h5py.File(folder / "output/spikes.h5") as file:
        times, neurons = (file[f"spikes/v1/{name}"][:] for name in ("timestamps", "node_ids"))
    with h5py.File(folder / "network/v1_nodes.h5") as file:
        n_neurons = len(file["nodes/v1/node_type_id"])
    steps = np.rint(times / STEP_MS).astype(int) - 2
    kept = (steps >= 0) & (steps < len(x))
    spikes = np.zeros((len(x), n_neurons), bool)
    spikes[steps[kept], neurons[kept].astype(int)] = True
    return spikes


def write_spikes(path, population, counts):
    """`counts` (time, node) spikes in each step, as a SONATA file of a population."""
    steps, nodes = np.nonzero(counts)
    often = counts[steps, nodes].astype(int)
    with h5py.File(path, "w") as file:
        file.attrs["magic"], file.attrs["version"] = np.uint32(0x0A7A), np.array([0, 1], np.uint32)
        group = file.create_group(f"spikes/{population}")
        group.attrs["sorting"] = "by_time"
        # NEST's generators cannot fire at time 0: step 0 of the model is that after the first.
        group["timestamps"] = np.repeat((steps + 1) * STEP_MS, often)
        group["timestamps"].attrs["units"] = "milliseconds"
        group["node_ids"] = np.repeat(nodes, often).astype(np.uint64)


def simulate(folder, sources, n_steps):
    """PointNet's run of a configuration that it gets beside that of the network."""
    from bmtk.simulator import pointnet

    inputs = {
        name: {
            "input_type": "spikes", "module": "sonata", "node_set": name,
            "input_file": str(folder / f"{name}_spikes.h5"),
        }
        for name in sources
    }  # fmt: skip
    content = json.loads((folder / "config.json").read_text()) | {
        # A step before the first of the model, and one after the last, in which its spikes go out.
        "run": {"tstop": (n_steps + 2) * STEP_MS, "dt": STEP_MS, "precise_times": False},
        "output": {
            "output_dir": str(folder / "output"), "spikes_file": "spikes.h5",
            "log_to_console": False,
        },
        "inputs": inputs,
    }  # fmt: skip
    (folder / "pointnet.json").write_text(json.dumps(content))
    config = pointnet.Config.from_json(str(folder / "pointnet.json"))
    config.build_env()
    graph = pointnet.PointNetwork.from_config(config)
    pointnet.PointSimulator.from_config(config, graph).run()
