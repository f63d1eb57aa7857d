"""A layer's output as spikes and voltages, whatever its structure."""

import numpy as np
import pytest

from keras_v1_activity.capture.output import settle_output

S = np.zeros((2, 5, 4))
V = np.ones((2, 5, 4))
STATE = np.zeros((2, 4))


@pytest.mark.parametrize(
    "output",
    [(S, V), [S, V], [(S, V), STATE, STATE], ((S, V), (STATE,)), (S, V, STATE),
     {"spikes": S, "voltages": V}, [{"spikes": S, "voltages": V}, STATE]],
)  # fmt: skip
def test_usual_structures_give_spikes_and_voltages(output):
    spikes, voltages = settle_output(output, "rsnn")
    assert spikes is S and voltages is V


@pytest.mark.parametrize("output", [S, [S], (S, STATE), [S, STATE, STATE], {"spikes": S}])
def test_spikes_alone_have_no_voltages(output):
    spikes, voltages = settle_output(output, "rsnn")
    assert spikes is S and voltages is None


def test_extract_serves_every_other_structure():
    spikes, voltages = settle_output({"a": [V, S]}, "rsnn", lambda out: (out["a"][1], out["a"][0]))
    assert spikes is S and voltages is V
    assert settle_output({"a": S}, "rsnn", lambda out: (out["a"], None))[1] is None


@pytest.mark.parametrize(
    ("output", "shown"),
    [(STATE, "(2, 4)"), ({"z0": S}, "{z0: (2, 5, 4)}"), ([], "[]"), ((STATE, S), "((2, 4), (2")],
)
def test_unusable_output_says_what_came(output, shown):
    with pytest.raises(ValueError, match="batch, time, neuron") as error:
        settle_output(output, "cortex")
    assert "'cortex'" in str(error.value) and shown in str(error.value)


def test_extract_that_returns_something_else():
    with pytest.raises(ValueError, match=r"extract must return .*\(2, 5, 4\), \(2, 5, 4\), None"):
        settle_output(S, "rsnn", lambda out: (out, out, None))


def test_extract_that_fails_says_on_what():
    with pytest.raises(ValueError, match=r"extract failed .*'rsnn'.*\(2, 5, 4\).*KeyError"):
        settle_output({"z": S}, "rsnn", lambda out: out["spikes"])
