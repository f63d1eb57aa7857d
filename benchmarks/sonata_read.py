"""Time and memory of reading a SONATA network of the size of the Allen Institute's V1 core.

    python benchmarks/sonata_read.py --neurons 2000 --edges 1000000
    python benchmarks/sonata_read.py --neurons 66000 --edges 54000000 --folder /tmp/sonata

The network is made by h5py alone: cells of 111 types, edges of 1,500 types in random order, 17,400
LGN units and 100 background sources. Each reading is a process of its own, whose largest resident
memory the operating system counts. Without ``--folder`` the network is made in a temporary folder,
which takes 35 bytes an edge.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
import h5py
import numpy as np

CELL_TYPES, EDGE_TYPES, LGN_UNITS, SOURCES = 111, 1500, 17400, 100
PIECE = 5_000_000


def sonata_file(path):
    file = h5py.File(path, "w")
    file.attrs["magic"] = np.uint32(0x0A7A)
    file.attrs["version"] = np.array([0, 1], np.uint32)
    return file


def write_table(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, delimiter=" ")
        writer.writerow(header)
        writer.writerows(rows)


def write_nodes(folder, name, type_ids, columns):
    n = len(type_ids)
    with sonata_file(folder / f"{name}_nodes.h5") as file:
        group = file.create_group(f"nodes/{name}")
        group["node_id"], group["node_type_id"] = np.arange(n, dtype="u8"), type_ids.astype("u8")
        group["node_group_id"] = np.zeros(n, "u4")
        group["node_group_index"] = np.arange(n, dtype="u8")
        values = group.create_group("0")
        for column, data in columns.items():
            values[column] = data


def write_edges(folder, name, n_sources, n_targets, n_edges, rng, compression):
    source, target = name.split("_")
    with sonata_file(folder / f"{name}_edges.h5") as file:
        group = file.create_group(f"edges/{source}_to_{target}")
        kinds = {"source_node_id": "u8", "target_node_id": "u8", "edge_type_id": "u4",
                 "edge_group_id": "u2", "edge_group_index": "u4", "0/syn_weight": "f8"}  # fmt: skip
        how = {"compression": compression} if compression else {}
        data = {
            column: group.create_dataset(column, (n_edges,), kind, **how)
            for column, kind in kinds.items()
        }
        for end, population in (("source", source), ("target", target)):
            data[f"{end}_node_id"].attrs["node_population"] = population
        for start in range(0, n_edges, PIECE):
            here = slice(start, min(start + PIECE, n_edges))
            n = here.stop - start
            data["source_node_id"][here] = rng.integers(0, n_sources, n, np.int32)
            data["target_node_id"][here] = rng.integers(0, n_targets, n, np.int32)
            data["edge_type_id"][here] = 100 + rng.integers(0, EDGE_TYPES, n, np.int32)
            data["edge_group_index"][here] = np.arange(start, here.stop)
            data["0/syn_weight"][here] = rng.standard_normal(n, np.float32)
    rows = [
        (100 + k, "pop_name=='a b'", "*", "static_synapse", 1.0 + k % 4, f"port_{k % 4 + 1}.json")
        for k in range(EDGE_TYPES)
    ]
    header = ("edge_type_id", "target_query", "source_query", "model_template", "delay",
              "dynamics_params")  # fmt: skip
    write_table(folder / f"{name}_edge_types.csv", header, rows)


def make(folder, neurons, edges, compression):
    """A network of so many neurons and recurrent edges."""
    rng = np.random.default_rng(0)
    network = folder / "network"
    models, synapses = folder / "components/cell_models", folder / "components/synaptic_models"
    for part in (network, models, synapses):
        part.mkdir(parents=True)
    rows = []
    for k in range(CELL_TYPES):
        cell = {"V_m": -70, "V_th": -45 - k / 100, "E_L": -70, "V_reset": -70, "g": 5, "C_m": 60,
                "t_ref": 3, "asc_init": [0, 0], "asc_decay": [0.003, 0.1], "asc_amps": [-9, -90],
                "tau_syn": [5.5, 8.5, 2.8, 5.8]}  # fmt: skip
        (models / f"{k}.json").write_text(json.dumps(cell))
        name = ("e23Cux2", "i4Pvalb", "e5IT")[k % 3]
        rows.append((500 + k, name, "point_neuron", "nest:glif_psc", f"{k}.json"))
    for port in (1, 2, 3, 4):
        (synapses / f"port_{port}.json").write_text(json.dumps({"receptor_type": port}))
    header = ("node_type_id", "pop_name", "model_type", "model_template", "dynamics_params")
    write_table(network / "v1_node_types.csv", header, rows)
    places = {axis: rng.uniform(-280, 280, neurons) for axis in "xz"}
    places |= {"y": -rng.uniform(0, 800, neurons), "tuning_angle": rng.uniform(0, 360, neurons)}
    write_nodes(network, "v1", 500 + rng.integers(0, CELL_TYPES, neurons), places)
    for name, n in (("lgn", LGN_UNITS), ("bkg", SOURCES)):
        write_nodes(network, name, np.full(n, 1), {})
        write_table(
            network / f"{name}_node_types.csv", ("node_type_id", "model_type"), [(1, "virtual")]
        )
    write_edges(network, "v1_v1", neurons, neurons, edges, rng, compression)
    write_edges(network, "lgn_v1", LGN_UNITS, neurons, neurons * 30, rng, compression)
    write_edges(network, "bkg_v1", SOURCES, neurons, neurons * 4, rng, compression)


def read(folder, cache):
    """Prints a row on one reading in this process."""
    from keras_v1_activity import v1

    start = time.perf_counter()
    network = v1.load_network(folder, cache=cache)
    row = {
        "neurons": network.n_neurons,
        "recurrent": len(network.recurrent),
        "LGN": len(network.inputs),
        "background": len(network.background),
        "read_s": round(time.perf_counter() - start, 1),
        "cpu_s": round(time.process_time(), 1),
        "peak_mb": round(common.peak_memory_mb()),
    }
    print(json.dumps(row))


def readings(folder):
    """Rows: without files kept for the next time, with, and the next time."""
    for name in ("nothing kept", "kept", "the next time"):
        words = [sys.executable, __file__, "--read", folder]
        words += ["--no_cache"] if name == "nothing kept" else []
        done = subprocess.run(map(str, words), capture_output=True, text=True, check=True)
        yield {"reading": name, **json.loads(done.stdout.splitlines()[-1])}


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--neurons", type=int, default=2000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--compression", choices=("gzip",), help="of the HDF5 files")
    parser.add_argument("--folder", type=Path, help="keep the network here, and use it again")
    parser.add_argument("--read", type=Path, help="only read this network, in this process")
    parser.add_argument("--no_cache", action="store_true")
    parser.add_argument("--out", type=Path, help="JSON file")
    options = parser.parse_args()
    if options.read:
        read(options.read, not options.no_cache)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary) / "network"
        if not folder.exists():
            make(folder, options.neurons, options.edges, options.compression)
        common.report("Reading a SONATA network", list(readings(folder)), options.out)


if __name__ == "__main__":
    main()
