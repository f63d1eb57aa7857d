"""What the figure of tuning draws, read back from its artists."""

import dataclasses

import numpy as np
import pytest
from activities import make_activity
from drawn import handles_of, words_of
from tunings import DIRECTIONS, tuned

from keras_v1_activity import measures
from keras_v1_activity.activity import Tuning


def curve_of(container):
    """(angles, rates, half lengths of the error bars) of a container of error bars."""
    line, _, (bars,) = container
    errors = [np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()]
    return line.get_xdata(), line.get_ydata(), np.array(errors)


def test_curves_are_means_and_standard_errors_over_neurons_and_trials():
    a = tuned(2000)
    handles, names = handles_of("tuning", a), a.populations.names_per_neuron()
    assert len(handles["curves"]) == 20
    for name in ("e23Cux2", "i5Pvalb"):
        angles, means, errors = curve_of(handles["curves"][name])
        rates = a.tuning.counts[:, :, names == name].reshape(8, -1) / 0.5
        np.testing.assert_allclose(angles, [*DIRECTIONS, 360])
        np.testing.assert_allclose(means[:8], rates.mean(axis=1))
        sem = rates.std(axis=1, ddof=1) / np.sqrt(rates.shape[1])
        np.testing.assert_allclose(errors[:8], sem, rtol=1e-6)
        assert means[8] == means[0]
        wave = np.exp(2j * np.radians(DIRECTIONS))
        preferred = np.degrees(np.angle(means[:8] @ wave) / 2)
        off = np.radians(handles["preferred"][name] - preferred)
        assert np.cos(2 * off) == pytest.approx(1)


def test_a_made_network_shows_what_it_was_made_with():
    n = 64
    off = np.radians(DIRECTIONS[:, None] - np.arange(n) % 8 * 45.0)
    counts = np.rint(100 * (1 + np.cos(2 * off)) + 20 * (1 + np.cos(off)))
    tuning = Tuning(DIRECTIONS, counts[:, None].repeat(2, axis=1), counted_ms=500)
    handles = handles_of("tuning", dataclasses.replace(make_activity(n), tuning=tuning))
    np.testing.assert_allclose(handles["directions"], np.arange(n) % 8 * 45.0, atol=1e-6)
    assert handles["osi"]["all"] == pytest.approx(50 / 120, abs=0.01)
    assert handles["dsi"]["all"] == pytest.approx(10 / 120, abs=0.01)
    assert handles["verdict"].get_text() == "median OSI 0.42, DSI 0.08"


def test_what_neurons_are_tuned_to_stands_against_what_they_prefer():
    a = tuned(400)
    rates = a.tuning.counts.mean(axis=1)
    preferred = measures.preferred_direction(a.tuning.rates, DIRECTIONS)
    # Known beforehand: 20 degrees beside it, for one neuron in four on the other side.
    turned = np.where(np.arange(400) % 4 == 0, 180.0, 20.0)
    neurons = dataclasses.replace(a.neurons, tuning_angles=np.nan_to_num(preferred) + turned)
    handles = handles_of("tuning", dataclasses.replace(a, neurons=neurons))
    dots = handles["map_axes"].collections[0].get_offsets()
    judged = np.isfinite(handles["directions"])
    expected = np.column_stack([(preferred + turned) % 360, preferred])[judged]
    np.testing.assert_allclose(dots, expected, atol=1e-3)
    assert handles["apart"] == pytest.approx(20, abs=1e-3)
    assert "20° apart, by chance 90°" in words_of("tuning", dataclasses.replace(a, neurons=neurons))
    # The dashed curve has the rates in front of what the neurons are tuned to in its middle.
    name = a.populations.names[0]
    inside = (a.populations.index == 0) & judged
    nearest = np.rint((np.nan_to_num(preferred) + turned) / 45).astype(int) % 8
    middle = rates[nearest, np.arange(400)][inside].mean() / 0.5
    lines = handles["curves"][name][0].axes.lines
    (dashed,) = [line for line in lines if line.get_linestyle() == "--"]
    angles = dashed.get_xdata().tolist()
    assert dashed.get_ydata()[angles.index(180)] == pytest.approx(middle)


def test_earlier_turns_stand_before_this_one():
    a = tuned(200, n_past=5)
    line = handles_of("tuning", a)["over_training"]
    assert line.get_xdata().tolist() == [*a.tuning.past_steps.tolist(), a.step]
    np.testing.assert_array_equal(line.get_ydata()[:5], a.tuning.past_osi[:, 0])


@pytest.mark.parametrize(
    "activity, words",
    [
        (make_activity(30), "this look completes no turn of a probe"),
        (tuned(30, rate_hz=0), "no spikes"),
        (tuned(30, rate_hz=0), "no tuned neuron"),
        (tuned(300, names=[f"p{i % 30}" for i in range(300)]), "10 smaller populations not shown"),
        (tuned(30, with_places=False), "preferred direction (°)"),
        (tuned(30), "at least 0.5 Hz: 30 of 30 neurons"),
    ],
)
def test_what_is_missing_is_said_in_words(activity, words):
    assert words in words_of("tuning", activity)
