"""Looks as objects of pandas, neo and pynapple."""

import numpy as np
import pytest
from exported_runs import odd_looks, spikes_of

from keras_v1_activity import Activity


@pytest.fixture(params=[(13, 0.5), (1, 1.0)], ids=["13 neurons", "1 neuron"])
def look(request):
    return odd_looks(*request.param)[0]


def test_pandas_has_a_row_for_each_spike(look):
    pytest.importorskip("pandas")
    table = look.to_pandas()
    np.testing.assert_array_equal(table["time_ms"], look.spike_times)
    np.testing.assert_array_equal(table["neuron"], look.spike_neurons)
    names = [look.populations.name_of(neuron) for neuron in look.spike_neurons]
    assert table["population"].tolist() == names
    assert list(table["population"].cat.categories) == list(look.populations.names)


def test_neo_has_every_train_with_what_is_known_of_it(look):
    pytest.importorskip("neo")
    segment = look.to_neo()
    assert segment.annotations["step"] == 100 and segment.annotations["label"] == 7
    assert len(segment.spiketrains) == look.n_neurons
    for neuron, (train, times) in enumerate(
        zip(segment.spiketrains, spikes_of(look).values(), strict=True)
    ):
        np.testing.assert_array_equal(train.rescale("ms").magnitude, times)
        assert train.t_stop.rescale("ms").magnitude == look.duration_ms
        assert train.annotations["neuron"] == neuron
        assert train.annotations["population"] == look.populations.name_of(neuron)
        place = [train.annotations[f"{axis}_um"] for axis in "xyz"]
        assert place == look.neurons.positions[neuron].tolist()
    (signal,) = segment.analogsignals
    np.testing.assert_array_equal(signal.rescale("mV").magnitude, look.voltages)
    assert signal.sampling_period.rescale("ms").magnitude == look.dt
    assert signal.array_annotations["neuron"].tolist() == look.voltage_neurons.tolist()


@pytest.mark.filterwarnings("default")
def test_pynapple_has_every_neuron_with_what_is_known_of_it(look):
    pytest.importorskip("pynapple")
    group = look.to_pynapple()
    for neuron, times in spikes_of(look).items():
        np.testing.assert_allclose(group[neuron].times() * 1000, times, atol=1e-6)
    np.testing.assert_allclose(group.rates, look.rates)
    assert group["population"].tolist() == look.populations.names_per_neuron().tolist()
    assert group["threshold_mv"].tolist() == pytest.approx(look.neurons.thresholds)
    np.testing.assert_allclose(group.time_support.end, look.duration_ms / 1000)


@pytest.mark.filterwarnings("default")
def test_some_neurons_may_be_chosen():
    pytest.importorskip("neo")
    look = odd_looks()[0]
    trains = look.to_neo(neurons=[7, 2]).spiketrains
    assert [train.annotations["neuron"] for train in trains] == [7, 2]
    with pytest.raises(ValueError, match="neurons must be neuron ids from 0 to 12; got 13"):
        look.to_neo(neurons=[13])
    pytest.importorskip("pynapple")
    group = look.to_pynapple(neurons=[7, 2])
    assert group.keys() == [2, 7]
    assert group["population"].tolist() == [look.populations.name_of(i) for i in (2, 7)]


@pytest.mark.filterwarnings("default")
def test_silent_looks_and_looks_without_time():
    pytest.importorskip("neo")
    silent = Activity.from_dense(np.zeros((5, 3)))
    assert len(silent.to_pandas()) == 0 and not len(silent.to_neo().analogsignals)
    assert [len(train) for train in silent.to_neo().spiketrains] == [0, 0, 0]
    potentials = np.full((60, 1), 0.5)
    unitless = Activity.from_dense(np.zeros((60, 1)), voltages=potentials, voltage_neurons=[0])
    assert unitless.to_neo().analogsignals[0].units.dimensionality.string == "dimensionless"
    pytest.importorskip("pynapple")
    assert len(silent.to_pynapple()) == 3
    with pytest.raises(ValueError, match="no length"):
        Activity.from_dense(np.zeros((0, 3))).to_pynapple()
