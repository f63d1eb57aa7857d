"""What the cortical plane shows, read back, against computing it another way."""

import h5py
import numpy as np
import pytest
from activities import trials
from comparison_cases import hz, without_places
from drawn import words
from matplotlib.collections import PathCollection
from scipy.stats import binned_statistic_2d
from written_networks import copy_of_network

from keras_v1_activity import v1
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import comparison


def test_spatial_activity_has_each_firing_neuron_where_it_lies_in_the_colour_of_its_rate():
    a = trials()[0]
    figure = comparison.spatial_activity(a, window_ms=(50, 200))
    rates = hz(a, 50, 200)
    dots = figure.handles["plane"].image
    assert isinstance(dots, PathCollection)
    x, _, z = a.neurons.positions.astype(float).T
    drawn = np.column_stack([np.asarray(dots.get_offsets()), np.asarray(dots.get_array())])
    expected = np.column_stack([x, z, rates])[rates > 0]
    np.testing.assert_allclose(drawn[np.lexsort(drawn.T)], expected[np.lexsort(expected.T)])
    readout = a.neurons.readout_neurons
    np.testing.assert_allclose(figure.handles["readout"].get_xydata(), np.c_[x, z][readout])
    axes = figure.handles["plane"].axes
    assert axes.get_aspect() == 1.0 and axes.get_xlabel() == "x (µm)"
    assert "50 to 200 ms" in words(figure) and "true 3" in words(figure)


def test_a_network_brings_the_places_that_its_folder_holds(tmp_path):
    copy_of_network(tmp_path / "net")
    network = v1.load_network(tmp_path / "net", n_neurons=100)
    with h5py.File(tmp_path / "net/network/v1_nodes.h5") as file:
        stored = np.stack([file[f"nodes/v1/0/{name}"][()] for name in "xyz"], axis=1)
    expected = stored[network.node_ids]
    np.testing.assert_allclose(network.neurons.positions, expected, rtol=1e-6)
    a = Activity.from_dense(np.eye(100), neurons=network.neurons)
    plane = comparison.spatial_activity(a).handles["plane"]
    drawn = np.asarray(plane.image.get_offsets())
    np.testing.assert_allclose(
        np.sort(drawn, axis=0), np.sort(expected[:, [0, 2]], axis=0), rtol=1e-6
    )


def test_many_neurons_are_averaged_in_square_bins():
    a = trials(6000, 1)[0]
    figure = comparison.spatial_activity(a)
    plane = figure.handles["plane"]
    left, right, bottom, top = plane.image.get_extent()
    rows, columns = plane.image.get_array().shape
    assert (right - left) / columns == pytest.approx(plane.bin_um)
    assert (top - bottom) / rows == pytest.approx(plane.bin_um)
    x, _, z = a.neurons.positions.astype(float).T
    expected = binned_statistic_2d(
        z, x, hz(a), bins=[rows, columns], range=[[bottom, top], [left, right]]
    ).statistic
    drawn = np.ma.filled(plane.image.get_array().astype(float), np.nan)
    np.testing.assert_allclose(drawn, expected)


@pytest.mark.parametrize("draw", [comparison.spatial_activity, comparison.animate])
def test_a_plane_without_positions_is_refused_in_one_sentence(draw, tmp_path):
    given = (without_places(trials()[0]), tmp_path / "a.gif")
    with pytest.raises(ValueError, match="the positions of the neurons are not known: log with"):
        draw(*given[: 2 if draw is comparison.animate else 1])
