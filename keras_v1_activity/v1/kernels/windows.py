"""The windows of the way back: what each sum is worth, by time step and sample."""

from __future__ import annotations

from keras_v1_activity.v1.kernels.compiled import Floats, loop
from keras_v1_activity.v1.kernels.elements import clear, copy
from keras_v1_activity.v1.kernels.forward import Wiring, sums_onto
from keras_v1_activity.v1.kernels.table import SynapseTable


@loop
def enter(
    wiring: Wiring,
    low: int,
    high: int,
    gradients: Floats,
    window: Floats,
    n_slots: int,
    place: int,
    step: int,
) -> None:
    """Writes the gradients (4 n,) of the currents of a time step into a window, by sum.

    Args:
        wiring: `Wiring`.
        low, high: int64, the neurons whose currents they are.
        gradients: (4 n,) float32.
        window: float32, written to.
        n_slots: int64, time steps of a window.
        place: int64, of the step and sample within a sum's numbers.
        step: int64, how many samples there are.
    """
    size = n_slots * step
    begin, end = sums_onto(wiring, low, high)
    if wiring.mixes:
        for row in range(begin, end):
            first, factors = 4 * wiring.target[row], wiring.factors[row]
            total = gradients[first] * factors[0] + gradients[first + 1] * factors[1]
            total += gradients[first + 2] * factors[2] + gradients[first + 3] * factors[3]
            window[row * size + place] = total
    else:
        for row in range(begin, end):
            window[row * size + place] = gradients[wiring.current[row]]


@loop
def shift(
    table: SynapseTable, thread: int, old: Floats, new: Floats, size: int, moved: int, whole: bool
) -> None:
    """The older window's numbers at their places in the newer one; those before are 0."""
    low, high = size * table.sum_bounds[thread], size * table.sum_bounds[thread + 1]
    # In one piece: what this leaves at the places of the new steps is overwritten, or 0.
    copy(old[low : high - moved], new[low + moved : high])
    if not whole:
        for start in range(low, high, size):
            clear(new[start : start + moved])
