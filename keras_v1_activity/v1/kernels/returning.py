"""What the way back takes, and what changes on it."""

from __future__ import annotations

from typing import NamedTuple

from keras_v1_activity.v1.kernels.compiled import Floats, loop


class Upstream(NamedTuple):
    """Gradients that come from the losses, float32.

    Attributes:
        spikes, v: (b, time, n). recent: (b, depth, n), of the final delay buffer.
    """

    spikes: Floats
    v: Floats
    recent: Floats


class Returning(NamedTuple):
    """What changes from block to block, and what the way back gives: all float32.

    Attributes:
        v, z: (b, n), asc: (b, 2, n), rise, psc: (b, 4 n) gradients of the state after a step.
        recent: (b, depth, n) gradient of the spikes before the first step.
        currents: (b, time, input rows) gradients of the input.
        weights: (synapses,) gradients in the order of the table.
        windows: (2, numbers), see `backward.py`. due: (b, 4 n) room.
        asked: (b, longest block, n) what is asked of the spikes of the time steps to come, at
            `place_of`. slope: (b, n) room.
        lanes: (n * widest vector,) room.
    """

    v: Floats
    asc: Floats
    rise: Floats
    psc: Floats
    z: Floats
    recent: Floats
    currents: Floats
    weights: Floats
    windows: Floats
    due: Floats
    asked: Floats
    slope: Floats
    lanes: Floats


@loop
def place_of(back: Returning, n_steps: int, time: int) -> int:
    """Where `asked` holds a time step; steps before the first have negative numbers."""
    return (n_steps - 1 - time) % back.asked.shape[1]
