"""What a SONATA file may say in several ways, and what is refused or left out by name."""

import json
import shutil

import numpy as np
import pytest
import sonata_files

from keras_v1_activity import v1


@pytest.fixture
def small(tmp_path):
    return sonata_files.Small(tmp_path / "net")


def load(small, **settings):
    return v1.load_network(small.write(), **settings)


def test_the_small_network(small):
    network = load(small)
    assert network.recurrent.source.tolist() == [0, 1]
    assert network.recurrent.target.tolist() == [1, 2]
    assert network.recurrent.receptor.tolist() == [0, 1]
    assert network.recurrent.weight.tolist() == [2.0, -3.0]
    assert network.recurrent.delay.tolist() == [1.0, 2.5]
    assert network.inputs.weight.tolist() == [4.0, 5.0]
    assert network.background_weights.tolist() == [[1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0]]
    assert network.parameters.tau_syn[0].tolist() == [5.5, 8.5, 8.5, 8.5]
    assert network.parameters.V_reset.tolist() == [-71.0] * 3
    assert network.background is None and network.tuning_angles is None


def test_a_row_goes_before_its_type(small):
    small.types["v1_v1"] |= {"syn_weight": [9.0, 9.0], "delay": ["NULL", 2.0], "nsyns": [2, 3]}
    small.columns["v1_v1"] |= {"delay": [4.0, 3.0]}
    network = load(small)
    assert network.recurrent.weight.tolist() == [4.0, -9.0]
    assert network.recurrent.delay.tolist() == [4.0, 3.0]


def test_weights_of_types_and_numbers_of_synapses_of_rows(small):
    small.types["v1_v1"] |= {"syn_weight": [1.5, -2.0]}
    small.columns["v1_v1"] = {"nsyns": np.array([3, 5], np.uint32)}
    assert load(small).recurrent.weight.tolist() == [4.5, -10.0]


RULES = {
    "weight_function_recurrent": lambda w, n, d, factor: w,
    "DirectionRule_others": lambda w, n, d, factor: w * n * np.exp(-((d / 50.0) ** 2)),
    "DirectionRule_EE": lambda w, n, d, factor: w * n * np.exp(-((d / 50.0) ** 2)) * factor,
}


@pytest.mark.parametrize("rule", RULES)
def test_rules_of_weights(small, rule):
    small.nodes["tuning_angle"] = [350.0, 20.0, 215.0]
    small.columns["v1_v1"] |= {"nsyns": [2, 4]}
    small.types["v1_v1"] |= {"weight_function": [rule] * 2, "weight_sigma": [50.0] * 2}
    network = load(small)
    for place, (source, target, apart) in enumerate([(0, 1, 30.0), (1, 2, 165.0)]):
        angle = network.tuning_angles[target]
        dx, dz = (getattr(network, a)[target] - getattr(network, a)[source] for a in "xz")
        radians = angle * np.pi / 180
        shift = 0.07 * dx * np.cos(radians) + 0.04 * dz * np.sin(radians)
        to_axis = {20.0: 20.0, 215.0: 35.0}[float(angle)]
        along = np.exp(-(shift**2) / 2) * (5.5 / 4 - 11 / 1680 * to_axis)
        weight, nsyns = [(2.0, 2), (-3.0, 4)][place]
        expected = RULES[rule](weight, nsyns, apart, along)
        np.testing.assert_allclose(network.recurrent.weight[place], expected, rtol=1e-6)


def test_edges_of_several_files_and_populations(small):
    folder = small.write()
    path = folder / "network/more_edges.h5"
    ends = (np.array([2]), np.array([0]), np.array([101]))
    sonata_files.write_edges(path, "v1_back", ("v1", "v1"), ends, {"syn_weight": [7.0]})
    shutil.copy(folder / "network/v1_v1_edge_types.csv", folder / "network/more_edge_types.csv")
    sonata_files.write_config(folder, ["v1", "lgn", "bkg"], [*small.types, "more"])
    network = v1.load_network(folder)
    assert network.recurrent.source.tolist() == [2, 0, 1]
    assert network.recurrent.weight.tolist() == [7.0, 2.0, -3.0]


