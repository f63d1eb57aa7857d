"""load_network against a loader in plain loops, and files that must be refused."""

import csv
import io
import os
import pickle
import shutil
import sys

import h5py
import numpy as np
import pytest

from keras_v1_activity import v1
from keras_v1_activity.v1.network.selection import find_readout_groups, select_neurons
from keras_v1_activity.v1.network.unpickle import load_plain_data

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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("net") / "GLIF_network")


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def choose_in_loops(x, z, n, core_only, connected, seed):
    """The published selection: node ids in ascending order."""
    r = np.sqrt(x**2 + z**2)
    if connected:
        return sorted(int(i) for i in np.argsort(r)[:n])
    ids = [i for i in range(len(r)) if r[i] < 400 or not core_only]
    if n is not None:
        ids = np.random.RandomState(seed).choice(ids, n, replace=False)
    return sorted(int(i) for i in ids)


def synapses_in_loops(groups, source_of, index_of):
    """(row, source, weight, delay) of each kept edge, in file order."""
    found = []
    for group in groups:
        params = group["params"]
        for i, (s, t) in enumerate(zip(group["source"], group["target"], strict=True)):
            if t in index_of and s in source_of:
                weight = np.float32(params["weight"] if np.ndim(params["weight"]) == 0
                                    else params["weight"][i])  # fmt: skip
                delay = params["delay"] if np.ndim(params["delay"]) == 0 else params["delay"][i]
                row = index_of[t] * 4 + params["receptor_type"] - 1
                found.append((row, source_of[s], weight, delay))
    return found


