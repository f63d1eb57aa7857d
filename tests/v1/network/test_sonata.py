"""The same network as pickles and as SONATA, by a writer that knows nothing of the reader."""

import numpy as np
import pytest
import sonata_files
from oracles import input_currents, simulate_glif3
from published_folders import N_LGN

from keras_v1_activity import v1

SELECTION = {"core_only": False, "seed": 7, "neurons_per_output": 1}
TABLES = ("source", "target", "receptor", "weight", "delay")


@pytest.fixture(scope="module")
def pickled(folder):
    return v1.load_network(folder, **SELECTION)


def assert_same_network(network, other, doubled_may_swap=False):
    """All tables bit for bit; of doubled synapses, if told, only as many of the same."""
    for name in ("x", "y", "z", "node_ids", "input_channel_of", "background_weights"):
        np.testing.assert_array_equal(getattr(network, name), getattr(other, name), name)
    for name, values in vars(other.parameters).items():
        np.testing.assert_array_equal(getattr(network.parameters, name), values, name)
    names = network.populations.names_per_neuron().tolist()
    assert names == other.populations.names_per_neuron().tolist()
    for table in ("recurrent", "inputs"):
        mine, theirs = getattr(network, table), getattr(other, table)
        columns = [[getattr(t, name) for name in TABLES] for t in (mine, theirs)]
        if doubled_may_swap:
            columns = [
                [column[np.lexsort((c[4], c[3], c[0], c[2], c[1]))] for column in c]
                for c in columns
            ]
        for name, one, two in zip(TABLES, *columns, strict=True):
            assert one.dtype == two.dtype
            np.testing.assert_array_equal(one, two, f"{table} {name}")
    assert network.readout_groups.keys() == other.readout_groups.keys()


def test_every_table_equals_that_of_the_pickles(folder, pickled, tmp_path):
    written = sonata_files.Writer(folder, tmp_path / "net").write()
    for path in (written, written / "config.json"):
        network = v1.load_network(path, **SELECTION)
        assert_same_network(network, pickled)
        np.testing.assert_array_equal(network.node_types, pickled.node_types)
    (written / "config.json").unlink()  # the names of the files say as much
    assert_same_network(v1.load_network(written, **SELECTION), pickled)


@pytest.mark.parametrize(
    "form",
    [
        {"rng": np.random.default_rng(3)},
        {"rng": np.random.default_rng(4), "groups": 3},
        {"optional": False},
        {"names": ("cortex", "lgn_units", "bkg_noise"), "downwards": True},
    ],
    ids=["shuffled", "groups", "no groups", "other names"],
)
@pytest.mark.parametrize("selection", [{}, {"n_neurons": 25, "n_input": 12}], ids=["all", "some"])
def test_the_form_of_the_files_does_not_matter(folder, tmp_path, form, selection):
    written = sonata_files.Writer(folder, tmp_path / "net", **form).write()
    network = v1.load_network(written, **SELECTION | selection)
    pickled = v1.load_network(folder, **SELECTION | selection)
    assert_same_network(network, pickled, doubled_may_swap="rng" in form)


def test_ids_that_do_not_start_at_0_are_refused(folder, tmp_path):
    written = sonata_files.Writer(folder, tmp_path / "net", first_id=1).write()
    with pytest.raises(ValueError, match=r"must number the nodes of v1 0, 1, 2, .* \[1, 2, 3, 4\]"):
        v1.load_network(written)


def test_both_fire_alike(folder, pickled, tmp_path):
    """A model of the SONATA files, and the equations with the tables of the pickles."""
    network = v1.load_network(sonata_files.Writer(folder, tmp_path / "net").write(), **SELECTION)
    lgn = np.random.default_rng(0).random((1, 30, N_LGN), np.float32) * 400
    model = v1.create_model(
        network, seq_len=30, n_output=2, chunk_ms=30, readout="linear", noise=False
    )
    spikes, _ = model.get_layer("rsnn")(model.get_layer("input_layer")(lgn))
    p, table = pickled.parameters, pickled.recurrent
    truth, _ = simulate_glif3(p, table, input_currents(pickled, lgn[0]))
    assert truth.sum() > 20
    np.testing.assert_array_equal(spikes[0] > 0, truth)
