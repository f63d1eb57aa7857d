"""The settings of the cell: what is refused, and how delays become time steps."""

import dataclasses

import numpy as np
import pytest
from oracles import random_synapses

from keras_v1_activity.v1.engine.cell_options import CellOptions


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(dt=0), "dt must be a number above 0.*; got 0"),
        (dict(dt="1"), "dt must be a number above 0.*; got '1'"),
        (dict(max_delay=0), "max_delay must be a whole number of at least 1, e.g. 5; got 0"),
        (dict(max_delay=2.5), "max_delay must be a whole number .*; got 2.5"),
        (dict(dampening_factor=-1), "dampening_factor must be a number of at least 0.*; got -1"),
        (dict(gauss_std=0), "gauss_std must be a number above 0.*; got 0"),
        (dict(segment_ms=0.5), "segment_ms must be a number of at least 1.*; got 0.5"),
        (
            dict(segment_ms=2.5),
            r"segment_ms must be a whole number of time steps of 1.0 ms, e.g. 100; got 2.5\.",
        ),
        (dict(sums_dtype="int8"), r"sums_dtype must be one of \['float32', .*\]; got 'int8'\."),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        CellOptions(**wrong)


def test_they_cannot_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CellOptions().dt = 2.0


@pytest.mark.parametrize("dt, max_delay", [(1.0, 5), (0.5, 5), (1.0, 2)])
def test_delays_are_rounded_and_clipped(dt, max_delay):
    synapses = random_synapses(200, 10, 10, np.random.default_rng(0))
    steps = CellOptions(dt=dt, max_delay=max_delay).delay_steps(synapses)
    by_hand = [min(max(round(float(d) / dt), 1), max_delay) for d in synapses.delay]
    assert steps.tolist() == by_hand
