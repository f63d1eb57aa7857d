"""Blocks of time steps on the way back, in each of which the synapses are gone along once.

A current reaches the potential `ahead` time steps after it arrives (`v1/engine/blocks.py`), and a
spike needs its delay to become a current. So what a synapse with a delay of d asks of a spike is
settled as soon as all later time steps but d + ahead - 1 are taken back: blocks of synapses with
longer delays may be longer. Near synapses have a delay of 1, all others count as far, with 2.
"""

from __future__ import annotations

from typing import NamedTuple

from keras_v1_activity.v1.kernels.compiled import loop
from keras_v1_activity.v1.kernels.lanes import lane_width


class BlockShapes(NamedTuple):
    """How long blocks are, and how the numbers of a synapse are summed in them.

    Attributes:
        ahead: time steps from the arrival of a current to the first potential that it changes.
        near, far: time steps of a block of near and of far synapses.
        near_width, far_width: numbers that are summed at once for a synapse, those of the block
            times the samples or more.
        near_shift, far_shift: by how many time steps later than at its slot a synapse is first
            asked.
    """

    ahead: int
    near: int
    far: int
    near_width: int
    far_width: int
    near_shift: int
    far_shift: int


def block_shapes(ahead: int, n_samples: int) -> BlockShapes:
    """Blocks as long as they may be; those of far synapses shorter where vectors suit that better.

    Example:
        >>> block_shapes(2, 1)
        BlockShapes(ahead=2, near=3, far=4, near_width=4, far_width=4, near_shift=0, far_shift=0)
        >>> block_shapes(2, 5)
        BlockShapes(ahead=2, near=3, far=3, near_width=16, far_width=16, near_shift=0, far_shift=1)
    """

    def width(length: int) -> int:
        return lane_width(length * n_samples)

    near, longest = ahead + 1, ahead + 2
    far = min((longest, near), key=lambda length: width(length) / length)
    return BlockShapes(ahead, near, far, width(near), width(far), 0, longest - far)


@loop
def next_turn(shapes: BlockShapes, done: int, total: int) -> int:
    """How many time steps are taken back when synapses are gone along next, after `done`."""
    near, far = shapes.near, shapes.far
    return min(done + near - done % near, done + far - done % far, total)