SELECTIONS = [
    dict(n_neurons=None, core_only=True, connected_selection=False),
    dict(n_neurons=None, core_only=False, connected_selection=False),
    dict(n_neurons=25, core_only=True, connected_selection=False),
    dict(n_neurons=25, core_only=False, connected_selection=False),
    dict(n_neurons=25, core_only=True, connected_selection=True),
]


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("n_input", [None, 12])
def test_agrees_with_a_loader_in_loops(folder, selection, n_input, published):
    net = v1.load_network(
        folder, n_input=n_input, seed=7, published_delay_order=published, **selection
    )
    network = pickle.loads((folder / "network_dat.pkl").read_bytes())
    inputs = pickle.loads((folder / "input_dat.pkl").read_bytes())
    with h5py.File(folder / "network/v1_nodes.h5") as file:
        x, y, z = (file[f"nodes/v1/0/{axis}"][:] for axis in "xyz")
        types = file["nodes/v1/node_type_id"][:] - 500
    ids = choose_in_loops(
        x, z, selection["n_neurons"], selection["core_only"], selection["connected_selection"], 7
    )
    index_of = {node: i for i, node in enumerate(ids)}

    assert net.node_ids.tolist() == ids
    np.testing.assert_array_equal(net.y, y[ids])
    assert net.node_types.tolist() == types[ids].tolist()
    assert net.populations.names_per_neuron().tolist() == [TYPES[t] for t in types[ids]]
    np.testing.assert_array_equal(net.parameters.V_th, -45.0 - types[ids])
    assert net.parameters.tau_syn.shape == (len(ids), 4)

    edges = synapses_in_loops(network["edges"], index_of, index_of)
    ordered = sorted(edges, key=lambda e: e[:2])
    delays = [e[3] for e in (edges if published else ordered)]
    assert net.recurrent.row.tolist() == [e[0] for e in ordered]
    assert net.recurrent.source.tolist() == [e[1] for e in ordered]
    assert net.recurrent.weight.tolist() == [e[2] for e in ordered]
    assert net.recurrent.delay.tolist() == delays

    channels = range(N_LGN)
    if n_input is not None:
        channels = np.random.RandomState(7).choice(n_input, size=N_LGN)
    assert net.input_channel_of.tolist() == list(channels)
    lgn = synapses_in_loops(inputs[0][1], dict(enumerate(channels)), index_of)
    if n_input is not None:
        merged = {}
        for row, channel, weight, _ in lgn:
            merged[row, channel] = merged.get((row, channel), 0.0) + float(weight)
        lgn = [(*key, weight) for key, weight in merged.items()]
    lgn.sort(key=lambda e: e[:2])
    assert net.n_input == (n_input or N_LGN)
    assert net.inputs.row.tolist() == [e[0] for e in lgn]
    assert net.inputs.source.tolist() == [e[1] for e in lgn]
    np.testing.assert_allclose(net.inputs.weight, [e[2] for e in lgn], rtol=1e-6)
    assert not net.inputs.delay.any()

    background = np.zeros((len(ids), 4))
    for _, groups in inputs[1:]:
        for row, _, weight, _ in synapses_in_loops(groups, {0: 0}, index_of):
            background[row // 4, row % 4] += weight
    np.testing.assert_allclose(net.background_weights, background, rtol=1e-6)
    assert background[:, 1].any() and background[:, 0].any()


def test_two_synapses_of_one_pair_keep_their_delays(folder):
    net = v1.load_network(folder, core_only=False)
    pair = net.recurrent.row * net.n_neurons + net.recurrent.source
    assert (np.diff(pair) >= 0).all() and (np.diff(pair) == 0).any()


def test_readout_groups_agree_with_loops():
    rng = np.random.default_rng(0)
    n = 4500
    x, z, y = rng.uniform(-400, 400, n), rng.uniform(-400, 400, n), rng.uniform(450, 700, n)
    layer = np.where(y < 500, "4", np.where(y < 660, "5", "6"))
    kind = np.where(rng.random(n) < 0.8, "e", "i")
    names = [f"{k}{d}{'Pvalb' if k == 'i' else 'Rbp4'}" for k, d in zip(kind, layer, strict=True)]
    groups = find_readout_groups(x, y, z, v1_populations(names), 16, seed=3)
    layer_5 = [i for i in range(n) if layer[i] == "5"]
    top, bottom = min(y[layer_5]), max(y[layer_5])
    centres = [(0, 0), (100, -110), (-100, -110), (-100, 110), (100, 110), (0, 260), (180, 230),
               (-180, 230), (270, 95), (-270, 95), (270, -95), (-270, -95), (180, -230),
               (-180, -230), (0, -260)]  # fmt: skip
    expected = {}
    for number, (cx, cz) in enumerate(centres):
        near = [
            i
            for i in range(n)
            if kind[i] == "e"
            and top < y[i] < bottom
            and (x[i] - cx) ** 2 + (z[i] - cz) ** 2 + (y[i] - (top + bottom) / 2) ** 2 < 55**2
        ]
        if len(near) >= 16:
            expected[number] = sorted(np.random.RandomState(3).choice(near, 16, replace=False))
    assert 3 <= len(expected) < 15, "the test should see groups present and groups missing"
    assert {k: g.tolist() for k, g in groups.items()} == expected


def v1_populations(names):
    from keras_v1_activity.activity.populations import Populations

    return Populations.from_names(names)


def test_missing_groups_are_named(folder):
    net = v1.load_network(folder)
    with pytest.raises(ValueError, match="readout='linear'"):
        net.class_groups(10)


def test_too_many_neurons():
    x, z = np.array([0.0, 100.0, 500.0]), np.zeros(3)
    with pytest.raises(ValueError, match="only 2 of the folder's 3.*core_only=False"):
        select_neurons(x, z, 3)
    with pytest.raises(ValueError, match="n_neurons=4, but the folder holds 3 neurons"):
        select_neurons(x, z, 4, core_only=False)
    with pytest.raises(ValueError, match="at least 1"):
        select_neurons(x, z, 0)


def test_too_many_channels(folder):
    with pytest.raises(ValueError, match="n_input must lie between 1 and 40"):
        v1.load_network(folder, n_input=41)


@pytest.mark.parametrize(
    "name",
    ["network_dat.pkl", "input_dat.pkl", "network/v1_nodes.h5", "network/v1_node_types.csv"],
)
def test_missing_and_truncated_files_are_named(copy, name):
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=os.path.basename(name)):
        v1.load_network(copy)
    (copy / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"{os.path.basename(name)} is missing"):
        v1.load_network(copy)


def test_positions_missing(copy):
    with h5py.File(copy / "network/v1_nodes.h5", "a") as file:
        del file["nodes/v1/0/y"]
    with pytest.raises(ValueError, match="v1_nodes.h5 has no neuron positions"):
        v1.load_network(copy)


