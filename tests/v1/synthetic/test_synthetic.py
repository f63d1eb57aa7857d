"""The synthetic network against the published format, the measured tables and its own equations."""

import csv
import json
import pickle

import h5py
import numpy as np
import pytest

from keras_v1_activity import v1
from keras_v1_activity.activity import facts
from keras_v1_activity.v1.synthetic.calibration import standard_trial
from keras_v1_activity.v1.synthetic.cells import make_cells
from keras_v1_activity.v1.synthetic.glif3_numpy import Glif3Simulation, SimulatedTrial
from keras_v1_activity.v1.synthetic.wiring import connect_recurrent

N = 2000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("synthetic") / "GLIF_network"
    return v1.write_synthetic_network(path, N, seed=3)


@pytest.fixture(scope="module")
def network(folder):
    return v1.load_network(folder)


def plain(folder, name):
    return pickle.loads((folder / name).read_bytes())


def bars(angle, phase=0.0):
    """An image (100, 174) of broad bars at `angle` degrees."""
    row, column = np.mgrid[:100, :174]
    along = row * np.cos(np.radians(angle)) + column * np.sin(np.radians(angle))
    return (np.sin(2 * np.pi * along / 40.0 + phase) > 0.6).astype(float)


def simulate(net, trials, spiking, seed):
    """Spikes (trial, time, neuron) by the equations of Chen et al. 2022, with scipy's products.

    `trials` are lists of (steps, probability per LGN channel).
    """
    sparse = pytest.importorskip("scipy.sparse")
    p, rng, n = net.parameters, np.random.default_rng(seed), net.n_neurons
    s = p.V_th - p.E_L
    syn = net.recurrent

    def matrix(table, keep):
        weight = table.weight[keep] / s[table.target[keep]]
        shape = (4 * n, table.n_sources)
        return sparse.csr_matrix((weight, (table.row[keep], table.source[keep])), shape=shape)

    by_delay = {d: matrix(syn, syn.delay == d) for d in range(1, 6)}
    w_in = matrix(net.inputs, slice(None))
    w_background = (10 * net.background_weights / s[:, None]).reshape(-1, 1)
    tau = p.tau_syn.reshape(-1, 1)
    decay_syn, decay_asc = np.exp(-1 / tau), np.exp(-p.k)
    decay_m = np.exp(-p.g / p.C_m)[:, None]
    factor = (1 - decay_m) / p.g[:, None]
    reset = ((p.V_reset - p.V_th) / s)[:, None]
    amps = (p.asc_amps / s[:, None])[:, :, None]
    k = len(trials)
    v = np.tile(((p.V_reset - p.E_L) / s)[:, None], (1, k))
    r, asc = np.zeros((n, k)), np.zeros((n, 2, k))
    rise, psc = np.zeros((4 * n, k)), np.zeros((4 * n, k))
    stimulus = [np.repeat([q for _, q in t], [m for m, _ in t], axis=0) for t in trials]
    spikes = np.zeros((len(stimulus[0]), n, k))
    for t in range(len(stimulus[0])):
        probability = np.stack([stim[t] for stim in stimulus], 1)
        x = rng.random(probability.shape) < probability if spiking else 1.3 * probability
        noise = (rng.random((10, k)) < 0.1).sum(0) / 10
        i = w_in @ x.astype(float) + w_background * noise
        for d, w in by_delay.items():
            if t >= d:
                i += w @ spikes[t - d]
        z = spikes[t - 1] if t else np.zeros((n, k))
        total = psc.reshape(n, 4, k).sum(1) + asc.sum(1)
        v = v * decay_m + factor * total + z * reset
        psc = psc * decay_syn + decay_syn * rise
        rise = rise * decay_syn + i * np.e / tau
        r = np.maximum(r + z * p.t_ref[:, None] - 1, 0)
        asc = asc * decay_asc[:, :, None] + z[:, None] * amps
        spikes[t] = (v > 1) & ~(r > 0)
    return spikes.transpose(2, 0, 1)


def standard(image):
    return list(standard_trial(image).segments)