def test_cells_of_other_kinds_are_left_out_with_their_edges(small, caplog):
    small.templates[1] = "nest:iaf_psc_alpha"
    with caplog.at_level("INFO", "keras_v1_activity"):
        network = load(small)
    assert network.node_ids.tolist() == [0, 2] and len(network.recurrent) == 0
    assert network.inputs.target.tolist() == [0, 1]
    assert "1 node of 'nest:iaf_psc_alpha' of v1 left out" in caplog.text


def test_depth(small):
    small.nodes["y"] = [-100.0, -200.0, -300.0]
    assert load(small).y.tolist() == [100.0, 200.0, 300.0]
    small.nodes["y"] = [-100.0, 200.0, 300.0]
    with pytest.raises(ValueError, match="goes from -100 to 300 um.*say depth='y' or depth='-y'"):
        load(small)
    assert load(small, depth="-y").y.tolist() == [100.0, -200.0, -300.0]
    assert load(small, depth="y").y.tolist() == [-100.0, 200.0, 300.0]


def test_background_sources_that_fire_on_their_own(tmp_path):
    small = sonata_files.Small(tmp_path / "net", n_background=2)
    network = load(small)
    assert not network.background_weights.any() and network.background_rate == 250.0
    assert network.background.source.tolist() == [0, 1, 0, 1, 0, 1]
    assert network.background.target.tolist() == [0, 0, 1, 1, 2, 2]
    assert network.background.weight.tolist() == [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
    small.config = {"inputs": {"b": {"node_set": {"population": "bkg"}, "firing_rate": 90.0}}}
    assert load(small).background_rate == 90.0
    assert load(small, background_rate=10.0).background_rate == 10.0
    summed = load(small, background="summed")
    assert summed.background is None
    assert summed.background_weights[:, 0].tolist() == [5.0, 7.0, 9.0]


def double_alpha(small, **more):
    small.templates = ["nest:glif_psc_double_alpha"] * 3
    small.cell = {**sonata_files.CELL, "tau_syn_fast": [1.0, 2.0], "tau_syn_slow": [3.0, 6.0],
                  "amp_slow": [0.5, 0.25], **more}  # fmt: skip


def test_double_alpha_with_few_time_constants_is_exact(small):
    double_alpha(small)
    network = load(small)
    assert network.parameters.tau_syn[0].tolist() == [1.0, 2.0, 3.0, 6.0]
    acting = network.recurrent.by_receptor()
    assert acting.weight.reshape(2, 4).tolist() == [[2.0, 0, 1.0, 0], [0, -3.0, 0, -0.75]]
    assert network.recurrent.weight.tolist() == [2.0, -3.0]
    assert network.background_weights.tolist() == [[w, 0, w / 2, 0] for w in (1, 2, 3)]


def test_double_alpha_by_a_table_of_factors(small):
    double_alpha(small, tau_syn_fast=[1.0, 2.1], tau_syn_slow=[3.3, 6.0])
    folder = small.write()
    rows = "connection_name,w0,w1,w2,w3\nb,0.1,0.2,0.3,-0.4\na,1,0.5,0.25,0\n"
    (folder / "components/basis_function_weights.csv").write_text(rows)
    network = v1.load_network(folder)
    assert network.parameters.tau_syn[0].tolist() == [0.98959, 1.88019, 3.62896, 5.6534]
    np.testing.assert_allclose(
        network.recurrent.by_receptor().weight.reshape(2, 4),
        [[2.0, 1.0, 0.5, 0.0], [-0.3, -0.6, -0.9, 1.2]], rtol=1e-6,
    )  # fmt: skip


def test_double_alpha_with_many_time_constants_is_fitted_and_says_how_well(small, caplog):
    double_alpha(small, tau_syn_fast=[1.0, 2.1], tau_syn_slow=[3.3, 6.0], amp_slow=[0.5, 0.2])
    small.cell |= {"tau_syn_fast": [1.2, 2.1, 1.9], "tau_syn_slow": [3.3, 5.0, 4.1],
                   "amp_slow": [0.5, 0.2, 0.3]}  # fmt: skip
    network = load(small)
    assert "time constants of (0.98959, 1.88019, 3.62896, 5.6534) ms, to" in caplog.text
    t = np.arange(0, 60, 0.1)[:, None]

    def alpha(tau):
        return t / tau * np.exp(1 - t / tau)

    wanted = -3.0 * (alpha(2.1) + 0.2 * alpha(5.0))[:, 0]
    found = alpha(network.parameters.tau_syn[0]) @ network.recurrent.by_receptor().weight[4:8]
    assert np.abs(found - wanted).max() < 0.01 * np.abs(wanted).max()


def write_cell(small, **changes):
    small.cell |= changes


REFUSED = [
    (lambda s: s.cell.pop("V_th"), "cell.json must hold V_th, a number; got 'nothing'"),
    (lambda s: write_cell(s, V_th=-80.0), "V_th must be above E_L"),
    (lambda s: s.synapses.pop("a.json"), "names 'a.json', which is in none of"),
    (lambda s: s.synapses.update({"a.json": {}}), "a.json names no receptor_type"),
    (lambda s: s.synapses.update({"a.json": {"receptor_type": 3}}),
     "a.json names the port 3, but its target cell.json has 2 in tau_syn"),
    (lambda s: s.types["v1_v1"].pop("delay"), "the edges v1_to_v1 have no delay"),
    (lambda s: s.columns["v1_v1"].clear(), "the edges v1_to_v1 have no syn_weight"),
    (lambda s: s.types["v1_v1"].update(weight_function=["Magic"] * 2),
     "the weight_function 'Magic' is not known here"),
    (lambda s: s.types["v1_v1"].update(weight_function=["DirectionRule_others"] * 2,
                                       weight_sigma=[1.0] * 2), "needs the tuning_angle"),
    (lambda s: s.types["v1_v1"].update(edge_type_id=[100, 7]),
     "has no row for the edge_type_id 101 of v1_v1_edges.h5"),
    (lambda s: s.cell.update(tau_syn=[1.0, 2.0, 3.0, 4.0, 5.0]), "has 5 different time constants"),
    (lambda s: s.cell.pop("tau_syn"), "has no tau_syn, and there is no table of the factors"),
    (lambda s: s.templates.__setitem__(slice(None), ["nest:iaf_psc_delta"] * 3),
     "no node of v1 has a model_template that is read here"),
]  # fmt: skip


@pytest.mark.parametrize("change, sentence", REFUSED, ids=[s[:30] for _, s in REFUSED])
def test_what_is_refused_by_name(small, change, sentence):
    change(small)
    with pytest.raises(ValueError) as error:
        load(small)
    assert sentence in str(error.value) and "\n" not in str(error.value)


def test_several_inputs_are_asked_for(small):
    folder = small.write()
    for name in ("left", "right"):
        for part in ("nodes.h5", "node_types.csv"):
            path = folder / f"network/{name}_{part}"
            shutil.copy(folder / f"network/lgn_{part}", path)
        sonata_files.write_nodes(folder / f"network/{name}_nodes.h5", name, [1, 1, 1], {})
    sonata_files.write_config(folder, ["v1", "left", "right"], ["v1_v1"])
    with pytest.raises(ValueError, match="several populations of sources, .*lgn_population='left'"):
        v1.load_network(folder)
    assert v1.load_network(folder, lgn_population="right").n_input == 3
    with pytest.raises(ValueError, match="lgn_population must be one of .*; got 'up'"):
        v1.load_network(folder, lgn_population="up")


def test_configurations_that_refer_to_each_other(small):
    folder = small.write()
    (folder / "config.json").rename(folder / "circuit.json")
    outer = {"manifest": {"$HERE": "."}, "network": "$HERE/circuit.json", "simulation": None}
    (folder / "config.json").write_text(json.dumps(outer))
    assert len(v1.load_network(folder).recurrent) == 2


def test_tables_are_kept_for_the_next_time(small, tmp_path, monkeypatch):
    from keras_v1_activity.v1.network import table_cache

    monkeypatch.setattr(table_cache, "SMALLEST_SOURCES", 0)
    cache = tmp_path / "kept"
    first = load(small, cache=cache)
    assert len(list(cache.iterdir())) == 2
    again = load(small, cache=cache)
    assert len(list(cache.iterdir())) == 2
    np.testing.assert_array_equal(again.recurrent.weight, first.recurrent.weight)
    small.columns["v1_v1"]["syn_weight"][0] = 8.0
    assert load(small, cache=cache).recurrent.weight[0] == 8.0
    load(small, cache=cache, background="independent")
    assert len(list(cache.iterdir())) > 3
