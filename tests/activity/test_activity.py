"""A look is a value: what is wrong is refused, nothing is shared, nothing can be written."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from activities import make_activity

from keras_v1_activity.activity import Activity, BatchView, Neurons, Traces


def sparse(**others):
    """An activity of 4 neurons and 3 time steps from its events."""
    fields = {"spike_steps": [0, 2, 2], "spike_neurons": [1, 0, 3], "n_steps": 3, "n_neurons": 4}
    return Activity(**{**fields, **others})


def whole():
    """One in which everything is recorded."""
    a = make_activity(30, 40, batch=2)
    traces = Traces([5, 2], {"spike": a.spikes()[:, [5, 2]], "psc_1": np.ones((40, 2))})
    return dataclasses.replace(a, traces=traces)


def arrays_of(value):
    """Every array inside a value, however deep, the computed ones too."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from arrays_of(entry)
    elif hasattr(value, "items"):
        yield from arrays_of(list(value.values()))
    elif dataclasses.is_dataclass(value):
        yield from arrays_of([getattr(value, f.name) for f in dataclasses.fields(value)])


def computed(a):
    return [a.spike_times, a.spike_counts, a.rates, a.populations.counts, a.populations.order]


@pytest.mark.parametrize("make_again", [copy.copy, copy.deepcopy, dataclasses.replace])
def test_copies_are_equal_and_as_immutable(make_again):
    a = whole()
    again = make_again(a)
    pairs = list(zip(arrays_of(a), arrays_of(again), strict=True))
    assert len(pairs) > 15
    for old, new in pairs:
        np.testing.assert_array_equal(old, new)
        assert not new.flags.writeable
    assert again.populations.names == a.populations.names
    assert again.population_rates == a.population_rates


def test_a_pickled_look_comes_back_whole_and_read_only():
    a = whole()
    a.rates  # noqa: B018 - what was computed already does not travel
    back = pickle.loads(pickle.dumps(a))
    for old, new in zip(arrays_of(a), arrays_of(back), strict=True):
        np.testing.assert_array_equal(old, new)
        assert not new.flags.writeable
    assert repr(back) == repr(a)


def test_nothing_inside_can_be_written():
    a = whole()
    for array in [*arrays_of(a), *computed(a)]:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1
    with pytest.raises(TypeError):
        a.traces.values["spike"] = None
    with pytest.raises(dataclasses.FrozenInstanceError):
        a.step = 3
    a.population_rates.clear()
    assert a.population_rates


def test_nothing_of_the_caller_is_shared_or_frozen():
    given = {
        "spike_steps": np.array([0, 2], np.int32),
        "spike_neurons": np.array([1, 0], np.int32),
        "voltages": np.zeros((3, 2), np.float32),
        "voltage_neurons": np.array([0, 3]),
        "inputs": np.zeros((3, 5), np.float32),
        "outputs": np.zeros((1, 2), np.float32),
        "confidence": np.zeros(2, np.float32),
    }
    a = Activity(n_steps=3, n_neurons=4, **given)
    before = {name: getattr(a, name).copy() for name in given}
    for name, array in given.items():
        array[...] = 1
        np.testing.assert_array_equal(getattr(a, name), before[name])


def test_lists_are_taken():
    a = sparse(
        voltages=[[-60, -61]] * 3, voltage_neurons=[3, 0], inputs=[[1], [2], [3]],
        outputs=[[0.2, 0.8]], confidence=[0.2, 0.8],
    )  # fmt: skip
    assert a.spikes().tolist() == [[0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]]
    assert a.voltages.dtype == np.float32 and a.voltage_neurons.dtype == np.int64
    assert a.prediction == 1
    assert Activity.from_dense([[0, 1], [1, 0]]).spike_neurons.tolist() == [1, 0]


def test_spikes_in_any_order_are_sorted():
    rng = np.random.default_rng(0)
    dense = rng.random((50, 20)) < 0.2
    steps, neurons = np.nonzero(dense)
    order = rng.permutation(len(steps))
    a = Activity(spike_steps=steps[order], spike_neurons=neurons[order], n_steps=50, n_neurons=20)
    np.testing.assert_array_equal(a.spike_steps, steps)
    np.testing.assert_array_equal(a.spike_neurons, neurons)
    np.testing.assert_array_equal(a.spikes(), dense)


