"""Small SONATA networks, written without the package: by h5py, csv and json."""

import csv
import json
import pickle

import h5py
import numpy as np


def hdf5(path):
    file = h5py.File(path, "w")
    file.attrs["magic"] = np.uint32(0x0A7A)
    file.attrs["version"] = np.array([0, 1], np.uint32)
    return file


def types_csv(path, columns, rng=None):
    """Columns by name; with `rng` they stand in another order, and so do the rows."""
    names, rows = list(columns), list(zip(*columns.values(), strict=True))
    if rng is not None:
        names = [str(name) for name in rng.permutation(names)]
        rows = [rows[i] for i in rng.permutation(len(rows))]
    places = [list(columns).index(name) for name in names]
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, delimiter=" ")
        writer.writerow(names)
        writer.writerows([row[place] for place in places] for row in rows)


def write_nodes(path, name, type_ids, columns, *, order=None, groups=1, first_id=0):
    """Nodes of a population; `columns` of numbers, dealt out to so many groups."""
    n = len(type_ids)
    order = np.arange(n) if order is None else order
    group = np.arange(n) % groups
    with hdf5(path) as file:
        rows = file.create_group(f"nodes/{name}")
        rows["node_id"] = (order + first_id).astype("u8")
        rows["node_type_id"] = np.asarray(type_ids)[order].astype("u8")
        rows["node_group_id"] = group.astype("u4")
        rows["node_group_index"] = (np.arange(n) // groups).astype("u8")
        for g in range(groups):
            rows.create_group(str(g))
            for column, values in columns.items():
                rows[f"{g}/{column}"] = np.asarray(values)[order][group == g]


def write_edges(path, name, ends, rows, columns, *, order=None, groups=1, optional=True):
    """Edges (source, target, type id) between two populations, with columns of numbers."""
    n = len(rows[0])
    order = np.arange(n) if order is None else order
    group = np.arange(n) % groups
    with hdf5(path) as file:
        edges = file.create_group(f"edges/{name}")
        for end, population, ids in zip(("source", "target"), ends, rows[:2], strict=True):
            edges[f"{end}_node_id"] = np.asarray(ids)[order].astype("u8")
            edges[f"{end}_node_id"].attrs["node_population"] = population
        edges["edge_type_id"] = np.asarray(rows[2])[order].astype("u4")
        if optional:
            edges["edge_group_id"] = group.astype("u2")
            edges["edge_group_index"] = (np.arange(n) // groups).astype("u4")
        for g in range(groups):
            part = edges.create_group(str(g))
            for column, values in columns.items():
                part[column] = np.asarray(values)[order][group == g]


def write_config(folder, names, edges, **more):
    """A configuration with a manifest; `edges` are the names of the files of edges."""
    network = "$NETWORK_DIR"
    config = {
        "manifest": {"$BASE_DIR": "${configdir}", "$NETWORK_DIR": "$BASE_DIR/network"},
        "components": {
            "point_neuron_models_dir": "$BASE_DIR/components/cell_models",
            "synaptic_models_dir": "$BASE_DIR/components/synaptic_models",
        },
        "networks": {
            "nodes": [
                {"nodes_file": f"{network}/{name}_nodes.h5",
                 "node_types_file": f"{network}/{name}_node_types.csv"}
                for name in names
            ],
            "edges": [
                {"edges_file": f"{network}/{name}_edges.h5",
                 "edge_types_file": f"{network}/{name}_edge_types.csv"}
                for name in edges
            ],
        },
        **more,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))


def edge_tables(groups):
    """[source, target, type number, weight] of edge groups, and (port, delay) of each type."""
    columns, kinds = [], []
    for group in groups:
        n, params = len(group["source"]), group["params"]
        delays, kind = np.unique(np.broadcast_to(params["delay"], n), return_inverse=True)
        weight = np.broadcast_to(params["weight"], n)
        columns.append((group["source"], group["target"], kind + len(kinds) + 1, weight))
        kinds += [(params["receptor_type"], float(delay)) for delay in delays]
    return [np.concatenate(column) for column in zip(*columns, strict=True)], kinds


class Writer:
    """Writes the network of a published folder as SONATA.

    Args:
        published: folder with pickles.
        folder: to write.
        names: of the populations of cells, input and background.
        rng: shuffles rows and columns, or None.
        groups: of nodes and edges, so many.
        in_types: weights stand in the tables of types, where they are equal.
        optional: whether there are groups of edges at all.
    """

    def __init__(self, published, folder, *, names=("v1", "lgn", "bkg"), rng=None, groups=1,
                 in_types=False, optional=True, first_id=0, downwards=False):  # fmt: skip
        self.published, self.folder, self.names, self.rng = published, folder, names, rng
        self.groups, self.in_types, self.optional = groups, in_types, optional
        self.first_id, self.downwards = first_id, downwards
        for part in ("network", "components/cell_models", "components/synaptic_models"):
            (folder / part).mkdir(parents=True)

    def write(self):
        data = pickle.loads((self.published / "network_dat.pkl").read_bytes())
        inputs = pickle.loads((self.published / "input_dat.pkl").read_bytes())
        self._cells(data["nodes"])
        self._edges("v1_v1", (self.names[0],) * 2, data["edges"])
        for place, (population, groups) in enumerate(inputs):
            name = self.names[1] if place == 0 else f"{self.names[2]}{place}"
            n = len(population["ids"])
            path = self.folder / f"network/{name}"
            write_nodes(f"{path}_nodes.h5", name, np.full(n, 7), {})
            types_csv(f"{path}_node_types.csv", {"node_type_id": [7], "model_type": ["virtual"]})
            self._edges(f"{name}_v1", (name, self.names[0]), groups)
        files = sorted(path.name[:-9] for path in (self.folder / "network").glob("*_nodes.h5"))
        edges = sorted(path.name[:-9] for path in (self.folder / "network").glob("*_edges.h5"))
        write_config(self.folder, files, edges)
        return self.folder

    def _order(self, n):
        return None if self.rng is None else self.rng.permutation(n)

    def _cells(self, nodes):
        path = self.folder / f"network/{self.names[0]}"
        with h5py.File(self.published / "network/v1_nodes.h5") as file:
            type_ids = file["nodes/v1/node_type_id"][()]
            places = {axis: file[f"nodes/v1/0/{axis}"][()] for axis in "xyz"}
        if self.downwards:
            places["y"] = -places["y"]
        order = self._order(len(type_ids))
        write_nodes(
            f"{path}_nodes.h5", self.names[0], type_ids, places, order=order, groups=self.groups,
            first_id=self.first_id,
        )  # fmt: skip
        rows = (self.published / "network/v1_node_types.csv").read_text().splitlines()[1:]
        ids, _, names = zip(*(row.split() for row in rows), strict=True)
        for number, node in zip(ids, nodes, strict=True):
            params = {name: np.asarray(value).tolist() for name, value in node["params"].items()}
            params["asc_decay"] = params.pop("k")
            cell = self.folder / f"components/cell_models/cell_{number}.json"
            cell.write_text(json.dumps({"V_m": params["E_L"], "asc_init": [0.0, 0.0], **params}))
        types_csv(f"{path}_node_types.csv", {
            "node_type_id": ids, "pop_name": names, "model_type": ["point_neuron"] * len(ids),
            "model_template": ["nest:glif_psc"] * len(ids), "location": ["NULL"] * len(ids),
            "dynamics_params": [f"cell_{number}.json" for number in ids],
        })  # fmt: skip

    def _edges(self, name, ends, groups):
        (source, target, kind, weight), kinds = edge_tables(groups)
        path = self.folder / f"network/{name}"
        columns = {"syn_weight": weight}
        types = {
            "edge_type_id": np.arange(1, len(kinds) + 1) * 10,
            "target_query": ["pop_name=='a b'"] * len(kinds),
            "model_template": ["static_synapse"] * len(kinds),
            "delay": [delay for _, delay in kinds],
            "dynamics_params": [f"port_{port}.json" for port, _ in kinds],
        }
        if self.in_types:
            columns = {}
            first = [weight[kind == number + 1] for number in range(len(kinds))]
            assert all((of_kind == of_kind[0]).all() for of_kind in first)
            types["syn_weight"] = [repr(float(of_kind[0])) for of_kind in first]
        for port in (1, 2, 3, 4):
            model = self.folder / f"components/synaptic_models/port_{port}.json"
            model.write_text(json.dumps({"receptor_type": port}))
        write_edges(
            f"{path}_edges.h5", f"{ends[0]}_to_{ends[1]}", ends, (source, target, kind * 10),
            columns, order=self._order(len(source)), groups=self.groups, optional=self.optional,
        )  # fmt: skip
        types_csv(f"{path}_edge_types.csv", types, self.rng)


CELL = {
    "V_m": -70.0, "V_th": -45.0, "E_L": -70.0, "V_reset": -71.0, "g": 5.0, "C_m": 60.0,
    "t_ref": 2.0, "asc_init": [0.0, 0.0], "asc_decay": [0.003, 0.1], "asc_amps": [-10.0, -100.0],
}  # fmt: skip


class Small:
    """Three cells, two LGN units and as many background sources as wanted, to be changed at will.

    Edges: cell 0 to 1 and 1 to 2; unit 0 to 0 and unit 1 to 2; each background source to each cell.

    Attributes:
        cell: parameters of the cells; `templates`, of each of the three.
        types: columns of the table of types of edges, of each population of edges.
        columns: columns of numbers in the file, of each population of edges.
        synapses: what each synapse model says.
        nodes: columns of numbers of the cells.
    """

    def __init__(self, folder, n_background=1):
        self.folder, self.n_background = folder, n_background
        self.cell = {**CELL, "tau_syn": [5.5, 8.5]}
        self.templates = ["nest:glif_psc"] * 3
        self.nodes = {"x": [0.0, 30.0, 60.0], "y": [100.0, 200.0, 300.0], "z": [0.0, 0.0, 10.0]}
        self.more_node_types = {"pop_name": ["e23Cux2", "i4Pvalb", "e5IT"]}
        self.types, self.columns = {}, {}
        for name in ("v1_v1", "lgn_v1", "bkg_v1"):
            self.types[name] = {
                "edge_type_id": [100, 101], "model_template": ["static_synapse"] * 2,
                "delay": [1.0, 2.5], "dynamics_params": ["a.json", "b.json"],
            }  # fmt: skip
        self.columns["v1_v1"] = {"syn_weight": [2.0, -3.0]}
        self.columns["lgn_v1"] = {"syn_weight": [4.0, 5.0]}
        self.columns["bkg_v1"] = {"syn_weight": np.arange(1.0, 3 * n_background + 1)}
        self.synapses = {"a.json": {"receptor_type": 1}, "b.json": {"receptor_type": 2}}
        self.config = {}

    def rows(self, name):
        if name == "bkg_v1":
            source, target = np.divmod(np.arange(3 * self.n_background), 3)
            return source, target, np.full(len(source), 100)
        ends = {"v1_v1": ([0, 1], [1, 2]), "lgn_v1": ([0, 1], [0, 2])}[name]
        return *map(np.array, ends), np.array([100, 101])

    def write(self):
        network, components = self.folder / "network", self.folder / "components"
        for part in (network, components / "cell_models", components / "synaptic_models"):
            part.mkdir(parents=True, exist_ok=True)
        (components / "cell_models/cell.json").write_text(json.dumps(self.cell))
        for name, content in self.synapses.items():
            (components / "synaptic_models" / name).write_text(json.dumps(content))
        write_nodes(network / "v1_nodes.h5", "v1", [1, 2, 3], self.nodes)
        types_csv(network / "v1_node_types.csv", {
            "node_type_id": [1, 2, 3], "model_type": ["point_neuron"] * 3,
            "model_template": self.templates, "dynamics_params": ["cell.json"] * 3,
            **self.more_node_types,
        })  # fmt: skip
        for name, n in (("lgn", 2), ("bkg", self.n_background)):
            write_nodes(network / f"{name}_nodes.h5", name, np.full(n, 1), {})
            virtual = {"node_type_id": [1], "model_type": ["virtual"]}
            types_csv(network / f"{name}_node_types.csv", virtual)
        for name in self.types:
            ends = name.split("_")
            write_edges(network / f"{name}_edges.h5", "_to_".join(ends), ends, self.rows(name),
                        self.columns[name])  # fmt: skip
            types_csv(network / f"{name}_edge_types.csv", self.types[name])
        write_config(self.folder, ["v1", "lgn", "bkg"], [*self.types], **self.config)
        return self.folder