def test_edges_beyond_the_network(copy):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    data["edges"][1]["target"][5] = N_NODES
    dump(copy / "network_dat.pkl", data)
    with pytest.raises(ValueError, match="network_dat.pkl: edge group 1 names cell 60"):
        v1.load_network(copy)


def test_wrong_layout(copy):
    dump(copy / "network_dat.pkl", {"edges": []})
    with pytest.raises(ValueError, match="network_dat.pkl is not laid out as"):
        v1.load_network(copy)


CELL_FAULTS = [
    ("V_th", "high", r"node type 1: V_th must hold numbers; got 'high'"),
    ("V_th", float("nan"), r"V_th must be a finite number; .* 1 of 3 node types, .* node type 1"),
    ("V_th", -70.0, r"V_th must be above E_L \(mV\); .* node type 1 with -70.0"),
    ("C_m", 0.0, "C_m must be above 0 pF"),
    ("g", -1.0, "g must be above 0 nS"),
    ("tau_syn", [5.5, 0.0, 2.8, 5.8], "tau_syn must be above 0 ms"),
    ("t_ref", -1.0, "t_ref must be 0 ms or more"),
    ("asc_amps", [float("inf"), 0.0], "asc_amps must be a finite number"),
    ("k", [0.1, 0.2, 0.3], "node type 1: k must hold 2 numbers; got 3"),
]


@pytest.mark.parametrize("name, value, message", CELL_FAULTS)
def test_cells_that_cannot_be(copy, name, value, message):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    data["nodes"][1]["params"] = PARAMETERS | {name: value}
    dump(copy / "network_dat.pkl", data)
    with pytest.raises(ValueError, match=f"network_dat.pkl: {message}"):
        v1.load_network(copy)


EDGE_FAULTS = [
    ("weight", "x", "edge group 1: weight must hold numbers; got 'x'"),
    ("weight", 10**400, "edge group 1: weight must hold numbers; got 1000"),
    ("weight", np.ones(7), "edge group 1: weight must .* each of the 300 edges; got 7"),
    ("weight", np.array([np.nan] + [1.0] * 299), "weight must be .* 1 of .* edge group 1 with nan"),
    ("weight", 1e300, "weight must be a finite number of pA.* in edge group 1 with inf"),
    ("delay", -5.0, "delay must be .* 0 ms or more; .* in edge group 1 with -5.0"),
    ("receptor_type", "x", "edge group 1: receptor_type must hold numbers; got 'x'"),
    ("receptor_type", 5, "edge group 1: receptor_type must be 1 to 4; got 5"),
    ("receptor_type", 1.5, "edge group 1: receptor_type must be 1 to 4; got 1.5"),
]


@pytest.mark.parametrize("name, value, message", EDGE_FAULTS)
@pytest.mark.parametrize("file", ["network_dat.pkl", "input_dat.pkl"])
def test_synapses_that_cannot_be(copy, file, name, value, message):
    data = pickle.loads((copy / file).read_bytes())
    edges = data["edges"] if file.startswith("network") else data[0][1]
    edges[1]["params"][name] = value
    dump(copy / file, data)
    with pytest.raises(ValueError, match=f"{file}: {message}"):
        v1.load_network(copy, core_only=False)


@pytest.mark.parametrize(
    "end, ids, message",
    [
        ("source", np.arange(299) % 60, "edge group 1 has 299 sources but 300 targets"),
        ("source", np.ones(300), "edge group 1: source must hold whole numbers"),
        ("target", np.full(300, -1), "edge group 1 names cell -1 as target"),
    ],
)
def test_ends_of_edges(copy, end, ids, message):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    data["edges"][1][end] = ids
    dump(copy / "network_dat.pkl", data)
    with pytest.raises(ValueError, match=f"network_dat.pkl: {message}"):
        v1.load_network(copy)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda ids: -1 - ids, "do not name the same 60 neurons"),
        (lambda ids: ids[:1].repeat(len(ids)), "leaves 19 neurons without"),
        (lambda ids: list("abc"), "ids of node type 0 must hold whole numbers"),
    ],
)
def test_ids_of_node_types(copy, change, message):
    data = pickle.loads((copy / "network_dat.pkl").read_bytes())
    data["nodes"][0]["ids"] = change(data["nodes"][0]["ids"])
    dump(copy / "network_dat.pkl", data)
    with pytest.raises(ValueError, match=f"network_dat.pkl.* {message}"):
        v1.load_network(copy)