@pytest.fixture(scope="module")
def responses(network):
    """Spikes of 12 trials: 4 orientations of bars, 3 trials each; by input kind."""
    images = [bars(angle) for angle in (0, 45, 90, 135) for _ in range(3)]
    trials = [standard(image) for image in images]
    return {spiking: simulate(network, trials, spiking, seed=11) for spiking in (False, True)}


# --- the format ---


def test_files_are_as_published(folder):
    network = plain(folder, "network_dat.pkl")
    assert set(network) == {"nodes", "edges"}
    ids = np.concatenate([node["ids"] for node in network["nodes"]])
    assert sorted(ids) == list(range(N))
    for node in network["nodes"]:
        assert isinstance(node["ids"], np.ndarray) and node["ids"].dtype.kind == "i"
        params = node["params"]
        for name in ("V_th", "E_L", "V_reset", "g", "C_m", "t_ref"):
            assert isinstance(params[name], float)
        assert np.shape(params["k"]) == np.shape(params["asc_amps"]) == (2,)
        assert list(params["tau_syn"]) == [5.5, 8.5, 2.8, 5.8]
    for edge in network["edges"]:
        assert set(edge) == {"source", "target", "params"}
        params = edge["params"]
        assert params["receptor_type"] in (1, 2, 3, 4)
        assert params["delay"] in (1.0, 2.0, 3.0, 4.0, 5.0)
        assert len(edge["source"]) == len(edge["target"]) == len(params["weight"]) > 0
        assert edge["source"].dtype.kind == "i" and params["weight"].dtype.kind == "f"
    (lgn, lgn_edges), (background, background_edges) = plain(folder, "input_dat.pkl")
    assert list(lgn["ids"]) == list(range(17_400)) and len(lgn["spikes"]) == 17_400
    assert list(background["ids"]) == [0] and len(background["spikes"]) == 1
    assert all((edge["source"] == 0).all() for edge in background_edges)
    assert {edge["params"]["receptor_type"] for edge in lgn_edges} == {1, 3}


def test_pickles_name_modules_that_numpy_1_has(folder):
    for name in ("network_dat.pkl", "input_dat.pkl", "garrett_firing_rates.pkl"):
        assert b"numpy._core" not in (folder / name).read_bytes()


def test_node_files_are_as_published(folder, network):
    with open(folder / "network/v1_node_types.csv") as file:
        rows = list(csv.DictReader(file, delimiter=" "))
    type_ids = np.array([int(row["node_type_id"]) for row in rows])
    assert len(rows) == len(plain(folder, "network_dat.pkl")["nodes"])
    assert len(set(type_ids)) == len(type_ids)
    with h5py.File(folder / "network/v1_nodes.h5") as file:
        assert (file["nodes/v1/node_id"][:] == np.arange(N)).all()
        assert (file["nodes/v1/node_type_id"][:] == type_ids[network.node_types]).all()
    variants = {}
    for row in rows:
        variants[row["pop_name"]] = variants.get(row["pop_name"], 0) + 1
    assert set(variants) == {row["pop_name"] for row in facts.table("populations")}
    assert all(2 <= count <= 5 for count in variants.values())


def test_recorded_rates_are_per_ms(folder, network):
    recorded = [float(r["mean_rate_hz"]) for r in facts.table("neuropixels_rates")
                if r["mean_rate_hz"]]  # fmt: skip
    np.testing.assert_allclose(network.target_rates, np.sort(recorded), rtol=1e-5)
    assert plain(folder, "garrett_firing_rates.pkl").max() < 1.0


def test_cells_lie_where_measured(network):
    assert (np.hypot(network.x, network.z) < 400).all()
    names = network.populations.names_per_neuron()
    rows = facts.table("populations")
    in_core = sum(int(row["n_core_radius_400um"]) for row in rows)
    for row in rows:
        depth = network.y[names == row["pop_name"]]
        assert (depth >= float(row["depth_top_um"])).all()
        assert (depth <= float(row["depth_bottom_um"])).all()
        share = int(row["n_core_radius_400um"]) / in_core
        assert abs(len(depth) - share * N) < 2 + 0.02 * share * N
    # Even density over the disc: half of the cells lie within radius / sqrt(2).
    assert abs((np.hypot(network.x, network.z) < 400 / np.sqrt(2)).mean() - 0.5) < 0.05


