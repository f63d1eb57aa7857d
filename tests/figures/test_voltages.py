"""What the membrane potentials' figure draws, read back from its artists."""

import dataclasses

import numpy as np
from activities import make_activity
from drawn import handles_of, words_of
from figure_cases import runaway


def test_traces_are_the_potentials_and_dots_stand_on_them_at_spikes():
    a = make_activity(80, n_voltages=12, rate_hz=15, dt=0.5)
    handles = handles_of("voltages", a)
    segments = handles["traces"].get_segments()
    for i, segment in enumerate(segments):
        np.testing.assert_allclose(segment[:, 0], np.arange(600) * 0.5)
        drawn = segment[:, 1] - handles["offsets"][i]
        np.testing.assert_allclose(drawn, a.voltages[:, i], atol=1e-3)
    t, column = np.nonzero(a.spikes()[:, a.voltage_neurons])
    stacked = a.voltages[t, column] + handles["offsets"][column]
    expected = sorted(zip(t * 0.5, stacked.round(2), strict=True))
    x, y = handles["dots"].get_data()
    np.testing.assert_allclose(sorted(zip(x, np.round(y, 2), strict=True)), expected, atol=0.02)
    assert len(t) > 20


def test_one_trace_has_an_axis_in_mv_and_a_line_at_its_threshold():
    a = make_activity(40, n_voltages=1)
    handles = handles_of("voltages", a)
    assert handles["offsets"].tolist() == [0.0]
    assert "(mV)" in handles["axes"].get_ylabel()
    level = a.neurons.thresholds[a.voltage_neurons[0]]
    lines = [s for c in handles["axes"].collections for s in c.get_segments() if len(s) == 2]
    assert any(np.allclose(line[:, 1], level) for line in lines)


def test_every_trace_carries_its_id_and_population():
    a = make_activity(500, n_voltages=20)
    texts = [t.get_text() for t in handles_of("voltages", a)["labels"]]
    names = a.populations.names_per_neuron()
    assert texts == [f"{names[n]}  {n}" for n in a.voltage_neurons]


def test_nan_potentials_are_a_gap_and_are_said():
    a = make_activity(50)
    voltages = a.voltages.copy()
    voltages[250:, 2] = np.nan
    a = dataclasses.replace(a, voltages=voltages)
    handles = handles_of("voltages", a)
    assert np.isnan(handles["traces"].get_segments()[2][250:, 1]).all()
    assert "NaN from 250 ms on in 1 trace" in handles["note"].get_text()
    cut = handles_of("voltages", runaway())
    assert "1 runaway trace cut" in cut["note"].get_text()
    drawn = [segment[:, 1] - o for segment, o in zip(
        cut["traces"].get_segments(), cut["offsets"], strict=True)]  # fmt: skip
    np.testing.assert_allclose(drawn[2], runaway().voltages[:, 2], atol=1e-3)
    assert np.ptp(drawn[3]) < 100
    assert "no potentials recorded" in words_of("voltages", make_activity(9, n_voltages=0))