@pytest.mark.parametrize("content", [[], {}, "abc", 5, [1], [[{"ids": [1]}, 5]], [[5, []]]])
@pytest.mark.parametrize("name", ["network_dat.pkl", "input_dat.pkl"])
def test_other_containers(copy, name, content):
    dump(copy / name, content)
    with pytest.raises(ValueError, match=f"{name} (is not laid out as|and .* do not name)"):
        v1.load_network(copy)


@pytest.mark.parametrize(
    "x, message",
    [
        (np.array([b"a"] * N_NODES), "/nodes/v1/0/x must be a list of numbers"),
        (None, "/nodes/v1/0/x must be a list of numbers"),
        (3.0, "/nodes/v1/0/x must be a list of numbers"),
        (np.zeros(7), "give each one x, y, z"),
        (np.full(N_NODES, np.nan), "x must be a finite number of um; .* 60 of 60 neurons"),
    ],
)
def test_positions_of_another_kind(copy, x, message):
    with h5py.File(copy / "network/v1_nodes.h5", "a") as file:
        del file["nodes/v1/0/x"]
        if x is None:
            file.create_group("nodes/v1/0/x")
        else:
            file["nodes/v1/0/x"] = x
    with pytest.raises(ValueError, match=f"v1_nodes.h5.* {message}"):
        v1.load_network(copy)


def test_node_types_that_are_no_text(copy):
    (copy / "network/v1_node_types.csv").write_bytes(bytes(range(128, 256)))
    with pytest.raises(ValueError, match="v1_node_types.csv is damaged or no table"):
        v1.load_network(copy)


@pytest.mark.parametrize("name", ["n_neurons", "n_input", "neurons_per_output", "seed"])
@pytest.mark.parametrize("value", ["a", "100", [5], 2.5, 50.0, True, -1])
def test_arguments_that_are_no_counts(folder, name, value):
    with pytest.raises(ValueError, match=f"^{name} must be a whole number of at least"):
        v1.load_network(folder, **{name: value})


def test_other_wrong_arguments(folder):
    with pytest.raises(ValueError, match="seed must be at most 4294967295"):
        v1.load_network(folder, seed=2**32)
    for path in (None, 5):
        with pytest.raises(ValueError, match=f"path must be the GLIF_network folder; got {path}"):
            v1.load_network(path)
    assert v1.load_network(folder, n_neurons=np.int64(5)).n_neurons == 5


def test_a_network_prints_on_one_line(folder):
    network = v1.load_network(folder, n_neurons=25, core_only=False)
    n = len(network.recurrent)
    assert repr(network).startswith(f"V1Network(25 neurons, {n} recurrent and ")
    assert str(folder) in repr(network)
    assert repr(network.recurrent) == f"Synapses({n} from 25 sources to 25 neurons)"
    assert repr(network.parameters) == "Glif3Parameters(25 neurons)"


def test_target_rates_in_either_unit(copy):
    rates_hz = np.array([30.0, 0.5, 4.0])
    for content in (rates_hz / 1000.0, rates_hz):
        dump(copy / "garrett_firing_rates.pkl", content)
        np.testing.assert_allclose(v1.load_network(copy).target_rates, [0.5, 4.0, 30.0], rtol=1e-6)


def test_noise_samples(copy):
    savemat = pytest.importorskip("scipy.io").savemat
    savemat(copy / "additive_noise.mat", {"additive_noise": np.array([[0.5, -1.0, 2.0]])})
    assert v1.load_network(copy).noise_samples.tolist() == [0.5, -1.0, 2.0]
    (copy / "additive_noise.mat").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="additive_noise.mat holds no readable variable"):
        v1.load_network(copy)


def test_noise_without_scipy(copy, monkeypatch):
    (copy / "additive_noise.mat").write_bytes(b"nonsense")
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        v1.load_network(copy)


# --- the safe unpickler ---

