"""A network that bmtk's builder wrote: its tables beside those of bmtk's own trainer, DPointNet."""

import json

import numpy as np
import pytest

from keras_v1_activity import v1

pytest.importorskip("bmtk.simulator.dpointnet")
pytestmark = pytest.mark.filterwarnings("ignore")  # bmtk uses what pandas will change

# bmtk's trainer knows a population by its name once in a process.
CELLS, INPUT = "column_for_reading", "lgn_for_reading"


def build(folder):
    """200 cells of two populations and 30 LGN units; returns the configuration."""
    from bmtk.builder.networks import NetworkBuilder

    rng = np.random.default_rng(5)
    models, synapses = folder / "components/cell_models", folder / "components/synaptic_models"
    for made in (models, synapses):
        made.mkdir(parents=True)
    cells = NetworkBuilder(CELLS)
    for name, n, threshold in (("e23Cux2", 150, -45.0), ("i4Pvalb", 50, -48.0)):
        parameters = {
            "V_th": threshold, "E_L": -72.0, "V_reset": -72.0, "V_m": -72.0, "g": 5.0, "C_m": 60.0,
            "t_ref": 3.0, "asc_decay": [0.003, 0.1], "asc_amps": [-9.0, -80.0],
            "asc_init": [0.0, 0.0], "tau_syn": [5.5, 8.5, 2.8, 5.8],
        }  # fmt: skip
        (models / f"{name}.json").write_text(json.dumps(parameters))
        cells.add_nodes(
            N=n, pop_name=name, ei=name[0], model_type="point_neuron",
            model_template="nest:glif_psc", dynamics_params=f"{name}.json",
            x=rng.uniform(-300, 300, n), y=-rng.uniform(100, 500, n), z=rng.uniform(-99, 99, n),
            tuning_angle=rng.uniform(0, 360, n),
        )  # fmt: skip
    lgn = NetworkBuilder(INPUT)
    lgn.add_nodes(N=30, model_type="virtual", pop_name="lgn")
    joined = ((cells, "e", 12.5, 1.5, 1), (cells, "i", -30.25, 2.5, 4), (lgn, None, 25.1, 1.0, 3))
    for source, ei, weight, delay, port in joined:
        name = f"port_{port}.json"
        (synapses / name).write_text(json.dumps({"receptor_type": port}))
        source.add_edges(
            source=source.nodes(**({"ei": ei} if ei else {})), target=cells.nodes(),
            syn_weight=weight, delay=delay, dynamics_params=name, model_template="static_synapse",
            connection_rule=lambda source, target: int(rng.random() < 0.05),
        )  # fmt: skip
    for network in (cells, lgn):
        network.build()
        network.save(output_dir=str(folder / "network"))
    pairs = {"node": (CELLS, INPUT), "edge": (f"{CELLS}_{CELLS}", f"{INPUT}_{CELLS}")}
    config = {
        "networks": {
            f"{kind}s": [
                {f"{kind}s_file": f"{folder}/network/{name}_{kind}s.h5",
                 f"{kind}_types_file": f"{folder}/network/{name}_{kind}_types.csv"}
                for name in names
            ]
            for kind, names in pairs.items()
        },
        "components": {
            "point_neuron_models_dir": str(models), "synaptic_models_dir": str(synapses)
        },
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    return config


def test_indices_weights_and_delays_equal_those_of_dpointnet(tmp_path):
    from bmtk.simulator.dpointnet.id_maps import TFIDMap
    from bmtk.simulator.dpointnet.network_adaptor import NetworkAdaptor

    config = build(tmp_path)
    network = v1.load_network(tmp_path, core_only=False, depth="-y")
    (cells,), (lgn,) = NetworkAdaptor.from_dict(config["networks"])
    for adaptor in (cells, lgn):
        adaptor.add_components_dirs(config["components"])
    theirs, inputs = cells.to_dict(), lgn.to_dict()
    first = int(TFIDMap().bmtk2tf_id_map(CELLS)[0])  # it counts on over the networks

    kinds = theirs["node_type_ids"]
    for name in ("V_th", "E_L", "V_reset", "g", "C_m", "t_ref", "k", "asc_amps"):
        expected = np.asarray(theirs["node_params"][name])[kinds]
        mine = getattr(network.parameters, name).astype(np.float32)
        np.testing.assert_array_equal(mine, expected, name)
    for synapses, table in ((network.recurrent, theirs["synapses"]), (network.inputs, inputs)):
        order = np.lexsort((synapses.source, synapses.target))
        target, source = np.asarray(table["indices"]).T.astype(int)
        target, source = target - first, source - first * (synapses is network.recurrent)
        other = np.lexsort((source, target))
        assert len(order) == len(other) > 100
        np.testing.assert_array_equal(synapses.target[order], target[other])
        np.testing.assert_array_equal(synapses.source[order], source[other])
        np.testing.assert_array_equal(synapses.weight[order], table["weights"][other])
        if synapses is network.recurrent:
            np.testing.assert_array_equal(synapses.delay[order], table["delays"][other])
    assert sorted(set(network.recurrent.receptor)) == [0, 3]
    nodes = cells.get_nodes_df()
    np.testing.assert_array_equal(network.y, -nodes["y"].to_numpy())
    np.testing.assert_array_equal(network.tuning_angles, nodes["tuning_angle"].to_numpy())
    names = network.populations.names_per_neuron().tolist()
    assert names == nodes["pop_name"].tolist()