def test_signs_and_receptors_follow_the_source(network):
    excitatory = np.array([name[0] == "e" for name in network.populations.names_per_neuron()])
    syn = network.recurrent
    assert ((syn.weight > 0) == excitatory[syn.source]).all()
    expected = 2 * ~excitatory[syn.target] + ~excitatory[syn.source]
    assert (syn.receptor == expected).all()
    assert (network.inputs.weight > 0).all() and (network.background_weights >= 0).all()
    assert (syn.source != syn.target).all()
    assert len(np.unique(syn.row * N + syn.source)) == len(syn)


def test_delays_grow_with_distance(network):
    syn = network.recurrent
    assert set(np.unique(syn.delay)) == {1.0, 2.0, 3.0, 4.0, 5.0}
    distance = np.sqrt(
        sum(
            (axis[syn.source] - axis[syn.target]) ** 2 for axis in (network.x, network.y, network.z)
        )
    )
    means = [distance[syn.delay == delay].mean() for delay in range(1, 6)]
    assert means == sorted(means)


# --- connectivity ---


@pytest.fixture(scope="module")
def thousands():
    cells = make_cells(6000, np.random.default_rng(0))
    return cells, connect_recurrent(cells, np.random.default_rng(1))


def test_mean_in_degree(network, thousands):
    assert len(network.recurrent) / N == pytest.approx(84.5, rel=0.05)
    # 2.54 million synapses at 10,000 neurons, 169,000 at 2,000: a power law between.
    expected = 84.5 * 3 ** (np.log(254 / 84.5) / np.log(5))
    assert len(thousands[1]) / 6000 == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("pre,post,sigma", [("e23Cux2", "e23Cux2", 127.0),
                                            ("e6Ntsr1", "e6Ntsr1", 127.0),
                                            ("e23Cux2", "i4Pvalb", 99.84)])  # fmt: skip
def test_probability_falls_with_distance_as_measured(thousands, pre, post, sigma):
    cells, syn = thousands
    a, b = (cells.population == cells.population_names.index(name) for name in (pre, post))
    sources, targets = np.flatnonzero(a), np.flatnonzero(b)
    distance = np.hypot(
        cells.x[sources][:, None] - cells.x[targets], cells.z[sources][:, None] - cells.z[targets]
    )
    connected = np.zeros((cells.n_neurons, cells.n_neurons), bool)
    connected[syn.source, syn.target] = True
    connected = connected[np.ix_(sources, targets)]
    edges = np.array([0, 60, 120, 180, 240, 300])
    place = np.digitize(distance, edges) - 1
    use = (place < 5) & (distance > 0)
    pairs = np.bincount(place[use], minlength=5)
    found = np.bincount(place[use], connected[use], minlength=5)
    law = np.bincount(place[use], np.exp(-(distance[use] ** 2) / (2 * sigma**2)), minlength=5)
    expected = law * found.sum() / law.sum()
    assert (pairs > 500).all()
    assert (np.abs(found - expected) < 4 * np.sqrt(expected) + 0.02 * expected).all()


def test_ratios_of_probabilities_follow_the_table(thousands):
    cells, syn = thousands
    peak = {row["pre"]: row for row in facts.table("connection_probability_max")}

    def connections(pre, post):
        number = [cells.population_names.index(name) for name in (pre, post)]
        a, b = (cells.population == i for i in number)
        return (a[syn.source] & b[syn.target]).sum() / (a.sum() * b.sum())

    ratio = connections("e23Cux2", "e23Cux2") / connections("e6Ntsr1", "e23Cux2")
    table = float(peak["L2/3_Exc"]["L2/3_Exc"]) / float(peak["L6_Exc"]["L2/3_Exc"])
    assert ratio > 0.4 * table  # few of the latter are expected, so their count scatters
    ratio = connections("e23Cux2", "e23Cux2") / connections("e23Cux2", "e5IT")
    table = float(peak["L2/3_Exc"]["L2/3_Exc"]) / float(peak["L2/3_Exc"]["L5_IT"])
    assert ratio == pytest.approx(table, rel=0.15)