PLAIN = {
    "text": "Zürich", "bytes": b"\x00\xff", "none": None, "flags": (True, False),
    "set": {1, 2}, "frozen": frozenset([3]), "big": 10**30, "complex": 1 + 2j,
    "list": [1, 2.5, [3]], "empty": b"", "array of bytes": bytearray(b"ab"),
    "arrays": [
        np.arange(6, dtype=np.int32).reshape(2, 3), np.asfortranarray(np.eye(3)[:, :2]),
        np.array([], np.float32), np.array(["e5", "i23Pvalb"]), np.array([True]),
        np.arange(3, dtype=">i8"), np.array(5.0), np.arange(10)[::2],
        np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2), np.arange(2000.0),
    ],
    "objects": np.array([np.arange(2), "x", None], dtype=object),
    "scalars": [np.float64(1.5), np.int16(3), np.bool_(True), np.str_("a")],
}  # fmt: skip


def assert_same(a, b):
    if isinstance(b, dict):
        assert list(a) == list(b)
        for key in b:
            assert_same(a[key], b[key])
    elif isinstance(b, (list, tuple)) or (isinstance(b, np.ndarray) and b.dtype == object):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_same(one, other)
    else:
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("core", [b"numpy.core", b"numpy._core"])
def test_plain_data_of_every_protocol(tmp_path, protocol, core):
    content = pickle.dumps(PLAIN, protocol=protocol)
    if protocol < 4:  # names are plain text there
        content = content.replace(b"numpy._core", b"numpy.core").replace(b"numpy.core", core)
    (tmp_path / "a.pkl").write_bytes(content)
    assert_same(load_plain_data(tmp_path / "a.pkl"), pickle.loads(content))


class Payload:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def malicious(mark):
    write = f"open({str(mark)!r}, 'w').close()"
    return {
        "posix.system|nt.system": Payload(os.system, f"echo > {mark}"),
        "builtins.exec": Payload(exec, write),
        "builtins.eval": Payload(eval, write),
        "builtins.open|_?io.open": Payload(open, str(mark), "w"),
        "builtins.getattr": Payload(getattr, "text", "upper"),
        "numpy.fromfile|numpy._core.multiarray.fromfile": Payload(np.fromfile, "/etc/hostname"),
        "numpy.save|numpy.lib.*save": Payload(np.save, str(mark), np.arange(3)),
        "builtins.__import__": Payload(__import__, "os"),
    }


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("wrap", ["alone", "in an object array", "in a list"])
def test_code_is_refused_by_name_and_not_run(copy, tmp_path, number, protocol, wrap):
    mark = tmp_path / "was_run"
    name, payload = list(malicious(mark).items())[number]
    if wrap == "in an object array":
        array = np.empty(1, object)
        array[0] = payload
        payload = {"nodes": array}
    elif wrap == "in a list":
        payload = {"edges": [1, [payload]]}
    dump(copy / "network_dat.pkl", payload, protocol)
    with pytest.raises(
        ValueError, match=rf"network_dat.pkl asks for (__builtin__.\w+|{name}), .*was not run"
    ):
        v1.load_network(copy)
    assert not list(tmp_path.glob("was_run*"))


def test_the_payloads_would_work(tmp_path):
    """Otherwise the test above proves nothing."""
    mark = tmp_path / "was_run"
    pickle.loads(pickle.dumps(malicious(mark)["builtins.exec"]))
    assert mark.exists()


def hand_written(*lines):
    return b"".join(lines) + b"."


@pytest.mark.parametrize(
    "content",
    [
        hand_written(b"cnumpy.f2py\ncompile\n"),
        hand_written(b"cnumpy\nload\n"),
        hand_written(b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.dump\x93"),
        hand_written(b"\x80\x04\x8c\x08builtins\x8c\x0bdict.update\x93"),
        hand_written(b"\x80\x04\x8c\x1akeras_v1_activity.v1.folder\x8c\x02os\x93"),
        hand_written(b"cbuiltins\ngetattr\n(cnumpy\nndarray\nS'tofile'\ntR"),
        hand_written(b"(S'echo'\nios\nsystem\n"),
        hand_written(b"ccopyreg\n_reconstructor\n"),
        hand_written(b"Pan_identifier\n"),
    ],
)
def test_hand_written_pickles_are_refused(tmp_path, content):
    (tmp_path / "a.pkl").write_bytes(content)
    with pytest.raises(ValueError, match="a.pkl (asks for|is damaged)"):
        load_plain_data(tmp_path / "a.pkl")


def test_arrays_cannot_lie_about_holding_pointers(tmp_path):
    """A dtype state that hides object fields would let raw bytes pass for pointers."""
    structured = np.array([(1, "x")], dtype=[("a", "i4"), ("b", "O")])
    dump(tmp_path / "a.pkl", structured)
    with pytest.raises(ValueError, match="structured|'V"):
        load_plain_data(tmp_path / "a.pkl")
    # An object array whose state is bytes instead of a list.
    text = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        b"(I1\n(I1\ntcnumpy\ndtype\n(S'O8'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntb"
        b"I00\nS'AAAAAAAA'\ntb."
    )
    (tmp_path / "a.pkl").write_bytes(text)
    with pytest.raises(ValueError, match="a.pkl"):
        load_plain_data(tmp_path / "a.pkl")


