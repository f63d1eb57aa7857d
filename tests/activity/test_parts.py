"""Populations, neurons, batch views and traces are values too."""

import copy
import pickle

import numpy as np
import pytest

from keras_v1_activity.activity import (
    BatchView,
    Neurons,
    Population,
    Populations,
    Traces,
    describe_population,
)

NAMES = ["i4Pvalb", "e23Cux2", "e23Cux2", "odd", "i1Htr3a"]
POPULATIONS = Populations.from_names(NAMES)


def test_populations_stand_from_the_pia_down_and_unknown_ones_last():
    assert POPULATIONS.names == ("i1Htr3a", "e23Cux2", "i4Pvalb", "odd")
    assert POPULATIONS.names_per_neuron().tolist() == NAMES
    assert POPULATIONS.order.tolist() == [4, 1, 2, 0, 3]
    assert POPULATIONS.row[POPULATIONS.order].tolist() == [0, 1, 2, 3, 4]
    assert POPULATIONS.counts.tolist() == [1, 2, 1, 1]
    assert [POPULATIONS.name_of(i) for i in range(5)] == NAMES


def test_a_name_tells_layer_class_and_sign():
    cell = describe_population("i23Pvalb")
    assert (cell.layer, cell.cell_class, cell.excitatory) == ("2/3", "PV", False)
    assert describe_population("e5IT").excitatory is True
    assert describe_population("odd").excitatory is None


@pytest.mark.parametrize("n, expected", [(0, 0), (3, 3), (9, 5)])
def test_a_spread_has_at_most_as_many_as_there_are(n, expected):
    assert len(set(POPULATIONS.spread(n).tolist())) == expected


WRONG = [
    (lambda: Populations(["e4Rorb"], [0]), "members must be Population objects; got 'e4Rorb'"),
    (lambda: Populations(POPULATIONS.members, [0, 4]), "index must be positions .* 3; got 4"),
    (lambda: Populations.from_names([]), "populations must be one name per neuron"),
    (lambda: Populations.unnamed(2.5), "n_neurons must be a whole number"),
    (lambda: Neurons(NAMES), "populations must be Populations; got"),
    (lambda: Neurons(POPULATIONS, thresholds=[-50]), r"thresholds must be .*\(5,\); got .*\(1,\)"),
    (lambda: Neurons(POPULATIONS, readout_neurons=[5]), "readout_neurons .* from 0 to 4; got 5"),
    (lambda: Neurons(POPULATIONS, readout_neurons=[True] * 5), "readout_neurons .*flatnonzero"),
    (
        lambda: Neurons(POPULATIONS, positions=np.zeros((5, 2))),
        "positions must be x, y, z",
    ),
    (lambda: Traces([1], {"voltage": [[1]]}), r"traces must hold 'spike'; got \['voltage'\]"),
    (lambda: Traces([1], {"spike": [[1, 0]]}), r"the trace of spike must .*\(time, 1\); got .*2\)"),
    (
        lambda: Traces([1], {"spike": [[1]], "voltage": [[1], [2]]}),
        r"the trace of voltage must .*\(1, 1\); got shape \(2, 1\)",
    ),
    (lambda: Traces([-1], {"spike": [[1]]}), "neurons of a trace must be neuron ids.*got -1"),
    (lambda: BatchView([0, 1], [3], [[[1]]], [0, 1]), r"spikes must .*\(2, time, 1\); got"),
    (lambda: BatchView([0], [3], [[[2]]], [0]), "spikes must .* of 0 and 1; got 2"),
    (lambda: BatchView([0], [3], [[[1]]], [0.5]), "labels must .* of whole numbers .*; got 0.5"),
    (lambda: BatchView([-1], [3], [[[1]]], [0]), "samples must be indices from 0 on; got -1"),
    (lambda: BatchView([0], [3], [[[1]]], [0], [[1], [2]]), r"confidences must .*\(1, class\)"),
]


@pytest.mark.parametrize("make, message", WRONG)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def values():
    yield POPULATIONS, lambda p: [p.index, p.counts, p.order, p.row]
    neurons = Neurons(POPULATIONS, [-50.0] * 5, [2, 4], np.ones((5, 3)))
    yield neurons, lambda n: [n.thresholds, n.readout_neurons, n.positions, n.populations.index]
    view = BatchView([0], [3, 1], [[[1, 0]]], [-1], [[0.25, 0.75]])
    yield view, lambda v: [v.samples, v.neurons, v.spikes, v.labels, v.confidences]
    traces = Traces([1], {"psc_1": [[1], [2]], "spike": [[0], [1]]})
    yield traces, lambda t: [t.neurons, *t.values.values()]


@pytest.mark.parametrize("value, arrays", list(values()), ids=lambda part: type(part).__name__)
def test_copies_are_equal_and_nothing_can_be_written(value, arrays):
    for again in (value, copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert repr(again) == repr(value) and "array" not in repr(value)
        for old, new in zip(arrays(value), arrays(again), strict=True):
            np.testing.assert_array_equal(old, new)
            with pytest.raises(ValueError, match="read-only"):
                new[...] = 0


def test_what_was_given_can_be_written_and_is_not_shared():
    thresholds, places = np.zeros(5, np.float32), np.zeros((5, 3), np.float32)
    neurons = Neurons(POPULATIONS, thresholds, positions=places)
    thresholds += 1
    places += 1
    assert not neurons.thresholds.any() and not neurons.positions.any()
    spike = np.zeros((2, 1), np.float32)
    traces = Traces([0], {"spike": spike})
    spike += 1
    assert not traces.values["spike"].any()


def test_traces_stand_in_their_order_and_the_unknown_ones_last():
    values = {"odd": [[1]], "voltage": [[-60]], "spike": [[1]]}
    assert list(Traces([3], values).values) == ["spike", "voltage", "odd"]


def test_predictions_of_a_batch():
    view = BatchView([0, 1], [0], np.zeros((2, 1, 1)), [0, 1], [[0.1, 0.9], [np.nan, 0.5]])
    assert view.predictions.tolist() == [1, -1]
    assert BatchView([0], [0], [[[0]]], [0]).predictions.tolist() == [-1]


def test_the_repr_of_a_population_is_what_stored_digests_were_made_of():
    cell = Population("e4Rorb", "4", "Exc", "#C93C3C", None)
    assert repr(cell) == (
        "Population(name='e4Rorb', layer='4', cell_class='Exc', colour='#C93C3C', "
        "recorded_rate_hz=None)"
    )