BATCH = dict(samples=[0], labels=[1])
WRONG = [
    (dict(spike_neurons=[1, 0, 4]), "spike_neurons must be neuron ids from 0 to 3; got 4"),
    (dict(spike_neurons=[1, -1, 3]), "spike_neurons must be neuron ids from 0 to 3; got -1"),
    (dict(spike_steps=[0, 2, 3]), "spike_steps must be time steps from 0 to 2; got 3"),
    (
        dict(spike_steps=[0, 2]),
        r"spike_neurons must be an array of shape \(2,\).* got shape \(3,\)",
    ),
    (dict(spike_steps=[0, 2, 0.5]), "spike_steps .* of whole numbers .*; got 0.5"),
    (dict(spike_steps="abc"), "spike_steps must be an array of shape .*; got 'abc'"),
    (dict(spike_neurons=[0, 3, 3]), "each spike once; got neuron 3 twice at time step 2"),
    (dict(dt=0), "dt must be a number above 0.*e.g. 1.0; got 0"),
    (dict(dt=float("nan")), "dt must be a number above 0.*; got nan"),
    (dict(dt="fast"), "dt must be a number above 0.*; got 'fast'"),
    (dict(n_steps=2.5), "n_steps must be a whole number of at least 0.*; got 2.5"),
    (dict(n_neurons=-1), "n_neurons must be a whole number of at least 0.*; got -1"),
    (dict(n_inputs=-1), "n_inputs must be a whole number of at least 0.*; got -1"),
    (dict(step=-1), "step must be a whole number of at least 0.*; got -1"),
    (dict(sample_index=0.5), "sample_index must be a whole number .*; got 0.5"),
    (dict(label=2.5), "label must be a whole number of at least 0.*; got 2.5"),
    (dict(source=3), "source must be text.*; got 3"),
    (dict(voltages=np.zeros((3, 2))), r"voltages must have shape .* = \(3, 0\); got \(3, 2\)"),
    (
        dict(voltages=np.zeros((3, 1)), voltage_neurons=[9]),
        "voltage_neurons must be neuron ids from 0 to 3; got 9",
    ),
    (dict(voltages=[["a"]] * 3, voltage_neurons=[1]), "voltages must be .* of numbers; got"),
    (dict(inputs=np.zeros((2, 5))), r"inputs must be .* \(3, row\); got shape \(2, 5\)"),
    (dict(outputs=[0.5]), r"outputs must be .* \(chunk, output\); got shape \(1,\)"),
    (dict(confidence=[[0.5]]), r"confidence must be .* \(class,\); got shape \(1, 1\)"),
    (dict(confidence=[[0, 1]]), r"confidence must be .* \(class,\); got shape \(1, 2\)"),
    (dict(neurons=["a"] * 4), "neurons must be Neurons, .*; got"),
    (dict(neurons=Neurons.unnamed(5)), "neurons must describe the 4 neurons .*; got 5"),
    (dict(batch=3), "batch must be a BatchView; got 3"),
    (
        dict(batch=BatchView(neurons=[0], spikes=np.zeros((1, 2, 1)), **BATCH)),
        "batch must have 3 time steps.*; got 2",
    ),
    (
        dict(batch=BatchView(neurons=[7], spikes=np.zeros((1, 3, 1)), **BATCH)),
        "neurons of batch must be neuron ids from 0 to 3; got 7",
    ),
    (dict(traces=3), "traces must be Traces; got 3"),
    (dict(traces=Traces([0], {"spike": [[0]]})), "traces must have 3 time steps.*; got 1"),
    (
        dict(traces=Traces([7], {"spike": np.zeros((3, 1))})),
        "neurons of traces must be neuron ids from 0 to 3; got 7",
    ),
]


@pytest.mark.parametrize("wrong, message", WRONG)
def test_what_does_not_fit_is_refused_by_name(wrong, message):
    with pytest.raises(ValueError, match=f"^.*{message}") as refused:
        sparse(**wrong)
    assert "\n" not in str(refused.value) and str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "spikes, message",
    [
        (np.zeros(7), r"spikes must have shape \(time, neuron\); got \(7,\)"),
        (None, "spikes must be an array of numbers .*; got None"),
        ("spikes", "spikes must be an array of numbers .*; got 'spikes'"),
        ([[1], [1, 2]], "spikes must be an array of numbers"),
    ],
)
def test_dense_spikes_that_are_none_are_refused(spikes, message):
    with pytest.raises(ValueError, match=message):
        Activity.from_dense(spikes)


def test_bits_are_checked():
    with pytest.raises(ValueError, match="bits must be uint8.*; got int64"):
        Activity.from_bits([1, 2], 3, 5)
    with pytest.raises(ValueError, match="bits must hold 15 bits .*; got a spike at place 15"):
        Activity.from_bits(np.array([0, 1], np.uint8), 3, 5)


def test_anything_above_0_is_a_spike_and_nan_is_none():
    a = Activity.from_dense([[np.nan, -1.0, 0.0, 0.1, np.inf]])
    assert a.spike_neurons.tolist() == [3, 4]


def test_one_line_says_what_it_is():
    text = repr(whole())
    assert "\n" not in text and "array" not in text
    for part in ("step 200", "30 neurons", "40 ms", "label 3", "predicted 3"):
        assert part in text
    for part in ("voltages of 5 neurons", "input of 400 channels", "traces of 2 neurons"):
        assert part in text
    a = whole()
    assert f"{a.spikes().sum():,} spikes" in text
    assert f"mean rate {a.spikes().mean() * 1000:.2f} Hz" in text