class State:
    """Pickles as an array with a state of one's own."""

    def __init__(self, *state):
        self.state = (1, *state)

    def __reduce__(self):
        return np.arange(1).__reduce__()[0], (np.ndarray, (0,), b"b"), self.state


@pytest.mark.parametrize(
    "state",
    [
        ((2,), np.dtype("O"), False, [1]),
        ((2,), np.dtype("f8"), False, b"12345678"),
        ((1,), np.dtype("f8"), False, b"12345678" * 2),
        ((1,), np.dtype("f8"), False, [1]),
        ((-1,), np.dtype("O"), False, [1]),
        ((2**40, 2**40), np.dtype("f8"), False, b""),
        ((10**9,), np.dtype("U0"), False, b""),
        ((1,), "O", False, [1]),
    ],
)
def test_arrays_are_as_long_as_their_shape(tmp_path, state):
    dump(tmp_path / "a.pkl", State(*state))
    with pytest.raises(ValueError, match="a.pkl asks for"):
        load_plain_data(tmp_path / "a.pkl")


def test_no_array_lies_over_the_memory_of_another(tmp_path):
    class View:
        def __init__(self, owner):
            self.owner = owner

        def __reduce__(self):
            frombuffer = np.arange(1).__reduce_ex__(5)[0]
            return frombuffer, (self.owner, np.dtype("u8"), (2,), "C")

    class Number(View):
        def __reduce__(self):
            return np.float64(1).__reduce__()[0], (np.dtype("u8"), self.owner)

    for kind in (View, Number):
        for owner in (np.array([1000001, "x"], object), np.arange(2)):
            dump(tmp_path / "a.pkl", [owner, kind(owner)])
            with pytest.raises(ValueError, match="the memory of other objects"):
                load_plain_data(tmp_path / "a.pkl")
    owner = bytearray(range(16))
    dump(tmp_path / "a.pkl", [owner, View(owner)], 5)
    owner, array = load_plain_data(tmp_path / "a.pkl")
    owner[:] = bytes(16)
    assert array.tobytes() == bytes(range(16))


@pytest.mark.parametrize("state", [b"}Vevil\nK\x01s", b"N}Vevil\nK\x01s\x86"])
def test_a_file_cannot_change_the_reader(tmp_path, state):
    for name in (b"numpy\ndtype", b"numpy\nndarray", b"builtins\nbytes", b"_codecs\nencode"):
        (tmp_path / "a.pkl").write_bytes(b"\x80\x02c" + name + b"\n" + state + b"b.")
        with pytest.raises(ValueError, match="asks for a change of the reader"):
            load_plain_data(tmp_path / "a.pkl")


@pytest.mark.parametrize("name", [b"bytes", b"bytearray"])
def test_a_short_file_cannot_ask_for_gigabytes(tmp_path, name):
    (tmp_path / "a.pkl").write_bytes(b"cbuiltins\n" + name + b"\n(I3000000000\ntR.")
    with pytest.raises(ValueError, match="bytes made of int"):
        load_plain_data(tmp_path / "a.pkl")


def test_reading_is_not_a_plain_load(tmp_path):
    """Sanity of the whole: a refused global stays refused when it comes late in the file."""
    buffer = io.BytesIO()
    pickle.dump([np.arange(1000), csv.reader], buffer)
    (tmp_path / "a.pkl").write_bytes(buffer.getvalue())
    with pytest.raises(ValueError, match="_csv.reader"):
        load_plain_data(tmp_path / "a.pkl")