def test_lgn_fields_are_retinotopic_and_elongated(network):
    syn = network.inputs
    row, column = np.divmod(syn.source, 174)
    n = np.bincount(syn.target, minlength=N)
    assert 85 < n.mean() < 130
    centre = [
        np.bincount(syn.target, axis, minlength=N) / np.maximum(n, 1) for axis in (row, column)
    ]
    many = n > 60
    assert np.corrcoef(centre[1][many], network.x[many])[0, 1] > 0.98
    assert np.corrcoef(centre[0][many], network.z[many])[0, 1] > 0.98
    spreads = []
    for neuron in np.flatnonzero(many & (np.hypot(network.x, network.z) < 250))[::20]:
        own = syn.target == neuron
        spread = np.linalg.eigvalsh(np.cov(np.stack([row[own], column[own]])))
        spreads.append(np.sqrt(spread))
    assert np.median([s[1] / s[0] for s in spreads]) > 1.5
    names = network.populations.names_per_neuron()
    assert n[names == "e4Rorb"].mean() > n[names == "e23Cux2"].mean() > n[names == "i23Vip"].mean()


# --- activity, by a simulation of its own ---


def population_rates(network, spikes):
    rates = spikes.mean((0, 1)) * 1000.0
    summed = np.bincount(network.populations.index, rates)
    return summed / network.populations.counts


@pytest.mark.parametrize("spiking", [False, True])
def test_rates_lie_near_the_recorded_ones(network, responses, spiking):
    rates = population_rates(network, responses[spiking])
    for member, count, rate in zip(
        network.populations.members, network.populations.counts, rates, strict=True
    ):
        if count >= 50:
            assert 0.5 <= rate <= 15.0, (member.name, rate)
            goal = np.clip(member.recorded_rate_hz, 1.0, 12.0)
            assert goal / 2.5 < rate < goal * 2.5, (member.name, rate)


def test_our_simulation_gives_the_same_rates(network, responses):
    simulation = Glif3Simulation(
        network.parameters, network.recurrent, network.inputs, network.background_weights
    )
    images = [bars(angle) for angle in (0, 45, 90, 135) for _ in range(3)]
    counts = simulation.run(
        [SimulatedTrial(tuple(standard(image))) for image in images], seed=5
    ).counts()
    rates = np.bincount(network.populations.index, counts.mean(0) / 0.6)
    rates /= network.populations.counts
    large = network.populations.counts >= 50
    truth = population_rates(network, responses[False])
    np.testing.assert_allclose(rates[large], truth[large], rtol=0.4)


def test_activity_is_irregular(network, responses):
    """Neurons fire irregularly, and no step of 1 ms holds a large part of them."""
    for spikes in responses.values():
        late = spikes[:, 100:]
        assert late.mean(2).max() < 0.12
        active = late.sum(1) >= 4
        trial, neuron = np.nonzero(active)
        cv = []
        for t, i in list(zip(trial, neuron, strict=True))[::5]:
            intervals = np.diff(np.flatnonzero(late[t, :, i]))
            cv.append(intervals.std() / intervals.mean())
        assert np.median(cv) > 0.4


@pytest.mark.parametrize("spiking", [False, True])
def test_images_change_responses(network, responses, spiking):
    names = network.populations.names_per_neuron()
    layer_4 = np.array([name.startswith("e4") for name in names])
    counts = responses[spiking][:, 50:200][:, :, layer_4].sum(1)
    label = np.repeat(np.arange(4), 3)
    correlation = np.corrcoef(counts)
    same = (label[:, None] == label) & ~np.eye(12, dtype=bool)
    different = label[:, None] != label
    assert correlation[same].min() > correlation[different].max() + 0.1


@pytest.mark.parametrize("spiking", [False, True])
def test_a_linear_readout_tells_images_apart(responses, spiking):
    """Ridge regression on two trials of each image predicts the third."""
    counts = responses[spiking][:, 50:200].sum(1).astype(float)
    label, trial = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    right = 0
    for held_out in range(3):
        train = trial != held_out
        mean = counts[train].mean(0)
        features = counts[train] - mean
        kernel = features @ features.T + 10.0 * np.eye(train.sum())
        alpha = np.linalg.solve(kernel, np.eye(4)[label[train]])
        scores = (counts[~train] - mean) @ features.T @ alpha
        right += (scores.argmax(1) == label[~train]).sum()
    assert right >= 11


