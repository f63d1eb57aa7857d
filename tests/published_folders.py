"""Small folders in the published format of Chen et al. 2022, written without the package."""

import pickle

import h5py
import numpy as np

N_NODES, N_LGN = 60, 40

TYPES = ("e5Rbp4", "i4Pvalb", "e23Cux2")

PARAMETERS = dict(
    V_th=-45.0, E_L=-70.0, V_reset=-70.0, g=5.0, C_m=60.0, t_ref=2.0,
    k=[0.003, 0.1], asc_amps=[-10.0, -100.0], tau_syn=[5.5, 8.5, 2.8, 5.8],
)  # fmt: skip


def edge_group(rng, n_source, n, receptor, weight, delay):
    return {
        "source": rng.integers(0, n_source, n),
        "target": rng.integers(0, N_NODES, n),
        "params": {"receptor_type": receptor, "weight": weight, "delay": delay},
    }


def write_folder(folder):
    rng = np.random.default_rng(1)
    (folder / "network").mkdir(parents=True)
    type_of = rng.permutation(np.arange(N_NODES) % 3)
    nodes = [
        {"ids": np.flatnonzero(type_of == i), "params": PARAMETERS | {"V_th": -45.0 - i}}
        for i in range(3)
    ]
    edges = [
        edge_group(rng, N_NODES, 400, 1, rng.random(400), 2.0),
        edge_group(rng, N_NODES, 300, 4, -rng.random(300), rng.integers(1, 5, 300) * 1.0),
        edge_group(rng, N_NODES, 200, 1, 0.5, 4.0),
        edge_group(rng, N_NODES, 0, 2, np.zeros(0), 1.0),
    ]
    lgn = {"ids": np.arange(N_LGN), "spikes": [np.array([1.0])] * N_LGN}
    lgn_edges = [
        edge_group(rng, N_LGN, 300, 1, rng.random(300), 1.0),
        edge_group(rng, N_LGN, 300, 3, rng.random(300), 1.0),
    ]
    one = {"ids": np.array([0]), "spikes": [np.array([5.0])]}
    background = [
        edge_group(rng, 1, 90, 1, rng.random(90), 1.0),
        edge_group(rng, 1, 50, 1, 0.25, 1.0),
    ]
    dump(folder / "network_dat.pkl", {"nodes": nodes, "edges": edges})
    dump(
        folder / "input_dat.pkl",
        [(lgn, lgn_edges), (one, background), (one, [edge_group(rng, 1, 20, 2, 1.5, 1.0)])],
    )
    with h5py.File(folder / "network/v1_nodes.h5", "w") as file:
        file["nodes/v1/node_id"] = np.arange(N_NODES)
        file["nodes/v1/node_type_id"] = type_of + 500
        file["nodes/v1/0/x"] = rng.uniform(-450, 450, N_NODES)
        file["nodes/v1/0/y"] = rng.uniform(500, 600, N_NODES)
        file["nodes/v1/0/z"] = rng.uniform(-300, 300, N_NODES)
    with open(folder / "network/v1_node_types.csv", "w") as file:
        file.write("node_type_id model pop_name\n")
        for i, name in enumerate(TYPES):
            file.write(f"{500 + i} glif3 {name}\n")
    return folder


def dump(path, data, protocol=4):
    path.write_bytes(pickle.dumps(data, protocol=protocol))
