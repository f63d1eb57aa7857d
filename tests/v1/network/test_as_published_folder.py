"""`load_network(as_published=True)` against the published loader's arithmetic, written here."""

import pickle

import numpy as np
import pytest

from keras_v1_activity import v1


@pytest.fixture(scope="module")
def files(folder):
    """(edge groups among neurons, input populations) of the folder."""
    network = pickle.loads((folder / "network_dat.pkl").read_bytes())
    return network["edges"], pickle.loads((folder / "input_dat.pkl").read_bytes())


def columns_of(groups):
    """Row, source, weight and delay of all edges, in the order of the file."""
    found = []
    for group in groups:
        params, n = group["params"], len(group["source"])
        row = group["target"] * 4 + params["receptor_type"] - 1
        weight, delay = (np.zeros(n) + params[name] for name in ("weight", "delay"))
        found.append((row, group["source"], weight.astype(np.float32), delay.astype(np.float32)))
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def published_order(row, source):
    """Numpy's default sort, which leaves the order of doubled synapses open."""
    return np.argsort(row * (max(row.max(), source.max()) + 1) + source)


def load(folder, **options):
    return v1.load_network(folder, core_only=False, cache=False, **options)


def test_synapses_are_sorted_by_default_and_delays_left_as_read(folder, files):
    network = load(folder, as_published=True)
    row, source, weight, delay = columns_of(files[0])
    order = published_order(row, source)
    np.testing.assert_array_equal(network.recurrent.row, row[order])
    np.testing.assert_array_equal(network.recurrent.source, source[order])
    np.testing.assert_array_equal(network.recurrent.weight, weight[order])
    np.testing.assert_array_equal(network.recurrent.delay, delay)
    assert (delay != delay[order]).any()
    row, source, weight, _ = columns_of(files[1][0][1])
    order = published_order(row, source)
    np.testing.assert_array_equal(network.inputs.row, row[order])
    np.testing.assert_array_equal(network.inputs.source, source[order])
    np.testing.assert_array_equal(network.inputs.weight, weight[order])


def test_of_several_background_synapses_one_is_kept_of_the_first_population(folder, files):
    row, source, weight, _ = columns_of(files[1][1][1])
    kept = np.zeros(240, np.float32)
    for place in published_order(row, source):
        kept[row[place]] = weight[place]
    published, usual = (load(folder, as_published=flag) for flag in (True, False))
    np.testing.assert_array_equal(published.background_weights.reshape(-1), kept)
    assert len(set(row)) < len(row)  # some receptors have several
    # By default all count, those of the other populations too.
    summed = np.zeros(240)
    for _, groups in files[1][1:]:
        row, _, weight, _ = columns_of(groups)
        np.add.at(summed, row, weight)
    np.testing.assert_allclose(usual.background_weights.reshape(-1), summed, rtol=1e-6)


def test_the_choice_of_neurons_and_groups_is_the_same(folder):
    published, usual = (load(folder, n_neurons=25, as_published=flag) for flag in (True, False))
    np.testing.assert_array_equal(published.node_ids, usual.node_ids)
    assert published.readout_groups.keys() == usual.readout_groups.keys()
    assert published.settings["as_published"] and not usual.settings["as_published"]
    assert published.settings["published_delay_order"]


def test_its_tables_are_kept_apart_from_the_usual_ones(folder, tmp_path):
    first, again = (load_kept(folder, tmp_path / "kept", True) for _ in range(2))
    usual = load_kept(folder, tmp_path / "kept", False)
    np.testing.assert_array_equal(first.recurrent.delay, again.recurrent.delay)
    np.testing.assert_array_equal(first.background_weights, again.background_weights)
    assert (first.recurrent.delay != usual.recurrent.delay).any()
    assert (first.background_weights != usual.background_weights).any()


def load_kept(folder, place, as_published):
    return v1.load_network(folder, core_only=False, cache=place, as_published=as_published)