# --- the writer's manners ---


def test_same_seed_same_network(tmp_path):
    folders = [v1.write_synthetic_network(tmp_path / name, 200, seed=1) for name in "ab"]
    one, same = [v1.load_network(folder) for folder in folders]
    for name in ("source", "target", "weight", "delay", "receptor"):
        for table in ("recurrent", "inputs"):
            a, b = (getattr(getattr(net, table), name) for net in (one, same))
            assert a.tobytes() == b.tobytes()
    assert one.background_weights.tobytes() == same.background_weights.tobytes()
    assert one.x.tobytes() == same.x.tobytes()


def test_another_seed_another_network():
    one, other = (make_cells(300, np.random.default_rng(seed)) for seed in (1, 2))
    assert (one.x != other.x).all()


def test_existing_folders_are_respected(tmp_path):
    path = tmp_path / "net"
    lines = []
    v1.write_synthetic_network(path, 200, progress=lines.append)
    assert any("calibrating" in line for line in lines)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        v1.write_synthetic_network(path, 200)
    v1.write_synthetic_network(path, 210, overwrite=True)
    assert v1.load_network(path).n_neurons == 210
    (path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="notes.txt"):
        v1.write_synthetic_network(path, 200, overwrite=True)
    (path / "notes.txt").unlink()
    (path / "synthetic.json").unlink()
    with pytest.raises(FileExistsError, match="was not written by"):
        v1.write_synthetic_network(path, 200, overwrite=True)
    assert v1.load_network(path).n_neurons == 210
    assert [p.name for p in tmp_path.iterdir()] == ["net"]


def test_a_linked_folder_is_replaced_where_it_lies(tmp_path):
    path, link = tmp_path / "net", tmp_path / "link"
    v1.write_synthetic_network(path, 200)
    link.symlink_to(path, target_is_directory=True)
    v1.write_synthetic_network(link, 201, overwrite=True)
    assert link.is_symlink() and v1.load_network(path).n_neurons == 201
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "net"]


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupt(line):
        if line.startswith("writing"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        v1.write_synthetic_network(tmp_path / "net", 200, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_marker_tells_what_was_written(folder, network):
    marker = json.loads((folder / "synthetic.json").read_text())
    assert marker["n_neurons"] == N and marker["seed"] == 3
    assert marker["recurrent_synapses"] == len(network.recurrent)


@pytest.mark.parametrize("n_neurons", [0, -5, 150, 2000.5, True, "many", None])
def test_wrong_sizes(tmp_path, n_neurons):
    with pytest.raises(ValueError, match="n_neurons must be a whole number of at least 200"):
        v1.write_synthetic_network(tmp_path / "net", n_neurons)


@pytest.mark.parametrize("seed", [-1, 0.5, "a"])
def test_wrong_seeds(tmp_path, seed):
    with pytest.raises(ValueError, match="seed must be a whole number"):
        v1.write_synthetic_network(tmp_path / "net", 200, seed)


def test_larger_networks_widen_the_column():
    cells = make_cells(60_000, np.random.default_rng(0))
    assert cells.radius_um == pytest.approx(400 * np.sqrt(60_000 / 51_978), rel=1e-3)
    assert (np.hypot(cells.x, cells.z) < 400).sum() == pytest.approx(51_978, rel=0.02)


@pytest.mark.parametrize("path", ["file/below", "/proc/nowhere/net", "file/a/b"])
def test_places_where_nothing_can_be_written(tmp_path, path):
    (tmp_path / "file").write_text("mine")
    lines = []
    with pytest.raises(ValueError, match="is no place where a folder can be written"):
        v1.write_synthetic_network(tmp_path / path, 200, progress=lines.append)
    assert lines == [], "told only after the long work"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_other_wrong_arguments(tmp_path):
    for path in (None, 5):
        with pytest.raises(ValueError, match=f"path must be the folder to write; got {path}"):
            v1.write_synthetic_network(path, 200)
    with pytest.raises(ValueError, match="progress must be a function .* got True"):
        v1.write_synthetic_network(tmp_path / "net", 200, progress=True)
