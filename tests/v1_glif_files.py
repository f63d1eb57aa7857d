"""A small network of V1_GLIF_model: its SONATA folder, its pickles, its checkpoints.

Written without the package: by h5py, json, pickle and tf.train. Orders, names and units are those
of the public program.
"""

import json
import pickle

import numpy as np
import sonata_files
from sonata_files import CELL

TAUS = np.array([0.9895877164048803, 1.8801909319625518, 3.628959284311974, 5.653404309014636])
# Fast and slow time constants (ms) and the slow amplitude, and the public factors for them.
CURRENTS = {
    "exc_to_exc": (1.790988383542, 2.97942609444, 0.655948011814627),
    "exc_to_pv": (0.905162575055, 2.234185848565, 0.228489324606641),
    "pv_to_exc": (1.473467428307, 6.161352063175, 0.400112434183029),
    "pv_to_pv": (1.036836466789, 3.547021349313, 0.296207412327629),
}
FACTORS = {
    "exc_to_exc": [-0.011027815377980412, 1.2455255273653236, 0.4776012981227633, -0.0588463412],
    "exc_to_pv": [1.1070016285369453, -0.012923657403592685, 0.162428268049424, -0.0469759423],
    "pv_to_exc": [0.2897549959147709, 0.9186688850184067, -0.37975706193326564, 0.5832487535951],
    "pv_to_pv": [0.9213458867718952, 0.12491972814544047, 0.24789313780260203, 0.0082799074747],
}
# The same port has another number in another group of cells.
PORTS = {"exc": ["exc_to_exc", "pv_to_exc"], "pv": ["pv_to_pv", "exc_to_pv"]}
TYPES = {512: ("e23", "exc"), 514: ("i4Pvalb", "pv"), 613: ("e5ET", "exc")}
N, N_LGN, N_BACKGROUND = 40, 24, 8


def two_alphas(fast, slow, amplitude):
    """The current of a port over 60 ms, of peak 1 for each of the two parts."""
    t = np.arange(0, 60, 0.1)
    return t / fast * np.exp(1 - t / fast) + amplitude * t / slow * np.exp(1 - t / slow)


class GlifModel:
    """One network; `write` writes the SONATA folder, `write_pickles` what the program makes of it.

    Attributes:
        tables: (source, target, edge type, weight) of each population of edges.
        groups: what each pickle holds, to be changed before it is written.
    """

    def __init__(self, folder, seed=0):
        self.folder, self.rng = folder, np.random.default_rng(seed)
        self.type_of = self.rng.permutation(np.arange(N) % 3)
        self.places = {
            "x": self.rng.uniform(-250, 250, N), "y": -self.rng.uniform(100, 800, N),
            "z": self.rng.uniform(-250, 250, N), "tuning_angle": self.rng.uniform(0, 360, N),
        }  # fmt: skip
        self.kind_of = np.array([kind for _, kind in TYPES.values()])[self.type_of]
        self.edge_types, self.tables = {}, {}
        self._recurrent()
        self._from_sources("lgn", N_LGN, 150)
        self._from_sources("bkg", N_BACKGROUND, 4 * N)
        self.groups = {}

    def _types(self, name, kinds, delays):
        rows = [(kind, delay) for kind in kinds for delay in delays]
        self.edge_types[name] = {3001 + i: row for i, row in enumerate(rows)}
        return len(delays)

    def _recurrent(self):
        pairs = self.rng.permutation(N * N)[:600]
        target, source = np.divmod(pairs, N)
        kinds = list(CURRENTS)
        n_delays = self._types("v1", kinds, (1.2, 2.0, 3.7))
        kind = [kinds.index(f"{self.kind_of[s]}_to_{self.kind_of[t]}")
                for s, t in zip(source, target, strict=True)]  # fmt: skip
        types = 3001 + np.array(kind) * n_delays + self.rng.integers(0, n_delays, len(pairs))
        sign = np.where(self.kind_of[source] == "exc", 1.0, -1.0)
        self.tables["v1"] = (source, target, types, sign * self.rng.uniform(1, 9, len(pairs)))

    def _from_sources(self, name, n_sources, n_edges):
        pairs = self.rng.permutation(N * n_sources)[:n_edges]
        target, source = np.divmod(pairs, n_sources)
        self._types(name, ["exc_to_exc", "exc_to_pv"], (1.7,))
        types = 3001 + (self.kind_of[target] == "pv")
        weight = self.rng.uniform(10, 90, n_edges)
        if name == "bkg":  # of a type all the same
            weight = np.where(types == 3001, 25.0, 12.5)
        self.tables[name] = (source, target, types, weight)

    def cell(self, number):
        fast, slow, amp = np.transpose([CURRENTS[name] for name in PORTS[TYPES[number][1]]])
        return {
            **{k: v for k, v in CELL.items() if k != "V_reset"}, "V_th": -45.0 - number / 1000,
            "tau_syn_fast": fast.tolist(), "tau_syn_slow": slow.tolist(), "amp_slow": amp.tolist(),
        }  # fmt: skip

    def synapse(self, name):
        return {"receptor_type": PORTS[name.split("_to_")[1]].index(name) + 1}

    def write(self, edges=True):
        network, components = self.folder / "network", self.folder / "components"
        for part in (network, components / "cell_models", components / "synaptic_models"):
            part.mkdir(parents=True)
        numbers = np.array(list(TYPES))
        sonata_files.write_nodes(network / "v1_nodes.h5", "v1", numbers[self.type_of], self.places)
        files = [f"{number}_glif_lif_asc_config.json" for number in numbers]
        sonata_files.types_csv(network / "v1_node_types.csv", {
            "node_type_id": numbers, "pop_name": [name for name, _ in TYPES.values()],
            "model_type": ["point_neuron"] * 3, "dynamics_params": files,
            "model_template": ["nest:glif_psc_double_alpha"] * 3,
        })  # fmt: skip
        for number, file in zip(numbers, files, strict=True):
            path = components / "cell_models" / file
            path.write_text(json.dumps(self.cell(number)))
        for name in CURRENTS:
            path = components / f"synaptic_models/{name}.json"
            path.write_text(json.dumps(self.synapse(name)))
        self._write_sources(network)
        for name in self.tables if edges else ():
            self._write_edges(network, name)
        return self.folder

    def _write_sources(self, network):
        lgn = {"x": self.rng.uniform(0, 24, N_LGN), "y": self.rng.uniform(0, 16, N_LGN)}
        self.lgn = lgn | {"off": np.arange(N_LGN) % 2 == 1}
        sonata_files.write_nodes(network / "lgn_nodes.h5", "lgn", np.arange(N_LGN) % 2, lgn)
        names = {"node_type_id": [0, 1], "pop_name": ["sONsOFF_001", "tOFF_TF8"]}
        sonata_files.types_csv(
            network / "lgn_node_types.csv", names | {"model_type": ["virtual"] * 2}
        )
        sonata_files.write_nodes(network / "bkg_nodes.h5", "bkg", np.zeros(N_BACKGROUND, int), {})
        virtual = {"node_type_id": [0], "model_type": ["virtual"]}
        sonata_files.types_csv(network / "bkg_node_types.csv", virtual)

    def _write_edges(self, network, name):
        source, target, types, weight = self.tables[name]
        columns = {"syn_weight": weight} if name != "bkg" else {}
        sonata_files.write_edges(
            network / f"{name}_v1_edges.h5", f"{name}_to_v1", (name, "v1"),
            (source, target, types), columns,
        )  # fmt: skip
        rows = self.edge_types[name]
        table = {
            "edge_type_id": list(rows), "model_template": ["static_synapse"] * len(rows),
            "delay": [delay for _, delay in rows.values()],
            "dynamics_params": [f"{kind}.json" for kind, _ in rows.values()],
        }  # fmt: skip
        if name == "bkg":
            table["syn_weight"] = [25.0, 12.5]
        sonata_files.types_csv(network / f"{name}_v1_edge_types.csv", table)

    def make_groups(self):
        """What the program makes of the files: its pickles, before they are written."""
        names = list(FACTORS)
        for name, (source, target, types, weight) in self.tables.items():
            edges = []
            for number, (kind, delay) in self.edge_types[name].items():
                mine = types == number
                params = {
                    "model": "static_synapse", "delay": delay, "synaptic_model": kind,
                    "weight": weight[mine].astype(np.float32),
                    "receptor_type": self.synapse(kind)["receptor_type"],
                    "tau_syn_weights": np.array(FACTORS[kind]), "syn_id": names.index(kind),
                }  # fmt: skip
                edges.append({
                    "edge_type_id": np.int64(number), "source": source[mine].astype(np.int32),
                    "target": target[mine].astype(np.int32), "params": params,
                })  # fmt: skip
            self.groups[name] = {"nodes": [], "edges": edges}
        for number in TYPES:
            params = self.cell(number)
            params["V_reset"], params["k"] = params.pop("V_m"), params.pop("asc_decay")
            ids = np.flatnonzero(np.array(list(TYPES))[self.type_of] == number).astype(np.int32)
            self.groups["v1"]["nodes"].append({"ids": ids, "params": params})
        return self

    def write_pickles(self, tables=True, place="tf_data"):
        if not self.groups:
            self.make_groups()
        folder = self.folder / place
        folder.mkdir(exist_ok=True, parents=True)
        for name, file in (
            ("v1", "network_dat"),
            ("lgn", "lgn_input_dat"),
            ("bkg", "bkg_input_dat"),
        ):
            (folder / f"{file}.pkl").write_bytes(pickle.dumps(self.groups[name]))
        if tables:
            numbers = {name: i for i, name in enumerate(FACTORS)}
            factors = {i: np.array(FACTORS[name]) for name, i in numbers.items()}
            (folder / "synaptic_models_to_syn_id_dict.pkl").write_bytes(pickle.dumps(numbers))
            (folder / "syn_id_to_syn_weights_dict.pkl").write_bytes(pickle.dumps(factors))
        return folder / "network_dat.pkl"

    def in_order(self, name):
        """(target, source, delay, weight, factors) of its synapses in the program's order."""
        source, target, types, weight = self.tables[name]
        rows = [self.edge_types[name][number] for number in types]
        delay = np.array([delay for _, delay in rows])
        factors = np.array([FACTORS[kind] for kind, _ in rows], np.float32)
        order = np.lexsort((source, target))
        return [column[order] for column in (target, source, delay, weight, factors)]
